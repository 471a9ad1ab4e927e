//! When an answer is sent: for a moment it waits for candidates, so that they are sent with it.
//!
//! The side that answers is the controlled side of ICE, and its checks begin as soon as it has
//! gathered. If a check from its relayed address arrives before the relayed candidate was sent, the
//! controlling side takes that address for a peer-reflexive candidate (RFC 8445, section 7.3.1.3),
//! whose priority is higher than that of an address behind a NAT. Chromium then nominates the relay,
//! gives up the direct pair that worked already, and does not come back to it when the candidate
//! arrives. The controlling side can check nothing before it has the answer, so sending the
//! candidates with the answer prevents this. Where the browser gathers beforehand they are there at
//! once and the answer does not wait.

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
    /// An answer that was set just now and waits for candidates.
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

    /// Whether to send the answer: all candidates are gathered, or it has waited long enough.
    pub(crate) fn is_due(&self, now: Instant, gathering: &Gathering) -> bool {
        self.until <= now || gathering.is_done(&self.sdp)
    }

    /// When the answer is sent at the latest.
    pub(crate) fn deadline(&self) -> Instant {
        self.until
    }

    pub(super) fn into_sdp(self) -> Sdp {
        self.sdp
    }
}
