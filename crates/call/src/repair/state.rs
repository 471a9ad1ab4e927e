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
//! then.

use std::time::Duration;

use web_time::Instant;

use super::advice::{Advice, Facts};
use super::direct::DirectSearch;
use super::flow::MediaFlow;
use super::stall::{GLANCE, StallResponse};
use super::timers::{Timer, Timers};
use crate::connection::Health;

/// The one who was there waits so long for the offer of the one who enters.
const OFFER_WAIT: Duration = Duration::from_secs(5);
/// Who was away is left to repair what is lost for so long: its network is the one that is another.
pub(crate) const LEFT_TO_RETURNED: Duration = Duration::from_secs(1);
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
/// After so many connections without success it is said that there is no way.
const HOPELESS: u32 = 2;

/// The repair of the connections with one participant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repair {
    /// Connections that were replaced since one last was up.
    failures: u32,
    link: Link,
    /// ICE was restarted since the connection last came up.
    restarted: bool,
    stall: StallResponse,
    direct: DirectSearch,
    timers: Timers,
}

/// Whether media could flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Link {
    #[default]
    NeverUp,
    Up,
    NoLongerUp,
}

/// How long to wait for media where the socket was lost for so long and is there again.
pub(crate) fn patience_after(away: Duration) -> Duration {
    if away < AT_ONCE {
        Duration::ZERO
    } else {
        GLANCE
    }
}

impl Repair {
    /// The other side is to offer.
    pub(crate) fn expect_offer(&mut self, now: Instant) {
        self.timers.start(Timer::RemoteOffer, now + OFFER_WAIT);
    }

    /// The connection is to come up.
    pub(crate) fn expect_up(&mut self, now: Instant, polite: bool) {
        self.timers.start(Timer::Up, now + self.patience(polite));
    }

    /// There is an unused connection in the place of the old one.
    pub(crate) fn replaced(&mut self, now: Instant, polite: bool) {
        self.link_is_down();
        self.restarted = false;
        self.direct.replaced();
        self.timers = Timers::default();
        self.expect_up(now, polite);
    }

    /// An operation failed, and the connection was closed.
    pub(crate) fn broke(&mut self, now: Instant) {
        let pause = PAUSE * 2_u32.saturating_pow(self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        self.link_is_down();
        self.direct.pause();
        self.timers = Timers::default();
        self.begin_by(now + pause.min(MAX_PAUSE));
    }

    /// Begins a new connection at this time, if none is begun before.
    pub(crate) fn begin_by(&mut self, at: Instant) {
        self.timers.start_by(Timer::NewConnection, at);
    }

    /// The other side can be reached again: what was to be done meanwhile is judged anew.
    pub(crate) fn is_reachable_again(&mut self) {
        self.failures = 0;
        self.begins_to_wait_anew();
    }

    /// Nothing could be done for a while, because the device slept.
    pub(crate) fn slept(&mut self) {
        self.begins_to_wait_anew();
    }

    fn begins_to_wait_anew(&mut self) {
        self.restarted = false;
        self.timers.stop_all(&[
            Timer::RemoteOffer,
            Timer::Up,
            Timer::Negotiation,
            Timer::Interruption,
        ]);
    }

    /// ICE is restarted now.
    pub(crate) fn restarts_ice(&mut self, now: Instant, polite: bool) {
        self.restarted = true;
        self.timers.stop(Timer::Interruption);
        self.expect_up(now, polite);
    }

    /// It is time to begin a connection, whatever there is.
    pub(crate) fn is_to_begin(&mut self, now: Instant) -> bool {
        let due = |timer| self.timers.is_due(timer, now);
        let is_due = due(Timer::NewConnection) || due(Timer::RemoteOffer);
        if is_due {
            self.timers.stop(Timer::NewConnection);
        }
        is_due
    }

    /// What to do about the connection there is, to somebody who can be reached.
    pub(crate) fn advise(&mut self, facts: Facts, flow: &mut MediaFlow, now: Instant) -> Advice {
        self.timers.stop(Timer::RemoteOffer);
        if facts.is_settled {
            self.timers.stop(Timer::Negotiation);
        } else {
            let by = now + stretched(STUCK, facts.polite);
            self.timers.start_once(Timer::Negotiation, by);
        }
        let about_stall = self.stall.advise(facts, flow, now);
        let advice = if facts.health == Health::Up {
            self.advise_up(facts, about_stall, now)
        } else if facts.negotiated {
            self.advise_down(facts, about_stall, flow, now)
        } else {
            about_stall.without_restart()
        };
        if self.timers.is_due(Timer::Up, now) || self.timers.is_due(Timer::Negotiation, now) {
            self.failures = self.failures.saturating_add(1);
            return Advice::Renew;
        }
        advice
    }

    fn advise_up(&mut self, facts: Facts, about_stall: Advice, now: Instant) -> Advice {
        if self.link != Link::Up {
            self.link = Link::Up;
            self.failures = 0;
            self.restarted = false;
        }
        self.timers.stop_all(&[Timer::Interruption, Timer::Up]);
        if let Some(path) = facts.path {
            self.direct.takes(path);
        }
        if self.direct.is_due(facts.may_look_for_direct, now) {
            Advice::RestartIce
        } else {
            about_stall
        }
    }

    /// It was connected, or should be by now.
    fn advise_down(
        &mut self,
        facts: Facts,
        about_stall: Advice,
        flow: &MediaFlow,
        now: Instant,
    ) -> Advice {
        self.link_is_down();
        self.direct.pause();
        let up_by = now + self.patience(facts.polite);
        self.timers.start_once(Timer::Up, up_by);
        if self.restarted {
            self.timers.stop(Timer::Interruption);
            return about_stall.without_restart();
        }
        let restarts = match facts.health {
            _ if about_stall == Advice::RestartIce => true,
            Health::Failed => true,
            // ICE has yet to notice that it is over.
            Health::Interrupted if flow.is_flowing(now) => {
                self.timers.stop_all(&[Timer::Interruption, Timer::Up]);
                false
            }
            Health::Interrupted => {
                let at = now + stretched(INTERRUPTION, facts.polite);
                self.timers.start_once(Timer::Interruption, at);
                self.timers.is_due(Timer::Interruption, now) && facts.is_settled
            }
            Health::Up | Health::Connecting => {
                self.timers.stop(Timer::Interruption);
                false
            }
        };
        if restarts {
            self.restarts_ice(now, facts.polite);
            return Advice::RestartIce;
        }
        about_stall
    }

    fn link_is_down(&mut self) {
        if self.link == Link::Up {
            self.link = Link::NoLongerUp;
        }
    }

    /// There is hardly any hope to find a way.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.failures >= HOPELESS
    }

    /// A connection with this participant has been up.
    pub(crate) fn was_up(&self) -> bool {
        self.link != Link::NeverUp
    }

    /// The polite one waits longer, so that one of the two acts first.
    fn patience(&self, polite: bool) -> Duration {
        let base = PATIENCE * 3_u32.saturating_pow(self.failures.min(6))
            / 2_u32.saturating_pow(self.failures.min(6));
        stretched(base.min(MAX_PATIENCE), polite)
    }

    /// The earliest time at which something has to be done.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        [self.timers.next(), self.direct.deadline()]
            .into_iter()
            .flatten()
            .min()
    }
}

fn stretched(wait: Duration, polite: bool) -> Duration {
    if polite { wait * 13 / 10 } else { wait }
}
