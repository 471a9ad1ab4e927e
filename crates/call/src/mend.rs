//! When to restart ICE and when to begin with a new connection.
//!
//! A connection that was interrupted for two seconds restarts ICE (RFC 8445, section 9) and uses the
//! old way for as long as it holds. So does one over which nothing comes any more, sooner than ICE
//! notices, but only when both sides can be reached and it still does not: a restart that arrives
//! when media flows again would stop it. Who was away knows that it is back; who holds its socket asks
//! the other side by an offer that changes nothing, and does no harm however late it arrives. One
//! that is not up ten seconds after it should have been, or whose negotiation got stuck, is
//! replaced, and the replaced ones get ever more time. It goes on for as long as the other
//! participant is in the room. One that goes through the relay looks for a direct way now and
//! then, by an ICE restart that leaves the relayed way in use until there is another.

use std::time::Duration;

use web_time::Instant;

use crate::Path;
use crate::connection::Connection;
use crate::peer::{Cx, Peer};
use crate::pulse::Pulse;

/// The one who was there waits so long for the offer of the one who enters.
const OFFER_WAIT: Duration = Duration::from_secs(5);
/// Who was away is left to mend what is lost for so long: its network is the one that is another.
pub(crate) const YIELD: Duration = Duration::from_secs(1);
/// So soon media comes again where its way is there again.
const GLANCE: Duration = Duration::from_millis(100);
/// A socket that was opened again so soon: the network was there all the time.
const AT_ONCE: Duration = Duration::from_millis(800);
/// ICE often recovers by itself from shorter interruptions.
const INTERRUPTION: Duration = Duration::from_secs(2);
/// Within this time a connection is up, or else is replaced.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_PATIENCE: Duration = Duration::from_secs(60);
/// An operation or an exchange that takes longer is stuck.
const STUCK: Duration = Duration::from_secs(10);
/// The pause after a failed operation; doubles each time.
const PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// One that has lost its direct way looks for another after this time.
const DIRECT_AGAIN: Duration = Duration::from_secs(3);
/// A relayed connection looks for a direct way after this time, and ever more rarely.
const DIRECT_AFTER: Duration = Duration::from_secs(60);
const MAX_DIRECT_AFTER: Duration = Duration::from_secs(30 * 60);
/// After so many connections without success it is said that there is no way.
const HOPELESS: u32 = 2;

/// What is wrong with a connection, and when something is done about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mend {
    /// Replacements since it last was up.
    failures: u32,
    /// It has been up before.
    pub(crate) was_up: bool,
    is_up: bool,
    /// Without the other's offer by then, this side offers.
    offer_at: Option<Instant>,
    /// If still interrupted by then, ICE is restarted.
    restart_at: Option<Instant>,
    /// ICE was restarted since it last was up.
    restarted: bool,
    /// If not up by then, it is replaced.
    up_by: Option<Instant>,
    /// If still negotiating by then, it is replaced.
    settled_by: Option<Instant>,
    /// Nothing is there, or the other side wanted a new connection too soon: made anew then.
    retry_at: Option<Instant>,
    stall: Stall,
    /// It goes through the relay, as far as is known.
    relayed: bool,
    /// It once did not.
    was_direct: bool,
    /// If still relayed by then, a direct way is looked for.
    direct_at: Option<Instant>,
    /// How often that was done in vain.
    direct_tries: u32,
}

/// What was done about media that does not come any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stall {
    #[default]
    Nothing,
    /// The other side was asked whether it is there.
    Asked,
    /// ICE was restarted.
    Restarted,
}

/// How long to wait for media where the socket was lost for so long and is there again.
pub(crate) fn patience_after(away: Duration) -> Duration {
    if away < AT_ONCE {
        Duration::ZERO
    } else {
        GLANCE
    }
}

impl Mend {
    pub(crate) fn expect_offer(&mut self, now: Instant) {
        self.offer_at = Some(now + OFFER_WAIT);
    }

    pub(crate) fn expect_up(&mut self, now: Instant, polite: bool) {
        self.up_by = Some(now + self.patience(polite));
    }

    /// There is an unused connection in the place of the old one.
    pub(crate) fn renewed(&mut self, now: Instant, polite: bool) {
        self.is_up = false;
        self.offer_at = None;
        self.restart_at = None;
        self.restarted = false;
        self.settled_by = None;
        self.retry_at = None;
        self.direct_at = None;
        self.relayed = false;
        self.expect_up(now, polite);
    }

    /// An operation failed, and the connection was closed.
    pub(crate) fn broke(&mut self, now: Instant) {
        let pause = PAUSE * 2_u32.saturating_pow(self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        self.is_up = false;
        self.offer_at = None;
        self.restart_at = None;
        self.up_by = None;
        self.settled_by = None;
        self.direct_at = None;
        self.retry_at = Some(now + pause.min(MAX_PAUSE));
    }

    /// Begins a new connection at this time, if none is begun before.
    pub(crate) fn retry_by(&mut self, at: Instant) {
        self.retry_at = Some(self.retry_at.map_or(at, |before| before.min(at)));
    }

    /// The other side can be reached again: what was to be done meanwhile is judged anew.
    pub(crate) fn resumed(&mut self) {
        self.failures = 0;
        self.offer_at = None;
        self.restart_at = None;
        self.restarted = false;
        self.up_by = None;
        self.settled_by = None;
    }

    /// Nothing could be done for a while.
    pub(crate) fn slept(&mut self) {
        let failures = self.failures;
        self.resumed();
        self.failures = failures;
    }

    /// True if it is time to look for a direct way. The old way is used until there is one.
    fn looks_for_direct(&mut self, looks: bool, now: Instant) -> bool {
        if !looks {
            self.direct_at = None;
            self.direct_tries = 0;
            return false;
        }
        let wait = match self.direct_tries {
            0 if self.was_direct => DIRECT_AGAIN,
            tries => DIRECT_AFTER * 2_u32.saturating_pow(tries.min(10)),
        };
        let at = *self
            .direct_at
            .get_or_insert(now + wait.min(MAX_DIRECT_AFTER));
        let is_due = at <= now;
        if is_due {
            self.direct_at = None;
            self.direct_tries = self.direct_tries.saturating_add(1);
        }
        is_due
    }

    /// True if nothing comes any more, though it could, and ICE is to be restarted.
    fn stops(&mut self, pulse: &mut Pulse, it: &mut Connection, now: Instant) -> bool {
        if !pulse.misses() {
            self.stall = Stall::Nothing;
        }
        let is_idle = it.negotiation.is_settled() && !it.wants_offer && it.held.is_none();
        if !is_idle || it.search.goes_on(now) {
            return false;
        }
        match self.stall {
            Stall::Restarted => {}
            _ if pulse.is_over() => {
                self.stall = Stall::Restarted;
                return true;
            }
            Stall::Nothing
                if pulse.is_long() && !pulse.is_expected() && it.pair.can_restart_ice() =>
            {
                self.stall = Stall::Asked;
                it.wants_offer = true;
            }
            // It has answered.
            Stall::Asked if !pulse.is_expected() => pulse.expect(now, GLANCE),
            Stall::Nothing | Stall::Asked => {}
        }
        false
    }

    pub(crate) fn restart(&mut self, connection: &mut Connection, now: Instant, polite: bool) {
        connection.wants_restart = true;
        self.restarted = true;
        self.restart_at = None;
        self.expect_up(now, polite);
    }

    pub(crate) fn is_hopeless(&self) -> bool {
        self.failures >= HOPELESS
    }

    /// The polite one waits longer, so that one of the two acts first.
    fn patience(&self, polite: bool) -> Duration {
        let base = PATIENCE * 3_u32.saturating_pow(self.failures.min(6))
            / 2_u32.saturating_pow(self.failures.min(6));
        stretched(base.min(MAX_PATIENCE), polite)
    }

    /// The earliest time at which something has to be done.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        [
            self.offer_at,
            self.restart_at.filter(|_| self.settled_by.is_none()),
            self.up_by,
            self.settled_by,
            self.retry_at,
            self.direct_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

fn stretched(wait: Duration, polite: bool) -> Duration {
    if polite { wait * 13 / 10 } else { wait }
}

fn due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}

impl Peer {
    /// Looks at the connection of a participant who can be reached, and does what is due.
    pub(crate) fn mend(&mut self, cx: &mut Cx<'_>) {
        let (now, polite) = (cx.now, self.polite);
        let mend = &mut self.mend;
        if due(mend.retry_at, now) || due(mend.offer_at, now) {
            mend.retry_at = None;
            return self.offer_anew(cx);
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.is_untouched() {
            return;
        }
        mend.offer_at = None;
        if connection.negotiation.is_settled() {
            mend.settled_by = None;
        } else {
            let by = now + stretched(STUCK, polite);
            mend.settled_by.get_or_insert(by);
        }
        let stops = mend.stops(&mut self.pulse, connection, now);
        if connection.is_up() {
            if !mend.is_up {
                mend.failures = 0;
                mend.is_up = true;
                mend.was_up = true;
                mend.restarted = false;
            }
            mend.restart_at = None;
            mend.up_by = None;
            // One of the two is enough.
            if let Some(path) = self.meter.path() {
                mend.relayed = path != Path::Direct;
                mend.was_direct |= path == Path::Direct;
            }
            let looks = mend.relayed && connection.pair.restarts_first(polite) && !cx.relay_only;
            if mend.looks_for_direct(looks, now) || stops {
                connection.wants_restart = true;
            }
        } else if connection.negotiated {
            mend.direct_at = None;
            mend.is_up = false;
            if mend.up_by.is_none() {
                mend.expect_up(now, polite);
            }
            if mend.restarted {
                mend.restart_at = None;
            } else if stops || connection.has_failed() {
                mend.restart(connection, now, polite);
            } else if connection.is_interrupted() && self.pulse.comes(now) {
                // ICE has yet to notice that it is over.
                mend.restart_at = None;
                mend.up_by = None;
            } else if connection.is_interrupted() {
                let at = now + stretched(INTERRUPTION, polite);
                mend.restart_at.get_or_insert(at);
            } else {
                mend.restart_at = None;
            }
            if due(mend.restart_at, now) && connection.negotiation.is_settled() {
                mend.restart(connection, now, polite);
            }
        }
        if due(mend.up_by, now) || due(mend.settled_by, now) {
            mend.failures = mend.failures.saturating_add(1);
            self.offer_anew(cx);
        } else if connection.wants_restart && !connection.pair.can_restart_ice() {
            self.offer_anew(cx);
        }
    }
}
