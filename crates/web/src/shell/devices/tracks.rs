//! The local tracks: at most one of each kind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use browser::js::Listener;
use call::{Event, MediaEvent};
use protocol::TrackKind;
use web_sys::{MediaStream, MediaStreamTrack, MediaStreamTrackState};

use crate::shell::playback::Playback;
use crate::shell::sink::Sink;

/// The local tracks that are open.
pub(in crate::shell) struct LocalTracks {
    sink: Sink,
    playback: Rc<Playback>,
    microphone: RefCell<Option<Local>>,
    camera: RefCell<Option<Local>>,
    screen: RefCell<Option<Local>>,
    screen_sound: RefCell<Option<Local>>,
    /// Holds for the next microphone as well: who is muted stays muted.
    microphone_on: Cell<bool>,
    /// The own picture. The same stream across device changes.
    preview: Option<MediaStream>,
    /// Tracks that are sent as part of the same one of these streams are kept in step by the other
    /// browser. The streams themselves hold no tracks.
    outgoing: Option<MediaStream>,
    outgoing_screen: Option<MediaStream>,
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
            screen_sound: RefCell::default(),
            microphone_on: Cell::new(true),
            preview: MediaStream::new().ok(),
            outgoing: MediaStream::new().ok(),
            outgoing_screen: MediaStream::new().ok(),
        }
    }

    /// The open track of this kind. One that has ended by itself is as good as none.
    pub(in crate::shell) fn track(&self, kind: TrackKind) -> Option<MediaStreamTrack> {
        let place = self.place(kind).borrow();
        let track = &place.as_ref()?.track;
        // `track.clone()` would be that of JavaScript: another track, which muting this one does not
        // mute and stopping it does not stop.
        (track.ready_state() == MediaStreamTrackState::Live).then(|| Clone::clone(track))
    }

    /// The stream of the own picture.
    pub(in crate::shell) fn preview(&self) -> Option<&MediaStream> {
        self.preview.as_ref()
    }

    /// The stream that a track of this kind is sent as a part of.
    pub(in crate::shell) fn outgoing(&self, kind: TrackKind) -> Option<&MediaStream> {
        if kind.is_of_screen() {
            self.outgoing_screen.as_ref()
        } else {
            self.outgoing.as_ref()
        }
    }

    /// Takes a freshly opened track in place of what there was of this kind.
    pub(in crate::shell) fn put(&self, kind: TrackKind, track: MediaStreamTrack) {
        if kind == TrackKind::Microphone {
            track.set_enabled(self.microphone_on.get());
        }
        let sink = self.sink.clone();
        let on_ended = Listener::new(&track, "ended", move |_| {
            sink.event(Event::Media(match kind {
                TrackKind::Microphone => MediaEvent::MicrophoneEnded,
                TrackKind::Camera => MediaEvent::CameraEnded,
                TrackKind::Screen => MediaEvent::ScreenEnded,
                // It ends together with its picture.
                TrackKind::ScreenSound => return,
            }));
        });
        let silenced = |name, silenced| {
            let sink = self.sink.clone();
            Listener::new(&track, name, move |_| match kind {
                TrackKind::Microphone => {
                    sink.event(Event::Media(MediaEvent::MicrophoneSilenced { silenced }));
                }
                TrackKind::Camera => {
                    sink.event(Event::Media(MediaEvent::CameraSilenced { silenced }));
                }
                TrackKind::Screen | TrackKind::ScreenSound => {}
            })
        };
        let listeners = [on_ended, silenced("mute", true), silenced("unmute", false)];
        let before = self.place(kind).borrow_mut().replace(Local {
            track,
            _listeners: listeners,
        });
        if let Some(before) = before {
            before.track.stop();
        }
        self.show_preview();
    }

    /// Stops the device; its light goes out.
    pub(in crate::shell) fn close(&self, kind: TrackKind) {
        let closed = self.place(kind).borrow_mut().take();
        if let Some(closed) = closed {
            closed.track.stop();
        }
        self.show_preview();
    }

    /// Tells the engine which of the open devices are cut off already.
    pub(in crate::shell) fn tell_silenced(&self) {
        let is_muted = |track: Option<MediaStreamTrack>| track.is_some_and(|track| track.muted());
        if is_muted(self.track(TrackKind::Microphone)) {
            let silenced = true;
            self.sink
                .event(Event::Media(MediaEvent::MicrophoneSilenced { silenced }));
        }
        if is_muted(self.track(TrackKind::Camera)) {
            let silenced = true;
            self.sink
                .event(Event::Media(MediaEvent::CameraSilenced { silenced }));
        }
    }

    /// Sends sound, or silence, from now on.
    pub(in crate::shell) fn enable_microphone(&self, on: bool) {
        self.microphone_on.set(on);
        if let Some(track) = self.track(TrackKind::Microphone) {
            track.set_enabled(on);
        }
    }

    fn place(&self, kind: TrackKind) -> &RefCell<Option<Local>> {
        match kind {
            TrackKind::Microphone => &self.microphone,
            TrackKind::Camera => &self.camera,
            TrackKind::Screen => &self.screen,
            TrackKind::ScreenSound => &self.screen_sound,
        }
    }

    fn show_preview(&self) {
        let Some(preview) = &self.preview else { return };
        let wanted = self.track(TrackKind::Camera);
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
