//! What has arrived of one person.

use crate::shell::js::Listener;
use web_sys::{HtmlAudioElement, MediaStream, MediaStreamTrack};

/// One person's tracks and sound.
pub(super) struct Person {
    /// Picture and sound. The same stream for as long as the connection lasts.
    pub(super) stream: Option<MediaStream>,
    /// Plays the sound; it is in no document.
    pub(super) sound: Option<HtmlAudioElement>,
    pub(super) closed: bool,
    /// Hears when a media key, or a headset that went away, pauses the sound.
    on_pause: Option<Listener>,
}

impl Person {
    pub(super) fn new() -> Self {
        Self {
            stream: MediaStream::new().ok(),
            sound: HtmlAudioElement::new().ok(),
            closed: false,
            on_pause: None,
        }
    }

    /// Calls `run` whenever something else than this page pauses the sound.
    pub(super) fn on_pause(&mut self, run: impl Fn() + 'static) {
        let sound = self.sound.as_ref();
        self.on_pause = sound.map(|sound| Listener::new(sound, "pause", move |_| run()));
    }

    /// Puts a remote track in the place of an earlier one of its kind.
    pub(super) fn add(&self, track: &MediaStreamTrack) {
        let Some(stream) = &self.stream else { return };
        let kind = track.kind();
        for entry in stream.get_tracks().iter() {
            let entry = MediaStreamTrack::from(entry);
            if entry.kind() == kind && entry.id() != track.id() {
                stream.remove_track(&entry);
            }
        }
        stream.add_track(track);
        if let Some(sound) = self.sound.as_ref().filter(|_| kind == "audio") {
            let only = js_sys::Array::new();
            only.push(track);
            sound.set_src_object(MediaStream::new_with_tracks(&only).ok().as_ref());
        }
    }

    /// Stops the sound.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.on_pause = None;
        if let Some(sound) = self.sound.take() {
            sound.set_src_object(None);
        }
    }
}
