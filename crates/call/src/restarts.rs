//! Whether two browsers get along when ICE is restarted (RFC 8445, section 9).
//!
//! Firefox answers a restart with its old ports still open until the new ones are used. Chromium,
//! if it is the one to offer, tries its new ports with those old ones before the answer comes,
//! finds that they work, and stays: what it sends there is lost, and both wait for the other to
//! nominate a pair. The other way round, Firefox may offer; but only if the first offer was its
//! own too, for otherwise it names payload types that Chromium refuses. Where a restart would
//! fail, a new connection takes its place.

use protocol::Sdp;

/// What is known of the two browsers of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Restarts {
    here: Option<Engine>,
    there: Option<Engine>,
    /// The first offer was this side's.
    offered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Gecko,
    Other,
}

impl Engine {
    /// Whose description it is: Firefox's alone names its maker (RFC 8866, section 5.2).
    fn of(description: &Sdp) -> Self {
        let is_gecko = |line: &str| line.starts_with("o=mozilla");
        if description.0.lines().any(is_gecko) {
            Self::Gecko
        } else {
            Self::Other
        }
    }
}

impl Restarts {
    /// This side's browser made a description; `offer` if it is one.
    pub(crate) fn made(&mut self, description: &Sdp, offer: bool) {
        if self.here.is_none() || self.there.is_none() {
            self.offered = offer;
        }
        self.here = Some(Engine::of(description));
    }

    /// The other side's browser made one.
    pub(crate) fn came(&mut self, description: &Sdp) {
        self.there = Some(Engine::of(description));
    }

    /// The other side's browser is Firefox.
    pub(crate) fn are_with_firefox(self) -> bool {
        self.there == Some(Engine::Gecko)
    }

    /// An offer of this side may restart ICE.
    pub(crate) fn work(self) -> bool {
        self.here == self.there || (self.here == Some(Engine::Gecko) && self.offered)
    }

    /// It is for this side to restart where one of the two is enough.
    pub(crate) fn are_ours(self, polite: bool) -> bool {
        self.work() && (self.here != self.there || !polite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdp(engine: Engine) -> Sdp {
        Sdp(match engine {
            Engine::Gecko => "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 1 0 IN IP4 0.0.0.0\r\n",
            Engine::Other => "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=o=mozilla\r\n",
        }
        .to_owned())
    }

    fn negotiated(here: Engine, there: Engine, offered: bool) -> Restarts {
        let mut restarts = Restarts::default();
        if offered {
            restarts.made(&sdp(here), true);
            restarts.came(&sdp(there));
        } else {
            restarts.came(&sdp(there));
            restarts.made(&sdp(here), false);
        }
        restarts
    }

    #[test]
    fn two_of_a_kind_restart() {
        for engine in [Engine::Gecko, Engine::Other] {
            for offered in [true, false] {
                let restarts = negotiated(engine, engine, offered);
                assert!(restarts.work());
                assert!(restarts.are_ours(false) && !restarts.are_ours(true));
            }
        }
    }

    #[test]
    fn of_two_kinds_only_a_firefox_that_offered_first() {
        for polite in [true, false] {
            assert!(negotiated(Engine::Gecko, Engine::Other, true).are_ours(polite));
            assert!(!negotiated(Engine::Gecko, Engine::Other, false).are_ours(polite));
        }
        assert!(negotiated(Engine::Gecko, Engine::Other, true).work());
        assert!(!negotiated(Engine::Other, Engine::Gecko, true).work());
        assert!(!negotiated(Engine::Other, Engine::Gecko, false).work());
    }

    #[test]
    fn who_offers_later_changes_nothing() {
        let mut restarts = negotiated(Engine::Gecko, Engine::Other, true);
        restarts.came(&sdp(Engine::Other));
        restarts.made(&sdp(Engine::Gecko), false);
        assert!(restarts.work());
    }
}
