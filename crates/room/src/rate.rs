//! Token buckets.

use std::time::Duration;

use web_time::Instant;

/// How fast a bucket fills and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// The time that one token takes to come back; zero for no limit.
    interval: Duration,
    /// The time that an empty bucket takes to fill.
    capacity: Duration,
}

impl Rate {
    /// `tokens` in `per`, at most `burst` (at least one) at once; 0 tokens for no limit.
    pub(crate) fn new(tokens: u32, per: Duration, burst: u32) -> Self {
        let interval = per.checked_div(tokens).unwrap_or_default();
        Self {
            interval,
            capacity: interval.saturating_mul(burst.max(1)),
        }
    }
}

/// A token bucket, kept as the moment at which it will be full again (the generic cell rate
/// algorithm): one number, and nothing to do while time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub(crate) full_at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a token, or says how long until there is one.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.take_many(rate, 1, now)
    }

    /// Takes this many tokens at once, or none and says how long until there are enough.
    pub(crate) fn take_many(
        &mut self,
        rate: Rate,
        tokens: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        self.check_many(rate, tokens, now)?;
        self.full_at = self.full_at.max(now) + rate.interval.saturating_mul(tokens);
        Ok(())
    }

    /// Whether there is a token; if not, how long until there is one.
    pub(crate) fn check(&self, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.check_many(rate, 1, now)
    }

    /// Whether there are this many tokens; if not, how long until there are.
    pub(crate) fn check_many(&self, rate: Rate, tokens: u32, now: Instant) -> Result<(), Duration> {
        let taken = rate.interval.saturating_mul(tokens);
        let fills_in = self.full_at.saturating_duration_since(now) + taken;
        match fills_in.checked_sub(rate.capacity) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }

    /// Whether the bucket is full; if not, how long until it is.
    pub(crate) fn check_full(&self, now: Instant) -> Result<(), Duration> {
        let wait = self.full_at.saturating_duration_since(now);
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let start = Instant::now();
        let rate = Rate::new(10, Duration::from_secs(1), 5);
        let mut bucket = Bucket::full(start);
        for _ in 0..5 {
            assert_eq!(bucket.take(rate, start), Ok(()));
        }
        let wait = bucket.take(rate, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(bucket.take(rate, start + wait / 2).is_err());
        assert_eq!(bucket.take(rate, start + wait), Ok(()));
        let passed = (0..1_000)
            .filter(|i| {
                bucket
                    .take(rate, start + Duration::from_millis(100 + i * 10))
                    .is_ok()
            })
            .count();
        assert!((99..=101).contains(&passed), "{passed} in 10 s at 10/s");
        let later = start + Duration::from_secs(60);
        assert_eq!(bucket.check_full(later), Ok(()));
        assert_eq!(
            (0..9).filter(|_| bucket.take(rate, later).is_ok()).count(),
            5
        );
    }

    #[test]
    fn many_tokens_are_taken_at_once_or_none() {
        let start = Instant::now();
        let rate = Rate::new(1_000, Duration::from_secs(1), 500);
        let mut bucket = Bucket::full(start);
        assert_eq!(bucket.take_many(rate, 400, start), Ok(()));
        let wait = Duration::from_millis(100);
        assert_eq!(bucket.take_many(rate, 200, start), Err(wait));
        assert_eq!(bucket.take_many(rate, 100, start), Ok(()));
        assert_eq!(bucket.take_many(rate, 100, start + wait), Ok(()));
    }

    #[test]
    fn zero_is_no_limit() {
        let start = Instant::now();
        let rate = Rate::new(0, Duration::from_secs(1), 1);
        let mut bucket = Bucket::full(start);
        assert!((0..10_000).all(|_| bucket.take(rate, start).is_ok()));
    }
}
