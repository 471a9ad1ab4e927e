//! Whether an ICE restart is under way already.
//!
//! Several events tell that a network is gone: the browser says so, media stops on both sides, a
//! socket comes back. All of them together need one ICE restart (RFC 8445, section 9), because every
//! further restart would stop the checks that are under way and begin them anew.

use std::time::Duration;

use protocol::Sdp;
use web_time::Instant;

use super::description::fragment;

/// So long the ways of a restart are tried before another could do better.
const CHECKS: Duration = Duration::from_secs(3);

/// The last ICE restart of a connection, whichever side began it.
#[derive(Debug, Clone, Default)]
pub(super) struct LastRestart {
    /// The user fragment that the other side was last known by.
    other: Option<String>,
    began: Option<Instant>,
}

impl LastRestart {
    /// This side begins one.
    pub(crate) fn begins_here(&mut self, now: Instant) {
        self.began = Some(now);
    }

    /// A description of the other side came. One by another user fragment is part of a restart,
    /// and the checks begin with it.
    pub(crate) fn described(&mut self, description: &Sdp, now: Instant) {
        let fragment = fragment(description).map(str::to_owned);
        if self.other.is_some() && self.other != fragment {
            self.began = Some(now);
        }
        self.other = fragment;
    }

    /// It has not had its time yet.
    pub(super) fn is_under_way(&self, now: Instant) -> bool {
        self.began.is_some_and(|began| now < began + CHECKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(fragment: &str) -> Sdp {
        Sdp::new(format!("v=0\r\na=ice-ufrag:{fragment}\r\n"))
    }

    #[test]
    fn a_restart_of_either_side_has_its_time() {
        let now = Instant::now();
        let mut last = LastRestart::default();
        last.described(&description("abcd"), now);
        assert!(!last.is_under_way(now), "the first description");
        last.described(&description("abcd"), now);
        assert!(!last.is_under_way(now), "a change of tracks");
        last.described(&description("efgh"), now);
        assert!(last.is_under_way(now));
        assert!(!last.is_under_way(now + CHECKS));
        last.begins_here(now + CHECKS);
        assert!(last.is_under_way(now + CHECKS));
    }
}
