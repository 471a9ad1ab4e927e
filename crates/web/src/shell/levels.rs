//! How loud it is, ten times a second while anything is heard.

use std::cell::{Cell, RefCell};

use browser::js::{array_of, call};
use call::{ConnectionId, Event, Level, MediaEvent};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    AnalyserNode, AudioContext, MediaStream, MediaStreamAudioSourceNode, MediaStreamTrack,
};

use super::sink::Sink;

const INTERVAL_MS: i32 = 100;
/// 85 ms at 48 kHz: nearly all of the time between two beats.
const WINDOW: usize = 4096;
/// Softer than this, relative to the loudest, is silence.
const SILENCE_DB: f64 = -55.0;

/// Puts a linear amplitude (0 to 1) on a scale that looks even.
pub(super) fn even(amplitude: f64) -> Level {
    let db = 20.0 * amplitude.max(1e-9).log10();
    Level((1.0 - db / SILENCE_DB).clamp(0.0, 1.0) as f32)
}

/// The meter of the own microphone, and the beat in which everyone's level is told.
pub(super) struct Levels {
    sink: Sink,
    context: RefCell<Option<AudioContext>>,
    own: RefCell<Option<Own>>,
    beat: Closure<dyn FnMut()>,
    /// The interval's handle while it runs.
    running: Cell<Option<i32>>,
    /// The last told was silence everywhere.
    silent: Cell<bool>,
}

struct Own {
    track: MediaStreamTrack,
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
}

impl Levels {
    /// `on_beat` must call [`Levels::tell`].
    pub(super) fn new(sink: Sink, on_beat: impl FnMut() + 'static) -> Self {
        Self {
            sink,
            context: RefCell::default(),
            own: RefCell::default(),
            beat: Closure::new(on_beat),
            running: Cell::new(None),
            silent: Cell::new(true),
        }
    }

    /// Listens to this microphone from now on, or to none.
    pub(super) fn listen(&self, microphone: Option<&MediaStreamTrack>) {
        let same = match (self.own.borrow().as_ref(), microphone) {
            (Some(own), Some(track)) => own.track == *track,
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        let before = self.own.borrow_mut().take();
        if let Some(before) = before {
            let _ = before.source.disconnect();
        }
        let own = microphone.and_then(|track| self.attach(track));
        // Without a microphone nothing is to be measured: the sound thread may rest.
        let rest_or_run = if own.is_some() { "resume" } else { "suspend" };
        *self.own.borrow_mut() = own;
        self.set_context(rest_or_run);
    }

    /// The person has pressed something: a browser that held the meter back lets it run now.
    pub(super) fn wake(&self) {
        if self.own.borrow().is_some() {
            self.set_context("resume");
        }
    }

    /// Begins or ends the beat.
    pub(super) fn run(&self, on: bool) {
        let Some(window) = web_sys::window() else {
            return;
        };
        match (on, self.running.get()) {
            (true, None) => {
                let beat = self.beat.as_ref().unchecked_ref();
                let handle = window
                    .set_interval_with_callback_and_timeout_and_arguments_0(beat, INTERVAL_MS);
                self.running.set(handle.ok());
            }
            (false, Some(handle)) => {
                window.clear_interval_with_handle(handle);
                self.running.set(None);
            }
            _ => {}
        }
    }

    /// One beat: tells the levels, unless it is silence again.
    pub(super) fn tell(&self, remote: Vec<(ConnectionId, Level)>) {
        let own = self.own_level();
        let zero = Level::default();
        let silent = own == zero && remote.iter().all(|(_, level)| *level == zero);
        if silent && self.silent.get() {
            return;
        }
        self.silent.set(silent);
        self.sink
            .event(Event::Media(MediaEvent::Levels { own, remote }));
    }

    fn own_level(&self) -> Level {
        let own = self.own.borrow();
        let Some(own) = own.as_ref() else {
            return Level::default();
        };
        let mut samples = [0.0_f32; WINDOW];
        own.analyser.get_float_time_domain_data(&mut samples);
        let power: f32 = samples.iter().map(|sample| sample * sample).sum();
        even(f64::from(power / WINDOW as f32).sqrt())
    }

    fn attach(&self, track: &MediaStreamTrack) -> Option<Own> {
        let context = self.context()?;
        let tracks = array_of(track);
        let stream = MediaStream::new_with_tracks(&tracks).ok()?;
        let source = context.create_media_stream_source(&stream).ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(WINDOW as u32);
        source.connect_with_audio_node(&analyser).ok()?;
        Some(Own {
            // Not the `clone` of JavaScript, which would keep the device open.
            track: Clone::clone(track),
            source,
            analyser,
        })
    }

    fn context(&self) -> Option<AudioContext> {
        let mut context = self.context.borrow_mut();
        if context.is_none() {
            *context = AudioContext::new().ok();
        }
        context.clone()
    }

    /// `resume` or `suspend`; a promise of a browser that waits for a gesture stays open till then.
    fn set_context(&self, method: &str) {
        if let Some(context) = self.context.borrow().as_ref() {
            let _ = call(context, method, []);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_runs_from_silence_to_full_and_grows_evenly() {
        assert_eq!(even(0.0), Level(0.0));
        assert_eq!(even(f64::NAN), Level(0.0));
        assert_eq!(even(1.0), Level(1.0));
        assert_eq!(even(7.0), Level(1.0));
        // Each halving of the amplitude is the same step.
        let step = |amplitude: f64| even(amplitude).0 - even(amplitude / 2.0).0;
        assert!((step(0.8) - step(0.1)).abs() < 1e-4);
        assert!(step(0.5) > 0.05);
    }
}
