//! Limits of a rate: so much per second, and some at once.

use std::time::{Duration, Instant};

/// A token bucket. It keeps the moment at which it will be full again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    full_at: Option<Instant>,
}

/// How fast a bucket fills and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    per_second: u64,
    /// How long an empty bucket takes to fill.
    depth: Duration,
}

impl Rate {
    pub(crate) fn new(per_second: u32, depth: Duration) -> Self {
        Self {
            per_second: per_second.into(),
            depth,
        }
    }
}

impl Bucket {
    pub(crate) fn full() -> Self {
        Self { full_at: None }
    }

    /// Takes as much out, if it is in.
    pub(crate) fn take(&mut self, now: Instant, rate: Rate, amount: usize) -> bool {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        let nanoseconds = amount.saturating_mul(1_000_000_000);
        let Some(nanoseconds) = nanoseconds.checked_div(rate.per_second) else {
            return false;
        };
        let start = self.full_at.map_or(now, |at| at.max(now));
        let Some(full_at) = start.checked_add(Duration::from_nanos(nanoseconds)) else {
            return false;
        };
        if full_at.saturating_duration_since(now) > rate.depth {
            return false;
        }
        self.full_at = Some(full_at);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let rate = Rate::new(10, Duration::from_secs(2));
        let mut bucket = Bucket::full();
        let mut now = Instant::now();
        let taken =
            |bucket: &mut Bucket, now| (0..100).filter(|_| bucket.take(now, rate, 1)).count();
        assert_eq!(taken(&mut bucket, now), 20);
        now += Duration::from_millis(500);
        assert_eq!(taken(&mut bucket, now), 5);
        now += Duration::from_secs(100);
        assert_eq!(taken(&mut bucket, now), 20);
        assert!(!bucket.take(now, rate, 21));
    }
}
