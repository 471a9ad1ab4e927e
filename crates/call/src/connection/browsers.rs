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
pub(crate) struct Browsers {
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
        if description.as_str().lines().any(is_gecko) {
            Self::Gecko
        } else {
            Self::Other
        }
    }
}

impl Browsers {
    /// This side's browser made a description; `offer` if it is one.
    pub(super) fn made(&mut self, description: &Sdp, offer: bool) {
        if self.here.is_none() || self.there.is_none() {
            self.offered = offer;
        }
        self.here = Some(Engine::of(description));
    }

    /// The other side's browser made one.
    pub(crate) fn came(&mut self, description: &Sdp) {
        self.there = Some(Engine::of(description));
    }

    /// The first offer was this side's.
    pub(crate) fn offered(self) -> bool {
        self.offered
    }

    /// This side's browser is Firefox.
    pub(crate) fn is_firefox(self) -> bool {
        self.here == Some(Engine::Gecko)
    }

    /// The other side's browser is Firefox.
    pub(super) fn other_is_firefox(self) -> bool {
        self.there == Some(Engine::Gecko)
    }

    /// An offer of this side may restart ICE.
    pub(crate) fn can_restart_ice(self) -> bool {
        self.here == self.there || (self.here == Some(Engine::Gecko) && self.offered)
    }

    /// It is for this side to restart where one of the two is enough.
    pub(crate) fn restarts_first(self, polite: bool) -> bool {
        self.can_restart_ice() && (self.here != self.there || !polite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdp(engine: Engine) -> Sdp {
        Sdp::new(match engine {
            Engine::Gecko => "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 1 0 IN IP4 0.0.0.0\r\n",
            Engine::Other => "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=o=mozilla\r\n",
        })
    }

    fn negotiated(here: Engine, there: Engine, offered: bool) -> Browsers {
        let mut browsers = Browsers::default();
        if offered {
            browsers.made(&sdp(here), true);
            browsers.came(&sdp(there));
        } else {
            browsers.came(&sdp(there));
            browsers.made(&sdp(here), false);
        }
        browsers
    }

    #[test]
    fn two_of_a_kind_restart() {
        for engine in [Engine::Gecko, Engine::Other] {
            for offered in [true, false] {
                let browsers = negotiated(engine, engine, offered);
                assert!(browsers.can_restart_ice());
                assert!(browsers.restarts_first(false) && !browsers.restarts_first(true));
            }
        }
    }

    #[test]
    fn of_two_kinds_only_a_firefox_that_offered_first() {
        for polite in [true, false] {
            assert!(negotiated(Engine::Gecko, Engine::Other, true).restarts_first(polite));
            assert!(!negotiated(Engine::Gecko, Engine::Other, false).restarts_first(polite));
        }
        assert!(negotiated(Engine::Gecko, Engine::Other, true).can_restart_ice());
        assert!(!negotiated(Engine::Other, Engine::Gecko, true).can_restart_ice());
        assert!(!negotiated(Engine::Other, Engine::Gecko, false).can_restart_ice());
    }

    #[test]
    fn who_offers_later_changes_nothing() {
        let mut browsers = negotiated(Engine::Gecko, Engine::Other, true);
        browsers.came(&sdp(Engine::Other));
        browsers.made(&sdp(Engine::Gecko), false);
        assert!(browsers.can_restart_ice());
    }
}
