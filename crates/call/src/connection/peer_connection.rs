//! One RTCPeerConnection: what is known of it, what it is to be sent and what it has said.

use std::collections::VecDeque;

use protocol::{Candidate, IceServer, Sdp};
use web_time::Instant;

use super::answer::HeldAnswer;
use super::browsers::Browsers;
use super::description::ScreenLines;
use super::gathering::Gathering;
use super::last_restart::LastRestart;
use super::negotiation_state::Negotiation;
use super::signal::{Incoming, Signal, take_along};
use crate::bounded::push_bounded;
use crate::context::Context;
use crate::interface::{
    ConnectionEvent, ConnectionId, ConnectionOp, ConnectionState, Directions, Encodings,
    GatheringState, IceState,
};
use crate::outbox::Outbox;
use crate::view::{Log, LogLine, cut, summary};

/// How many candidates are held in each direction; a browser gathers some tens at most.
pub(super) const MAX_CANDIDATES: usize = 256;
/// After so many frames the way is known to carry them, and a browser's estimate of what it
/// carries has grown from where it begins.
const SMALL_FRAMES: u64 = 15;
/// How many gathering errors are passed on to the other side.
const MAX_ICE_ERRORS: u8 = 8;

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    Fine,
    /// This side has to yield to this offer, and the connection never was negotiated: its
    /// transceivers would not be matched to those of the offer (RFC 9429, section 5.10), so a
    /// new one has to take its place.
    Yield(Sdp),
    /// An operation failed. The connection is of no more use.
    Broken,
}

/// How well a connection works, by the states that the browser reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// Media can flow.
    Up,
    /// It was connected, or was about to be, and is not.
    Interrupted,
    Failed,
    Connecting,
}

/// One RTCPeerConnection.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    id: ConnectionId,
    relay_only: bool,
    /// The browser asked the device for its addresses when this was made, and for this alone.
    fresh: bool,
    pub(super) negotiation: Negotiation,
    /// Offer and answer were exchanged at least once.
    pub(super) negotiated: bool,
    pub(super) browsers: Browsers,
    /// A remote description is set: candidates can be added.
    pub(super) remote_set: bool,
    /// This side yields in a glare of first offers.
    pub(super) polite: bool,
    /// An offer is wanted, for another reason than directions.
    pub(super) wants_offer: bool,
    /// The next offer is to restart ICE.
    pub(super) wants_restart: bool,
    pub(super) last_restart: LastRestart,
    /// The other side's offer was ignored in a glare; what candidates follow belong to it.
    pub(super) ignores_offer: bool,
    pub(super) inbox: VecDeque<Incoming>,
    /// In order, to be taken by the owner.
    signals: VecDeque<Signal>,
    /// The directions last set.
    pub(super) directions: Option<Directions>,
    /// [`crate::media::Wishes::tracks`] when the senders were last given tracks.
    pub(super) tracks: u32,
    /// Gathered before the description they belong to could be sent.
    early: VecDeque<Option<Candidate>>,
    /// All that were gathered, to be sent again when some may have been lost.
    gathered: VecDeque<Option<Candidate>>,
    pub(super) gathering: Gathering,
    /// An answer that waits for candidates.
    pub(super) held: Option<HeldAnswer>,
    ice_errors: u8,
    ice: IceState,
    state: ConnectionState,
    /// A frame of the other side's camera was painted.
    has_picture: bool,
    /// A frame of the other side's screen was painted.
    has_screen: bool,
    /// Enough frames of the camera were sent over this connection that the picture no longer has to be
    /// small.
    pub(super) carries_picture: bool,
    /// The encodings last set.
    pub(super) encodings: Option<Encodings>,
    /// Which sections for a screen the other side's last offer has.
    pub(super) offered: ScreenLines,
    born: Instant,
    pub(super) log: Log,
}

impl Connection {
    /// Makes one.
    pub(crate) fn create(
        now: Instant,
        ice_servers: &[IceServer],
        relay_only: bool,
        log: Log,
        out: &mut Outbox,
    ) -> Self {
        Self::make(now, ice_servers, relay_only, false, log, out)
    }

    /// Makes one that knows the device's addresses of now.
    pub(crate) fn create_fresh(cx: &mut Context<'_>) -> Self {
        let log = Log::new(cx.start);
        Self::make(cx.now, cx.ice_servers, cx.relay_only, true, log, cx.out)
    }

    fn make(
        now: Instant,
        ice_servers: &[IceServer],
        relay_only: bool,
        fresh: bool,
        log: Log,
        out: &mut Outbox,
    ) -> Self {
        let id = out.new_connection();
        let gathering = Gathering::from(ice_servers);
        let ice_servers = ice_servers.to_vec();
        out.connection(
            id,
            ConnectionOp::Create {
                ice_servers,
                relay_only,
                fresh,
            },
        );
        Self {
            id,
            relay_only,
            fresh,
            negotiation: Negotiation::Stable { busy: None },
            negotiated: false,
            browsers: Browsers::default(),
            remote_set: false,
            polite: false,
            wants_offer: false,
            wants_restart: false,
            last_restart: LastRestart::default(),
            ignores_offer: false,
            inbox: VecDeque::new(),
            signals: VecDeque::new(),
            directions: None,
            tracks: 0,
            early: VecDeque::new(),
            gathered: VecDeque::new(),
            gathering,
            held: None,
            ice_errors: 0,
            ice: IceState::New,
            state: ConnectionState::New,
            has_picture: false,
            has_screen: false,
            carries_picture: false,
            encodings: None,
            offered: ScreenLines::default(),
            born: now,
            log,
        }
    }

    /// Closes it; its log lives on.
    pub(crate) fn close(self, out: &mut Outbox) -> Log {
        out.connection(self.id, ConnectionOp::Close);
        self.log
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id
    }

    pub(crate) fn is_relay_only(&self) -> bool {
        self.relay_only
    }

    /// The browser asked the device for its addresses when this was made, and for this alone.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// When the connection was made.
    pub(crate) fn born(&self) -> Instant {
        self.born
    }

    /// Offer and answer were exchanged at least once.
    pub(crate) fn is_negotiated(&self) -> bool {
        self.negotiated
    }

    /// Nothing is being negotiated.
    pub(crate) fn is_settled(&self) -> bool {
        self.negotiation.is_settled()
    }

    /// An own offer is under way.
    pub(crate) fn is_offering(&self) -> bool {
        self.negotiation.offers()
    }

    /// What is known of the two browsers.
    pub(crate) fn browsers(&self) -> Browsers {
        self.browsers
    }

    /// The candidates that this side gathered.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.gathered.iter().flatten()
    }

    /// A frame of the other side's camera was painted.
    pub(crate) fn has_picture(&self) -> bool {
        self.has_picture
    }

    /// A frame of the other side's screen was painted.
    pub(crate) fn has_screen(&self) -> bool {
        self.has_screen
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Continues the log of the connection that this one replaces.
    pub(crate) fn go_on_from(&mut self, log: Log) {
        self.log.prepend(log);
    }

    /// Whether this side yields in a glare of first offers.
    pub(crate) fn set_polite(&mut self, polite: bool) {
        self.polite = polite;
    }

    /// Asks for an offer, which is made as soon as the signaling state allows one.
    pub(crate) fn request_offer(&mut self) {
        self.wants_offer = true;
    }

    /// Asks for an ICE restart, which goes with the next offer that can be made.
    pub(crate) fn request_ice_restart(&mut self) {
        self.wants_restart = true;
    }

    pub(crate) fn wants_ice_restart(&self) -> bool {
        self.wants_restart
    }

    /// Nothing was done with it but to make it.
    pub(crate) fn is_untouched(&self) -> bool {
        self.negotiation == Negotiation::Stable { busy: None }
            && self.directions.is_none()
            && !self.remote_set
            && !self.wants_offer
            && self.inbox.is_empty()
    }

    /// Media can flow.
    pub(crate) fn is_up(&self) -> bool {
        self.state == ConnectionState::Connected
            && matches!(self.ice, IceState::Connected | IceState::Completed)
    }

    /// From when on it is plain that nothing will connect it, for want of UDP.
    pub(crate) fn lacks_udp_at(&self) -> Option<Instant> {
        self.gathering
            .lacks_udp_at(self.relay_only)
            .filter(|_| !self.is_up())
    }

    /// How well the connection works.
    pub(crate) fn health(&self) -> Health {
        use ConnectionState as State;
        if self.is_up() {
            Health::Up
        } else if matches!(self.ice, IceState::Failed | IceState::Closed)
            || matches!(self.state, State::Failed | State::Closed)
        {
            Health::Failed
        } else if self.ice == IceState::Disconnected || self.state == State::Disconnected {
            Health::Interrupted
        } else {
            Health::Connecting
        }
    }

    /// Whether nothing is being negotiated or waits to be, and no ICE restart is under way.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let wants = self.wants_offer || self.held.is_some();
        self.negotiation.is_settled() && !wants && !self.last_restart.is_under_way(now)
    }

    /// When an answer that waits for candidates is sent at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.held.as_ref().map(HeldAnswer::deadline)
    }

    /// Takes an event of the browser's RTCPeerConnection.
    pub(crate) fn happened(&mut self, now: Instant, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Gathered(candidate) => self.gathered(now, candidate),
            ConnectionEvent::GatherError { code, text, url: _ } => {
                self.gather_error(now, code, &text);
            }
            ConnectionEvent::Ice(ice) => self.ice(now, ice),
            ConnectionEvent::State(state) => self.state(now, state),
            ConnectionEvent::Gathering(state) => {
                self.log.add(now, LogLine::Gathering(state));
                if state == GatheringState::Complete {
                    self.gathering.complete(now);
                }
            }
            ConnectionEvent::Signaling(state) => self.log.add(now, LogLine::Signaling(state)),
            ConnectionEvent::NegotiationNeeded => self.negotiation_needed(),
            ConnectionEvent::FirstFrame { screen: true } => self.has_screen = true,
            ConnectionEvent::FirstFrame { screen: false } => {
                if !std::mem::replace(&mut self.has_picture, true) {
                    self.log.add(now, LogLine::FirstFrame);
                }
            }
            ConnectionEvent::Completed(_) | ConnectionEvent::Stats(_) => {}
        }
    }

    /// The browser finds that the session must be negotiated anew. Before the first offer and
    /// during a negotiation it is right, but nothing more has to be done (W3C WebRTC, 4.7.3:
    /// the event fires again when it is stable and still needed).
    fn negotiation_needed(&mut self) {
        if self.negotiated && matches!(self.negotiation, Negotiation::Stable { .. }) {
            self.wants_offer = true;
        }
    }

    /// Whether gathering has ended without any candidate.
    pub(crate) fn found_nothing(&self) -> bool {
        self.gathering.found_nothing()
    }

    /// The browser gathered a candidate, or all of them.
    fn gathered(&mut self, now: Instant, candidate: Option<Candidate>) {
        let line = candidate.as_ref().and_then(|it| summary(&it.candidate));
        self.log.add(now, LogLine::LocalCandidate(line));
        push_bounded(&mut self.gathered, candidate.clone(), MAX_CANDIDATES);
        match &candidate {
            Some(candidate) => self.gathering.goes_on(now, candidate),
            None => self.gathering.complete(now),
        }
        if self.negotiation.describes() || self.held.is_some() {
            push_bounded(&mut self.early, candidate, MAX_CANDIDATES);
        } else {
            self.queue_signal(Signal::Candidate(candidate));
        }
    }

    /// Gathering from a server failed; the other side learns of it, too.
    fn gather_error(&mut self, now: Instant, code: u16, text: &str) {
        self.gathering.failed(code);
        let text = cut(text);
        let line = LogLine::IceError {
            remote: false,
            code,
            text: text.clone(),
        };
        self.log.add(now, line);
        if self.ice_errors < MAX_ICE_ERRORS {
            self.ice_errors += 1;
            self.queue_signal(Signal::IceError { code, text });
        }
    }

    /// Gathering failed on the other side.
    pub(crate) fn remote_ice_error(&mut self, now: Instant, code: u16, text: &str) {
        let text = cut(text);
        let remote = true;
        self.log.add(now, LogLine::IceError { remote, code, text });
    }

    /// Says all candidates again, for some may have been lost on the way.
    pub(crate) fn repeat_candidates(&mut self) {
        for candidate in self.gathered.clone() {
            self.queue_signal(Signal::Candidate(candidate));
        }
    }

    /// Puts something into the queue of what is to be said. A description is never dropped.
    pub(crate) fn queue_signal(&mut self, signal: Signal) {
        let is_description = matches!(signal, Signal::Offer(_) | Signal::Answer(_));
        if is_description || self.signals.len() < 2 * MAX_CANDIDATES {
            self.signals.push_back(signal);
        }
    }

    /// Says a description, and then what was gathered meanwhile.
    pub(super) fn describe(&mut self, description: Signal) {
        self.queue_signal(description);
        for candidate in std::mem::take(&mut self.early) {
            self.queue_signal(Signal::Candidate(candidate));
        }
    }

    /// Takes the messages for the other side. Each description goes with the candidates that are known.
    pub(crate) fn take_signals(&mut self, now: Instant) -> Vec<Signal> {
        let mut queue = std::mem::take(&mut self.signals);
        let mut taken = Vec::with_capacity(queue.len());
        while let Some(mut signal) = queue.pop_front() {
            match &mut signal {
                Signal::Offer(sdp) => {
                    take_along(sdp, &mut queue);
                    self.log.add(now, LogLine::OfferSent);
                }
                Signal::Answer(sdp) => {
                    take_along(sdp, &mut queue);
                    self.log.add(now, LogLine::AnswerSent);
                }
                Signal::Candidate(_) | Signal::IceError { .. } => {}
            }
            taken.push(signal);
        }
        taken
    }

    /// The first offer, as long as it was not said, with the candidates that are there by now.
    pub(crate) fn unsent_offer(&mut self) -> Option<Sdp> {
        let signal = self.signals.pop_front()?;
        let Signal::Offer(mut sdp) = signal else {
            self.signals.push_front(signal);
            return None;
        };
        take_along(&mut sdp, &mut self.signals);
        self.signals.push_front(Signal::Offer(sdp.clone()));
        (!self.negotiated).then_some(sdp)
    }

    /// The first offer was said with the request to enter.
    pub(crate) fn offer_was_sent(&mut self, now: Instant) {
        self.signals.retain(|it| !matches!(it, Signal::Offer(_)));
        self.log.add(now, LogLine::OfferSent);
    }

    fn ice(&mut self, now: Instant, ice: IceState) {
        if self.ice != ice {
            self.ice = ice;
            self.log.add(now, LogLine::Ice(ice));
        }
    }

    fn state(&mut self, now: Instant, state: ConnectionState) {
        if self.state != state {
            self.state = state;
            self.log.add(now, LogLine::State(state));
        }
    }

    /// What it gathers from now on, it gathers from these.
    pub(crate) fn set_ice_servers(&mut self, ice_servers: &[IceServer], out: &mut Outbox) {
        self.gathering.set_servers(ice_servers);
        self.op(out, ConnectionOp::SetIceServers(ice_servers.to_vec()));
    }

    /// So many frames of the camera were sent in all.
    pub(crate) fn frames_sent(&mut self, frames: u64) {
        self.carries_picture |= frames >= SMALL_FRAMES;
    }

    pub(crate) fn op(&self, out: &mut Outbox, op: ConnectionOp) {
        out.connection(self.id, op);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::samples::{candidate, sdp};

    #[test]
    fn an_offer_that_goes_with_the_join_brings_what_is_there() {
        let now = Instant::now();
        let mut connection =
            Connection::create(now, &[], false, Log::new(now), &mut Outbox::default());
        assert_eq!(connection.unsent_offer(), None);
        connection.signals.push_back(Signal::Offer(sdp()));
        for number in 1..=2 {
            let mut candidate = candidate(0, "abcd");
            candidate.candidate = candidate.candidate.replace("54400", &number.to_string());
            connection
                .signals
                .push_back(Signal::Candidate(Some(candidate)));
            let offer = connection.unsent_offer().unwrap();
            assert_eq!(offer.as_str().matches("a=candidate").count(), number);
        }
        connection.offer_was_sent(now);
        assert!(connection.signals.is_empty());
    }
}
