//! Limits how often the log says something that happens again and again.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Something worth a line in the log, but not each time.
#[derive(Debug)]
pub struct Seldom {
    every: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    said: Option<Instant>,
    /// How often it happened since it was last said.
    times: u64,
}

impl Seldom {
    /// Something that is said at most once in this time.
    pub fn new(every: Duration) -> Self {
        Self {
            every,
            inner: Mutex::default(),
        }
    }

    /// Notes that it happened. If it is time to say so, returns how often it happened since it was
    /// last said.
    pub fn now(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Option<u64> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.times += 1;
        let is_due = inner
            .said
            .is_none_or(|said| now.saturating_duration_since(said) >= self.every);
        is_due.then(|| {
            inner.said = Some(now);
            std::mem::take(&mut inner.times)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_once_and_then_seldom() {
        let minute = Duration::from_secs(60);
        let seldom = Seldom::new(minute);
        let start = Instant::now();
        assert_eq!(seldom.at(start), Some(1));
        assert_eq!(seldom.at(start), None);
        assert_eq!(seldom.at(start + minute / 2), None);
        assert_eq!(seldom.at(start + minute), Some(3));
        assert_eq!(seldom.at(start + minute), None);
    }
}
