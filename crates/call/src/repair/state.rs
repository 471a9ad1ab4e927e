//! When to restart ICE and when to begin with a new connection.
//!
//! A connection that was interrupted for two seconds restarts ICE (RFC 8445, section 9), and its old
//! path stays in use for as long as it works. A connection on which no packet arrives any more also
//! restarts ICE, sooner than the browser notices, but only once both sides can be reached: a restart
//! that arrives after media flows again would interrupt it. A side that has just got its socket back
//! knows that it can be reached. A side that never lost its socket first sends an offer that changes
//! nothing, which does no harm however late it arrives, and restarts ICE when that was answered.
//!
//! A connection is replaced if it is not up ten seconds after it should have been, or if its
//! negotiation got stuck. Each replacement is given more time than the one before. The repair goes on
//! for as long as the other participant is in the room. A connection that goes through the relay
//! looks for a direct path now and then.

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
/// How long the returning side has to repair the connection before the other side does. It goes first
/// because its network is the one that has changed.
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
/// After this many connections that failed, the person is told that there is no way.
const HOPELESS: u32 = 2;

/// How the connection with one participant is repaired.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repair {
    /// How many connections were replaced since one was up.
    failures: u32,
    link: Link,
    /// Whether ICE was restarted since the connection was up for the last time.
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
    /// Notes that the other side makes the next offer.
    pub(crate) fn expect_offer(&mut self, now: Instant) {
        self.timers.start(Timer::RemoteOffer, now + OFFER_WAIT);
    }

    /// Notes that the connection should be up soon.
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

    /// Notes that the device slept, so that nothing could be done for a while.
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

    /// Notes that ICE is restarted now.
    pub(crate) fn restarts_ice(&mut self, now: Instant, polite: bool) {
        self.restarted = true;
        self.timers.stop(Timer::Interruption);
        self.expect_up(now, polite);
    }

    /// Whether to begin a new connection now, whatever the state of the present one.
    pub(crate) fn is_to_begin(&mut self, now: Instant) -> bool {
        let due = |timer| self.timers.is_due(timer, now);
        let is_due = due(Timer::NewConnection) || due(Timer::RemoteOffer);
        if is_due {
            self.timers.stop(Timer::NewConnection);
        }
        is_due
    }

    /// What to do about the present connection. The other participant is connected to the server.
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

    /// What to do about a connection that was up, or should be by now.
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

    /// Whether so many connections failed that the person is told that there is no way.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.failures >= HOPELESS
    }

    /// Whether a connection with this participant was ever up.
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
