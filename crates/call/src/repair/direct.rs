//! When a connection that goes through the relay looks for a direct path.
//!
//! The connection does so by an ICE restart, during which the relayed path stays in use.

use std::time::Duration;

use web_time::Instant;

use crate::view::Path;

/// One that has lost its direct way looks for another after this time.
const AFTER_LOSS: Duration = Duration::from_secs(3);
/// A connection that was never direct looks for a direct path after this time for the first time. Each
/// further wait is longer.
const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The search for a direct path.
#[derive(Debug, Clone, Default)]
pub(super) struct DirectSearch {
    /// The connection goes through the relay. False while its path is not known.
    relayed: bool,
    /// Some connection with this participant was direct.
    was_direct: bool,
    /// When the connection looks for a direct path, if it is still relayed then.
    at: Option<Instant>,
    /// How many searches found none.
    tries: u32,
}

impl DirectSearch {
    /// Notes the path that media takes now.
    pub(super) fn takes(&mut self, path: Path) {
        self.relayed = path != Path::Direct;
        self.was_direct |= path == Path::Direct;
    }

    /// Stops the search while the connection is not up.
    pub(super) fn pause(&mut self) {
        self.at = None;
    }

    /// Notes that the connection was replaced by another one.
    pub(super) fn replaced(&mut self) {
        self.relayed = false;
        self.at = None;
    }

    /// Whether a connection that is up is to look for a direct path now. `is_ours` says that this side, of
    /// the two, is the one that looks.
    pub(super) fn is_due(&mut self, is_ours: bool, now: Instant) -> bool {
        if !self.relayed || !is_ours {
            self.at = None;
            self.tries = 0;
            return false;
        }
        let wait = match self.tries {
            0 if self.was_direct => AFTER_LOSS,
            tries => FIRST * 2_u32.saturating_pow(tries.min(10)),
        };
        let at = *self.at.get_or_insert(now + wait.min(LONGEST));
        let is_due = at <= now;
        if is_due {
            self.at = None;
            self.tries = self.tries.saturating_add(1);
        }
        is_due
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long the search waits before each of the next `count` attempts.
    fn waits(search: &mut DirectSearch, count: usize) -> Vec<Duration> {
        let mut now = Instant::now();
        let mut waits = Vec::new();
        while waits.len() < count {
            assert!(!search.is_due(true, now));
            let at = search.deadline().unwrap();
            waits.push(at - now);
            assert!(search.is_due(true, at));
            now = at;
        }
        waits
    }

    #[test]
    fn a_relayed_connection_looks_for_a_direct_way_ever_more_rarely() {
        let mut search = DirectSearch::default();
        search.takes(Path::RelayUdp);
        assert_eq!(waits(&mut search, 2), [FIRST, FIRST * 2]);
        assert_eq!(waits(&mut search, 8).last(), Some(&LONGEST));
    }

    #[test]
    fn one_that_has_lost_its_direct_way_looks_soon() {
        let mut search = DirectSearch::default();
        search.takes(Path::Direct);
        assert!(!search.is_due(true, Instant::now()));
        assert_eq!(search.deadline(), None);
        search.takes(Path::RelayTcp);
        assert_eq!(waits(&mut search, 2), [AFTER_LOSS, FIRST * 2]);
    }

    #[test]
    fn only_the_side_that_may_looks() {
        let mut search = DirectSearch::default();
        search.takes(Path::RelayUdp);
        assert!(!search.is_due(false, Instant::now()));
        assert_eq!(search.deadline(), None);
    }
}
