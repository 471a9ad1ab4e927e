//! An answer brings its candidates along, where that costs next to nothing.
//!
//! Who answers is the controlled side of ICE, and its checks begin as soon as it has gathered. One
//! that comes out of its relayed address before that candidate was told makes it, for the
//! controlling side, a peer-reflexive one (RFC 8445, section 7.3.1.3), and its PRIORITY then says
//! more than that of an address behind a NAT. Chromium nominates the relay for that, gives up the
//! direct pair that worked already, and does not come back to it when the candidate is told at
//! last. Before it has the answer it can check nothing: so the answer brings the candidates along,
//! and waits for them for a moment. (They are there at once where the browser gathers beforehand.)

use std::time::Duration;

use protocol::Sdp;
use web_time::Instant;

use super::gathering::Gathering;

/// How long an answer waits for candidates. A relay is reached within it by UDP, over any but the
/// longest ways; what comes later is told by itself.
const ANSWER_WAIT: Duration = Duration::from_millis(200);

/// An answer that is set and not said yet.
#[derive(Debug, Clone)]
pub(super) struct HeldAnswer {
    sdp: Sdp,
    until: Instant,
}

impl HeldAnswer {
    /// The answer is set, and waits for candidates.
    pub(crate) fn new(sdp: Sdp, now: Instant, to_firefox: bool) -> Self {
        // Firefox does not err like this, and does not gather beforehand.
        let wait = if to_firefox {
            Duration::ZERO
        } else {
            ANSWER_WAIT
        };
        let until = now + wait;
        Self { sdp, until }
    }

    /// It is time to say it: all is gathered, or it has waited long enough.
    pub(crate) fn is_due(&self, now: Instant, gathering: &Gathering) -> bool {
        self.until <= now || gathering.is_done(&self.sdp)
    }

    /// It is said then at the latest.
    pub(crate) fn deadline(&self) -> Instant {
        self.until
    }

    pub(super) fn into_sdp(self) -> Sdp {
        self.sdp
    }
}
