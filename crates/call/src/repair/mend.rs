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

use super::pulse::Pulse;
use crate::connection::Health;
use crate::view::Path;

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

/// What is known of a connection at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) health: Health,
    /// Offer and answer were exchanged at least once.
    pub(crate) negotiated: bool,
    /// Nothing is being negotiated.
    pub(crate) is_settled: bool,
    /// Nor is anything about to be, and no new ways are being looked for.
    pub(crate) is_idle: bool,
    /// The two browsers get along when this side restarts ICE.
    pub(crate) can_restart_ice: bool,
    /// It is for this side to look for a direct way, if there should be one.
    pub(crate) may_look_for_direct: bool,
    pub(crate) path: Option<Path>,
    /// This side is the slower one to mend.
    pub(crate) polite: bool,
}

/// What is to be done about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    Wait,
    /// Make an offer that changes nothing, to see whether the other side is there.
    Ask,
    RestartIce,
    /// Begin a new connection in its place.
    Renew,
}

impl Advice {
    fn but_no_restart(self) -> Self {
        match self {
            Self::RestartIce => Self::Wait,
            other => other,
        }
    }
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

    /// What to do about media that does not come any more, though it could.
    fn about_stall(&mut self, facts: Facts, pulse: &mut Pulse, now: Instant) -> Advice {
        if !pulse.misses() {
            self.stall = Stall::Nothing;
        }
        if !facts.is_idle {
            return Advice::Wait;
        }
        match self.stall {
            Stall::Restarted => {}
            _ if pulse.is_over() => {
                self.stall = Stall::Restarted;
                return Advice::RestartIce;
            }
            Stall::Nothing if pulse.is_long() && !pulse.is_expected() && facts.can_restart_ice => {
                self.stall = Stall::Asked;
                return Advice::Ask;
            }
            // It has answered.
            Stall::Asked if !pulse.is_expected() => pulse.expect(now, GLANCE),
            Stall::Nothing | Stall::Asked => {}
        }
        Advice::Wait
    }

    /// ICE is restarted now.
    pub(crate) fn restarts(&mut self, now: Instant, polite: bool) {
        self.restarted = true;
        self.restart_at = None;
        self.expect_up(now, polite);
    }

    /// It is time to begin anew, whatever there is.
    pub(crate) fn is_to_begin(&mut self, now: Instant) -> bool {
        let is_due = due(self.retry_at, now) || due(self.offer_at, now);
        if is_due {
            self.retry_at = None;
        }
        is_due
    }

    /// What to do about the connection there is, to somebody who can be reached.
    pub(crate) fn judge(&mut self, facts: Facts, pulse: &mut Pulse, now: Instant) -> Advice {
        let polite = facts.polite;
        self.offer_at = None;
        if facts.is_settled {
            self.settled_by = None;
        } else {
            let by = now + stretched(STUCK, polite);
            self.settled_by.get_or_insert(by);
        }
        let stall = self.about_stall(facts, pulse, now);
        let advice = if facts.health == Health::Up {
            self.judge_up(facts, stall, now)
        } else if facts.negotiated {
            self.judge_down(facts, stall, pulse, now)
        } else {
            stall.but_no_restart()
        };
        if due(self.up_by, now) || due(self.settled_by, now) {
            self.failures = self.failures.saturating_add(1);
            return Advice::Renew;
        }
        advice
    }

    fn judge_up(&mut self, facts: Facts, stall: Advice, now: Instant) -> Advice {
        if !self.is_up {
            self.failures = 0;
            self.is_up = true;
            self.was_up = true;
            self.restarted = false;
        }
        self.restart_at = None;
        self.up_by = None;
        if let Some(path) = facts.path {
            self.relayed = path != Path::Direct;
            self.was_direct |= path == Path::Direct;
        }
        let looks = self.relayed && facts.may_look_for_direct;
        if self.looks_for_direct(looks, now) {
            Advice::RestartIce
        } else {
            stall
        }
    }

    fn judge_down(&mut self, facts: Facts, stall: Advice, pulse: &Pulse, now: Instant) -> Advice {
        let polite = facts.polite;
        self.direct_at = None;
        self.is_up = false;
        if self.up_by.is_none() {
            self.expect_up(now, polite);
        }
        let is_interrupted = facts.health == Health::Interrupted;
        if self.restarted {
            self.restart_at = None;
            return stall.but_no_restart();
        }
        if stall == Advice::RestartIce || facts.health == Health::Failed {
            self.restarts(now, polite);
            return Advice::RestartIce;
        } else if is_interrupted && pulse.comes(now) {
            // ICE has yet to notice that it is over.
            self.restart_at = None;
            self.up_by = None;
        } else if is_interrupted {
            let at = now + stretched(INTERRUPTION, polite);
            self.restart_at.get_or_insert(at);
        } else {
            self.restart_at = None;
        }
        if due(self.restart_at, now) && facts.is_settled {
            self.restarts(now, polite);
            return Advice::RestartIce;
        }
        stall
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
