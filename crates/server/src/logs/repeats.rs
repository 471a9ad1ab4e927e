//! Writes warnings and errors that say the same again and again only once in a while.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context};

/// How long the same line is not written again.
const SILENCE: Duration = Duration::from_secs(10);
/// How many different lines are remembered. If there are more within the silence, the others are
/// written each time.
const MAX_REMEMBERED: usize = 256;

/// Lines that were left out as repeats since the program began.
static REPEATED: AtomicU64 = AtomicU64::new(0);

/// How many lines were left out because they said what had just been said.
pub fn repeated() -> u64 {
    REPEATED.load(Ordering::Relaxed)
}

/// A layer that passes on only what was not said lately.
#[derive(Debug)]
pub struct Repeats<L> {
    layer: L,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said(BTreeMap<u64, Instant>);

impl Said {
    /// Whether it is to be said now.
    fn is_new(&mut self, what: u64, now: Instant) -> bool {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, said| now < *said + SILENCE);
        }
        match self.0.get(&what) {
            Some(said) if now < *said + SILENCE => false,
            _ => {
                if self.0.len() < MAX_REMEMBERED || self.0.contains_key(&what) {
                    self.0.insert(what, now);
                }
                true
            }
        }
    }
}

impl<L> Repeats<L> {
    /// Leaves repeated lines out before they come to this layer.
    pub fn before(layer: L) -> Self {
        Self {
            layer,
            said: Mutex::default(),
        }
    }

    fn is_to_be_said(&self, event: &Event<'_>) -> bool {
        if *event.metadata().level() > Level::WARN {
            return true;
        }
        let mut words = Words(DefaultHasher::new());
        event.metadata().callsite().hash(&mut words.0);
        event.record(&mut words);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = said.is_new(words.0.finish(), Instant::now());
        if !is_new {
            REPEATED.fetch_add(1, Ordering::Relaxed);
        }
        is_new
    }
}

/// This is not done by `event_enabled`: in `tracing-subscriber`, a layer that says no there leaves
/// a state behind that can suppress the next event.
impl<S, L> Layer<S> for Repeats<L>
where
    S: Subscriber,
    L: Layer<S>,
{
    fn on_layer(&mut self, subscriber: &mut S) {
        self.layer.on_layer(subscriber);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.layer.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.layer.on_record(id, values, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.is_to_be_said(event) {
            self.layer.on_event(event, context);
        }
    }
}

/// The fields of an event, as they would be written.
struct Words(DefaultHasher);

impl fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // It cannot fail.
        let _written = write!(self, "{}={value:?};", field.name());
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use tracing_subscriber::{fmt, layer::SubscriberExt as _, registry};

    use super::*;

    #[derive(Clone, Default)]
    struct Text(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Text {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_error_that_goes_on_is_one_line_and_another_is_another() {
        let text = Text::default();
        let out = text.clone();
        let layer = fmt::layer().with_writer(move || out.clone());
        let subscriber = registry().with(Repeats::before(layer));
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..100 {
                for error in ["too many open files", "out of memory"] {
                    tracing::warn!(error, "no connection can be taken now");
                }
            }
            for _ in 0..2 {
                tracing::info!("what is no error is said each time");
            }
        });
        let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
    }

    #[test]
    fn the_same_is_said_once_in_ten_seconds() {
        let mut said = Said::default();
        let start = Instant::now();
        let mut at = |what, seconds| said.is_new(what, start + Duration::from_secs(seconds));
        assert!(at(1, 0));
        assert!(at(2, 0));
        assert!(!at(1, 9));
        assert!(at(1, 10));
        assert!(!at(1, 19));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut said = Said::default();
        let now = Instant::now();
        let many = MAX_REMEMBERED as u64 + 10;
        assert!((0..many).all(|what| said.is_new(what, now)));
        assert_eq!(said.0.len(), MAX_REMEMBERED);
        assert!(!said.is_new(0, now));
        assert!(said.is_new(many, now + SILENCE));
        assert_eq!(said.0.len(), 1);
    }
}
