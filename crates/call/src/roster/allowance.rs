//! How many connections another participant may have the browser make.
//!
//! Each offer with a larger number asks for a new RTCPeerConnection, which is expensive: it gathers
//! candidates and opens sockets. Honest repair asks for one about every ten seconds. A connection
//! that the other side wants beyond its allowance is not made. This side then offers one by itself
//! as soon as the allowance permits, so that honest repair still succeeds.

use std::time::Duration;

use web_time::Instant;

/// How many may be made in quick succession: a reload or two of the other page, with the repair of
/// a network that has just changed.
const AT_ONCE: u32 = 5;
/// The time between two connections in the long run. Honest repair tries at most every ten seconds,
/// from either side.
const EVERY: Duration = Duration::from_secs(3);

/// A token bucket, kept as the moment at which it is full again; none if it never was touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Allowance {
    full_at: Option<Instant>,
}

impl Allowance {
    /// A connection was made, whoever wanted it.
    pub(crate) fn spend(&mut self, now: Instant) {
        let from = self.full_at.map_or(now, |at| at.max(now));
        self.full_at = Some(from + EVERY);
    }

    /// The earliest time at which another connection may be made; none if none was made yet.
    pub(crate) fn next(self) -> Option<Instant> {
        self.full_at?.checked_sub(EVERY * (AT_ONCE - 1))
    }

    /// Whether another one may be made now; if not, when.
    pub(crate) fn check(self, now: Instant) -> Result<(), Instant> {
        match self.next().filter(|next| *next > now) {
            Some(next) => Err(next),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_made_at_once_and_then_one_at_a_time() {
        let now = Instant::now();
        let mut allowance = Allowance::default();
        for _ in 0..AT_ONCE {
            assert_eq!(allowance.check(now), Ok(()));
            allowance.spend(now);
        }
        let next = allowance.check(now).unwrap_err();
        assert_eq!(next, now + EVERY);
        assert_eq!(allowance.check(next), Ok(()));
        allowance.spend(next);
        assert_eq!(allowance.check(next), Err(next + EVERY));
        let later = next + EVERY * AT_ONCE;
        assert_eq!(allowance.check(later), Ok(()));
    }
}
