//! What has arrived of one person.

use browser::js::Listener;
use call::Hearing;
use protocol::TrackKind;
use web_sys::{HtmlAudioElement, MediaStream, MediaStreamTrack};

/// One person's tracks and sounds.
pub(super) struct Person {
    /// The pictures. The same streams for as long as the connection lasts.
    camera: Option<MediaStream>,
    screen: Option<MediaStream>,
    voice: Sound,
    screen_sound: Sound,
    hearing: Hearing,
    pub(super) closed: bool,
}

/// An element that plays a sound; it is in no document.
#[derive(Default)]
struct Sound {
    element: Option<HtmlAudioElement>,
    /// Hears when a media key, or a headset that went away, pauses the sound.
    on_pause: Option<Listener>,
}

impl Person {
    pub(super) fn new() -> Self {
        Self {
            camera: MediaStream::new().ok(),
            screen: MediaStream::new().ok(),
            voice: Sound::default(),
            screen_sound: Sound::default(),
            hearing: Hearing::default(),
            closed: false,
        }
    }

    /// The stream of a picture; none for a sound.
    pub(super) fn stream(&self, kind: TrackKind) -> Option<&MediaStream> {
        match kind {
            TrackKind::Camera => self.camera.as_ref(),
            TrackKind::Screen => self.screen.as_ref(),
            TrackKind::Microphone | TrackKind::ScreenSound => None,
        }
    }

    /// The elements that play.
    pub(super) fn sounds(&self) -> impl Iterator<Item = &HtmlAudioElement> {
        let sounds = [&self.voice, &self.screen_sound];
        sounds.into_iter().filter_map(|it| it.element.as_ref())
    }

    /// The element that plays this kind of sound.
    pub(super) fn sound(&self, kind: TrackKind) -> Option<&HtmlAudioElement> {
        match kind {
            TrackKind::Microphone => self.voice.element.as_ref(),
            TrackKind::ScreenSound => self.screen_sound.element.as_ref(),
            TrackKind::Camera | TrackKind::Screen => None,
        }
    }

    /// Calls `run` whenever something else than this page pauses the sound.
    pub(super) fn on_pause(&mut self, kind: TrackKind, run: impl Fn() + 'static) {
        if let Some(sound) = self.sound_mut(kind) {
            let element = sound.element.as_ref();
            sound.on_pause = element.map(|element| Listener::new(element, "pause", move |_| run()));
        }
    }

    /// Puts a remote track in the place of an earlier one of its kind.
    pub(super) fn add(&mut self, kind: TrackKind, track: &MediaStreamTrack) {
        if let Some(stream) = self.stream(kind) {
            for entry in stream.get_tracks().iter() {
                let entry = MediaStreamTrack::from(entry);
                if entry.id() != track.id() {
                    stream.remove_track(&entry);
                }
            }
            stream.add_track(track);
        } else if let Some(sound) = self.sound_mut(kind) {
            if sound.element.is_none() {
                sound.element = HtmlAudioElement::new().ok();
            }
            let only = js_sys::Array::of1(track);
            let stream = MediaStream::new_with_tracks(&only).ok();
            if let Some(element) = &sound.element {
                element.set_src_object(stream.as_ref());
            }
            self.hear(self.hearing);
        }
    }

    /// Plays all sounds so loud from now on. iOS lets no page set a volume, but mutes.
    pub(super) fn hear(&mut self, hearing: Hearing) {
        self.hearing = hearing;
        for element in self.sounds() {
            element.set_volume(f64::from(hearing.percent) / 100.0);
            element.set_muted(hearing.muted || hearing.percent == 0);
        }
    }

    /// Stops the sounds.
    pub(super) fn close(&mut self) {
        self.closed = true;
        for sound in [&mut self.voice, &mut self.screen_sound] {
            sound.on_pause = None;
            if let Some(element) = sound.element.take() {
                element.set_src_object(None);
            }
        }
    }

    fn sound_mut(&mut self, kind: TrackKind) -> Option<&mut Sound> {
        match kind {
            TrackKind::Microphone => Some(&mut self.voice),
            TrackKind::ScreenSound => Some(&mut self.screen_sound),
            TrackKind::Camera | TrackKind::Screen => None,
        }
    }
}
