//! The local tracks: at most one of each source. The screen goes out in the camera's place.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::{Event, MediaEvent};
use web_sys::{MediaStream, MediaStreamTrack, MediaStreamTrackState};

use crate::shell::Sink;
use crate::shell::js::Listener;
use crate::shell::playback::Playback;

/// Where a track comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::shell) enum Source {
    Microphone,
    Camera,
    Screen,
}

/// The local tracks that are open.
pub(in crate::shell) struct LocalTracks {
    sink: Sink,
    playback: Rc<Playback>,
    microphone: RefCell<Option<Local>>,
    camera: RefCell<Option<Local>>,
    screen: RefCell<Option<Local>>,
    /// Holds for the next microphone as well: who is muted stays muted.
    microphone_on: Cell<bool>,
    /// The own picture. The same stream across device changes.
    preview: Option<MediaStream>,
    /// Names what goes out together; it holds no tracks.
    outgoing: Option<MediaStream>,
}

struct Local {
    track: MediaStreamTrack,
    _listeners: [Listener; 3],
}

impl LocalTracks {
    pub(in crate::shell) fn new(sink: Sink, playback: Rc<Playback>) -> Self {
        Self {
            sink,
            playback,
            microphone: RefCell::default(),
            camera: RefCell::default(),
            screen: RefCell::default(),
            microphone_on: Cell::new(true),
            preview: MediaStream::new().ok(),
            outgoing: MediaStream::new().ok(),
        }
    }

    /// The track to send as sound.
    pub(in crate::shell) fn audio(&self) -> Option<MediaStreamTrack> {
        track(&self.microphone)
    }

    /// The track to send as picture.
    pub(in crate::shell) fn video(&self) -> Option<MediaStreamTrack> {
        track(&self.screen).or_else(|| track(&self.camera))
    }

    /// The stream of the own picture.
    pub(in crate::shell) fn preview(&self) -> Option<&MediaStream> {
        self.preview.as_ref()
    }

    /// The stream that sound and picture are sent as parts of.
    pub(in crate::shell) fn outgoing(&self) -> Option<&MediaStream> {
        self.outgoing.as_ref()
    }

    /// Takes a freshly opened track in place of what there was of this source.
    pub(in crate::shell) fn put(&self, source: Source, track: MediaStreamTrack) {
        if source == Source::Microphone {
            track.set_enabled(self.microphone_on.get());
        }
        let sink = self.sink.clone();
        let on_ended = Listener::new(&track, "ended", move |_| {
            sink.event(Event::Media(match source {
                Source::Microphone => MediaEvent::MicrophoneEnded,
                Source::Camera => MediaEvent::CameraEnded,
                Source::Screen => MediaEvent::ScreenEnded,
            }));
        });
        let silenced = |name, silenced| {
            let sink = self.sink.clone();
            Listener::new(&track, name, move |_| match source {
                Source::Microphone => {
                    sink.event(Event::Media(MediaEvent::MicrophoneSilenced { silenced }));
                }
                Source::Camera => {
                    sink.event(Event::Media(MediaEvent::CameraSilenced { silenced }));
                }
                Source::Screen => {}
            })
        };
        let listeners = [on_ended, silenced("mute", true), silenced("unmute", false)];
        let before = self.place(source).borrow_mut().replace(Local {
            track,
            _listeners: listeners,
        });
        if let Some(before) = before {
            before.track.stop();
        }
        self.show_preview();
    }

    /// Stops the device; its light goes out.
    pub(in crate::shell) fn close(&self, source: Source) {
        let closed = self.place(source).borrow_mut().take();
        if let Some(closed) = closed {
            closed.track.stop();
        }
        self.show_preview();
    }

    /// Tells the engine which of the open devices are cut off already.
    pub(in crate::shell) fn tell_silenced(&self) {
        let is_muted = |track: Option<MediaStreamTrack>| track.is_some_and(|track| track.muted());
        if is_muted(track(&self.microphone)) {
            let silenced = true;
            self.sink
                .event(Event::Media(MediaEvent::MicrophoneSilenced { silenced }));
        }
        if is_muted(track(&self.camera)) {
            let silenced = true;
            self.sink
                .event(Event::Media(MediaEvent::CameraSilenced { silenced }));
        }
    }

    /// Sends sound, or silence, from now on.
    pub(in crate::shell) fn enable_microphone(&self, on: bool) {
        self.microphone_on.set(on);
        if let Some(track) = self.audio() {
            track.set_enabled(on);
        }
    }

    fn place(&self, source: Source) -> &RefCell<Option<Local>> {
        match source {
            Source::Microphone => &self.microphone,
            Source::Camera => &self.camera,
            Source::Screen => &self.screen,
        }
    }

    fn show_preview(&self) {
        let Some(preview) = &self.preview else { return };
        let wanted = self.video();
        let wanted_id = wanted.as_ref().map(MediaStreamTrack::id);
        let mut shown = false;
        for entry in preview.get_tracks().iter() {
            let entry = MediaStreamTrack::from(entry);
            if Some(entry.id()) == wanted_id {
                shown = true;
            } else {
                preview.remove_track(&entry);
            }
        }
        if let Some(track) = wanted.filter(|_| !shown) {
            preview.add_track(&track);
        }
        self.playback.own_changed();
    }
}

/// One that has ended by itself is as good as none. `track.clone()` would be that of JavaScript:
/// another track, which muting this one does not mute and stopping it does not stop.
fn track(place: &RefCell<Option<Local>>) -> Option<MediaStreamTrack> {
    let place = place.borrow();
    let track = &place.as_ref()?.track;
    (track.ready_state() == MediaStreamTrackState::Live).then(|| Clone::clone(track))
}
