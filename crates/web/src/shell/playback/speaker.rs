//! Which speaker plays, and its test sound.

use std::rc::Rc;

use browser::js::{call, call_async, get, set, warn};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AudioContext, HtmlAudioElement};

use super::Playback;

/// A calm two-note chime: frequency in Hz, start and end in seconds.
const NOTES: [(f32, f64, f64); 2] = [(523.25, 0.0, 0.45), (659.25, 0.2, 0.8)];
const LOUDNESS: f32 = 0.2;

impl Playback {
    /// Plays everything on this speaker from now on; none is the default.
    pub(in crate::shell) fn set_speaker(&self, device_id: Option<String>) {
        *self.speaker.borrow_mut() = device_id;
        let people = self.people.borrow();
        for sound in people.iter().flat_map(|(_, person)| person.sounds()) {
            self.use_speaker(sound);
        }
    }

    /// Plays a short sound on the chosen speaker.
    pub(in crate::shell) fn ring(self: &Rc<Self>) {
        if let Err(error) = self.chime() {
            warn("test sound", &error);
        }
    }

    /// A browser that cannot choose plays on the default.
    pub(super) fn use_speaker(&self, sound: &HtmlAudioElement) {
        let wanted = self.speaker.borrow().clone().unwrap_or_default();
        if get(sound, "sinkId").as_string().unwrap_or_default() == wanted {
            return;
        }
        let sound = sound.clone();
        spawn_local(async move {
            if let Err(error) = call_async(&sound, "setSinkId", [&wanted.into()]).await {
                warn("setSinkId", &error);
            }
        });
    }

    fn chime(self: &Rc<Self>) -> Result<(), JsValue> {
        let context = AudioContext::new()?;
        let output = context.create_media_stream_destination()?;
        let mut last = None;
        for (frequency, start, end) in NOTES {
            let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
            let begin = context.current_time() + start;
            let stop = context.current_time() + end;
            tone.frequency().set_value(frequency);
            volume.gain().set_value_at_time(0.0, begin)?;
            volume
                .gain()
                .linear_ramp_to_value_at_time(LOUDNESS, begin + 0.03)?;
            volume.gain().linear_ramp_to_value_at_time(0.0, stop)?;
            tone.connect_with_audio_node(&volume)?;
            volume.connect_with_audio_node(&output)?;
            tone.start_with_when(begin)?;
            tone.stop_with_when(stop)?;
            last = Some(tone);
        }
        let sound = HtmlAudioElement::new()?;
        sound.set_src_object(Some(&output.stream()));
        self.use_speaker(&sound);
        self.play(sound.clone().into());
        if let Some(tone) = last {
            // Holds the sound until it has ended, and lets everything go then.
            let context = context.clone();
            let ended = Closure::once_into_js(move || {
                sound.set_src_object(None);
                let _ = context.close();
            });
            set(&tone, "onended", ended);
        }
        let _ = call(&context, "resume", []);
        Ok(())
    }
}
