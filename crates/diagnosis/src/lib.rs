//! "Test my connection": whether a call would connect from here, link by link, in less than
//! [`BOUND`], or [`LONG_BOUND`] where the way to the server is long.
//!
//! It enters a throw-away call that it is alone in, without a name, by a connection of its own: so
//! it is given what every participant is given. Then it tries each way to the server that there is:
//! STUN by an address that comes back, and TURN by each transport with two allocations that send to
//! one another, which the server hands over inside of itself.
//!
//! It has the verbs of all cores. It is the engine of a bundle of its own, and no part of the page
//! that everyone loads.

#![forbid(unsafe_code)]

mod entry;
mod io;
mod link;
mod offer;
mod train;
mod trial;

use std::collections::VecDeque;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{ClientMessage, RoomSecret};
use signalling::Outbox;
use web_time::Instant;

pub use io::{Effect, Input, ProbeEvent, ProbeOp};
pub use link::{Line, Link, Measured, Place, Reason, State};
pub use train::MESSAGES;

use entry::{Entry, Progress};
use offer::Offers;
use trial::Trial;

/// After this time it is over, whatever is still open, unless the way to the server is long.
pub const BOUND: Duration = Duration::from_millis(4_500);
/// After this time it is over in any case.
pub const LONG_BOUND: Duration = Duration::from_secs(12);
/// How often a link that works goes there and back until it is open, at most: TCP, a proxy, TLS,
/// two requests for an allocation, a permission, ICE, DTLS and SCTP.
const TRIPS_TO_OPEN: u32 = 14;
/// And what it takes from then on, besides a round trip.
const MEASURING: Duration = Duration::from_millis(1_500);

/// The test.
#[derive(Debug, Clone)]
pub struct Check {
    now: Instant,
    ends: Instant,
    entry: Entry,
    trials: Vec<Trial>,
    outbox: Outbox,
    probes: VecDeque<(Link, ProbeOp)>,
    over: bool,
}

/// What there is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// In the order of [`Link`].
    pub lines: Vec<Line>,
    /// What it comes to, when it is over.
    pub verdict: Option<Verdict>,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Calls connect.
    Good,
    /// They connect, and will not be good.
    Weak,
    /// They connect, but only through TCP.
    ThroughTcp,
    /// They connect where two browsers reach each other directly.
    DirectOnly,
    /// They do not connect, unless both are in one network.
    NoWay,
    /// The server is not reached.
    NoServer,
}

impl Check {
    /// Begins. `random` must be fresh: who knows it may enter the throw-away call.
    pub fn new(now: Instant, random: [u8; 32]) -> Self {
        let mut outbox = Outbox::default();
        let entry = Entry::begin(now, join(random), &mut outbox);
        Self {
            now,
            ends: now + BOUND,
            entry,
            trials: Link::PROBED.map(Trial::new).into(),
            outbox,
            probes: VecDeque::new(),
            over: false,
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.now = self.now.max(now);
        if self.over {
            return;
        }
        match input {
            Input::Socket { socket, event } => {
                let progress = self.entry.event(self.now, socket, event, &mut self.outbox);
                self.entered(progress);
            }
            Input::Probe { link, event } => {
                let now = self.now;
                let probes = &mut self.probes;
                if let Some(trial) = self.trials.iter_mut().find(|trial| trial.link == link) {
                    trial.event(now, event, probes);
                }
            }
            Input::Stop => self.end(),
        }
        self.see();
    }

    /// When [`Self::handle_timeout`] is to be called at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.over {
            return None;
        }
        let trials = self.trials.iter().filter_map(Trial::deadline);
        trials.chain(self.entry.deadline()).chain([self.ends]).min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if self.over {
            return;
        }
        let progress = self.entry.tick(self.now, &mut self.outbox);
        self.entered(progress);
        for trial in &mut self.trials {
            trial.tick(self.now, &mut self.probes);
        }
        if self.now >= self.ends {
            self.end();
        }
        self.see();
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Effect> {
        if let Some((socket, op)) = self.outbox.pop() {
            return Some(Effect::Socket { socket, op });
        }
        let (link, op) = self.probes.pop_front()?;
        Some(Effect::Probe { link, op })
    }

    /// What there is to show now.
    pub fn view(&self) -> View {
        let entry = Line {
            link: Link::Signalling,
            place: None,
            state: self.entry.state(),
        };
        let trials = self.trials.iter().map(Trial::line);
        let lines: Vec<Line> = std::iter::once(entry).chain(trials).collect();
        let verdict = self.over.then(|| verdict(&lines));
        View { lines, verdict }
    }

    fn entered(&mut self, progress: Progress) {
        match progress {
            Progress::Going => {}
            Progress::Entered(ice_servers) => {
                self.allow_for_the_way();
                let offers = Offers::read(&ice_servers);
                for trial in &mut self.trials {
                    trial.begin(offers.of(trial.link), &mut self.probes);
                }
            }
            Progress::Failed => self.end(),
        }
    }

    /// What works must not be said to fail only because the way is long.
    fn allow_for_the_way(&mut self) {
        let State::Good(measured) = self.entry.state() else {
            return;
        };
        let trip = measured.round_trip.unwrap_or_default();
        let needed = self.now + trip.saturating_mul(TRIPS_TO_OPEN + 1) + MEASURING;
        self.ends = self.ends.max(needed).min(self.ends + (LONG_BOUND - BOUND));
    }

    /// Draws conclusions, and ends when there are no more to draw.
    fn see(&mut self) {
        self.conclude();
        let undecided = |trial: &Trial| !trial.state().is_over();
        if self.entry.is_over() && !self.trials.iter().any(undecided) {
            self.end();
        }
    }

    /// What one link tells of another.
    fn conclude(&mut self) {
        let mut relayed = self.trials.iter().filter(|it| it.link == Link::RelayUdp);
        let relayed = relayed.next().map_or(State::NotOffered, Trial::state);
        for trial in &mut self.trials {
            if trial.link == Link::Udp && relayed.is_over() {
                // What is relayed by UDP got through by UDP. Browsers keep the address that came
                // back to themselves where it is the own one, as in one network with the server.
                trial.follows(matches!(relayed, State::Good(_)), &mut self.probes);
            }
        }
    }

    /// Leaves, whatever is still open.
    fn end(&mut self) {
        if self.over {
            return;
        }
        for trial in &mut self.trials {
            trial.end(self.now, &mut self.probes);
        }
        self.conclude();
        self.entry.leave(self.now, &mut self.outbox);
        self.over = true;
    }
}

fn join(random: [u8; 32]) -> ClientMessage {
    let secret = RoomSecret::parse(&Base64UrlUnpadded::encode_string(&random)).ok();
    let room = secret.as_ref().and_then(signalling::room_of);
    // 32 bytes always make a secret, and a secret of 32 bytes always makes a room.
    room.map_or(ClientMessage::Unknown, |room| ClientMessage::Join {
        room,
        name: None,
        secret,
        ticket: None,
        media: None,
        received: None,
        offer: None,
        device: None,
    })
}

fn verdict(lines: &[Line]) -> Verdict {
    let of = |link| lines.iter().find(|line| line.link == link);
    let measured = |link| match of(link).map(|line| &line.state) {
        Some(State::Good(measured)) => Some(measured),
        _ => None,
    };
    if measured(Link::Signalling).is_none() {
        return Verdict::NoServer;
    }
    let tcp = measured(Link::RelayTcp).or(measured(Link::RelayTls));
    match (measured(Link::RelayUdp), tcp, measured(Link::Udp)) {
        (Some(udp), ..) if udp.is_weak() => Verdict::Weak,
        (Some(_), ..) | (_, Some(_), Some(_)) => Verdict::Good,
        (None, Some(tcp), None) if tcp.is_weak() => Verdict::Weak,
        (None, Some(_), None) => Verdict::ThroughTcp,
        (None, None, Some(_)) => Verdict::DirectOnly,
        (None, None, None) => Verdict::NoWay,
    }
}

#[cfg(test)]
mod tests;
