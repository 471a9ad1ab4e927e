//! A small generator that spreads waits, so that a thousand pages don't come back at once.

use std::time::Duration;

/// SplitMix64: good enough to spread waits, and nothing else is drawn from it.
#[derive(Debug, Clone)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let folded = seed.iter().fold(0_u64, |state, byte| {
            state.rotate_left(8).wrapping_mul(0x0100_0000_01B3) ^ u64::from(*byte)
        });
        Self(folded)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The wait, between four and six fifths of it.
    pub(crate) fn spread(&mut self, wait: Duration) -> Duration {
        let wait_us = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX / 2);
        let range_us = wait_us / 5 * 2;
        let extra_us = self.next() % range_us.saturating_add(1);
        Duration::from_micros((wait_us - range_us / 2).saturating_add(extra_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_by_a_fifth_and_repeat_for_a_seed() {
        let wait = Duration::from_secs(7);
        let draw = |seed: u8| {
            let mut jitter = Jitter::new(&[seed; 32]);
            (0..100).map(|_| jitter.spread(wait)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let all = draw(3);
        assert!(
            all.iter()
                .all(|it| (5_600..=8_400).contains(&it.as_millis()))
        );
        assert!(all.iter().any(|it| it.as_millis() < 6_300));
        assert!(all.iter().any(|it| it.as_millis() > 7_700));
    }
}
