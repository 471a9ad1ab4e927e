//! Another participant and the connection with it.

use std::time::Duration;

use protocol::{ClientMessage, Participant, ParticipantId, Sdp};
use signalling::Gap;
use web_time::Instant;

use super::allowance::Allowance;
use super::quality::Meter;
use crate::connection::{Connection, Signal, Step};
use crate::context::Context;
use crate::interface::{Completion, ConnectionOp, Hearing, OpError, StatsReport};
use crate::media::Wish;
use crate::outbox::Outbox;
use crate::repair::{Advice, Facts, FlowChange, MediaFlow, Repair};
use crate::view::{Details, Link, Log, LogLine, Person, Quality};

/// Another participant.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) about: Participant,
    /// Counts the connections between the two; see PROTOCOL.md. 0 before the first.
    number: u32,
    /// The largest number of a connection with it that there is no more, or that was not made: of
    /// one from before one of the two entered anew (what is said again may still be of that one), or
    /// of one that was asked for when there was no [`Allowance`] left.
    past: u32,
    pub(crate) connection: Option<Connection>,
    /// For the connections that are made because of this participant.
    allowance: Allowance,
    /// This side entered later, so it is the one to offer.
    offers: bool,
    /// This side yields in a glare of first offers, and waits longer before it repairs.
    polite: bool,
    repair: Repair,
    meter: Meter,
    flow: MediaFlow,
    pub(crate) talking_until: Option<Instant>,
    /// The server has lost it (it was started anew) and it may come back until then.
    pub(crate) missing_until: Option<Instant>,
    /// While there is no connection.
    log: Log,
}

impl Peer {
    /// Somebody that `me` is in a room with. `connection` is one made beforehand, and `allowance`
    /// is for those that are made later.
    pub(crate) fn new(
        about: Participant,
        me: &ParticipantId,
        offers: bool,
        (connection, allowance): (Option<Connection>, Allowance),
        past: u32,
        cx: &mut Context<'_>,
    ) -> Self {
        let polite = me.as_str() < about.id.as_str();
        let mut peer = Self {
            about,
            number: 0,
            past,
            connection: None,
            allowance,
            offers,
            polite,
            repair: Repair::default(),
            meter: Meter::default(),
            flow: MediaFlow::default(),
            talking_until: None,
            missing_until: None,
            log: Log::new(cx.start),
        };
        if let Some(mut connection) = connection {
            connection.set_polite(polite);
            if !connection.is_untouched() {
                peer.number = past.saturating_add(1);
            }
            peer.connection = Some(connection);
        }
        peer.begin(cx);
        peer
    }

    /// Offers, or waits for the other's offer for a while.
    pub(crate) fn begin(&mut self, cx: &mut Context<'_>) {
        if self.number > 0 && self.connection.is_some() {
            self.repair.expect_up(cx.now, self.polite);
        } else if self.offers && self.about.connected {
            self.offer_if_allowed(cx);
        } else {
            self.repair.expect_offer(cx.now);
        }
    }

    /// Offers anew because of what the other side did, now or when there is allowance again.
    fn offer_if_allowed(&mut self, cx: &mut Context<'_>) {
        if self.may_begin_anew(cx.now) {
            self.offer_anew(cx);
        }
    }

    /// Whether the other side may have a connection begun now. If not, this side offers when it may.
    fn may_begin_anew(&mut self, now: Instant) -> bool {
        let is_unused = self
            .connection
            .as_ref()
            .is_some_and(Connection::is_untouched);
        if is_unused {
            return true;
        }
        match self.allowance.check(now) {
            Ok(()) => true,
            Err(at) => {
                self.repair.begin_by(at);
                false
            }
        }
    }

    /// Takes the next number and offers, on a connection that was not used before.
    fn offer_anew(&mut self, cx: &mut Context<'_>) {
        let Some(number) = self.next_number() else {
            self.repair = Repair::default();
            return;
        };
        self.renew(number, cx);
        if let Some(connection) = &mut self.connection {
            connection.request_offer();
        }
    }

    /// Puts an unused connection in the place of the one there is.
    fn renew(&mut self, number: u32, cx: &mut Context<'_>) {
        self.begins(number, cx.now);
        if self
            .connection
            .as_ref()
            .is_some_and(Connection::is_untouched)
        {
            return;
        }
        let log = Log::new(cx.start);
        let connection = Connection::create(cx.now, cx.ice_servers, cx.relay_only, log, cx.out);
        self.put(connection, cx);
    }

    /// Puts a connection that has its offer, or soon will, in the place of the one there is.
    pub(crate) fn replace(&mut self, connection: Connection, cx: &mut Context<'_>) {
        match self.next_number() {
            Some(number) => {
                self.begins(number, cx.now);
                self.put(connection, cx);
            }
            None => drop(connection.close(cx.out)),
        }
    }

    /// The connection of this number begins.
    fn begins(&mut self, number: u32, now: Instant) {
        self.number = number;
        self.repair.replaced(now, self.polite);
        self.meter.renewed();
        self.flow = MediaFlow::default();
    }

    /// Closes the connection there is and goes on with this one, which takes over its log.
    fn put(&mut self, mut connection: Connection, cx: &mut Context<'_>) {
        self.allowance.spend(cx.now);
        let replaces = self.connection.is_some();
        self.close(cx.out);
        let mut log = std::mem::replace(&mut self.log, Log::new(cx.start));
        if replaces {
            log.add(cx.now, LogLine::Replaced);
        }
        connection.go_on_from(log);
        connection.set_polite(self.polite);
        self.connection = Some(connection);
    }

    /// The browser's statistics of the connection. What is new about whether media comes.
    pub(crate) fn report(
        &mut self,
        report: StatsReport,
        cx: &mut Context<'_>,
    ) -> Option<FlowChange> {
        let media = self.about.media;
        if let Some(connection) = &mut self.connection {
            connection.frames_sent(report.frames_sent);
        }
        let change = self
            .flow
            .observe(cx.now, report.packets_received, media.sends_anything());
        self.meter.report(cx.now, report, media);
        let connection = self.connection.as_ref()?;
        match change {
            // Pictures would only be lost, and then be asked for again, all of them. Sound goes on:
            // by that the other side knows that it hears from here.
            Some(FlowChange::Stalled) if cx.wishes.microphone == Wish::Send => {
                connection.op(cx.out, ConnectionOp::PauseVideo);
            }
            Some(FlowChange::StallOver) => connection.op(cx.out, ConnectionOp::RefreshVideo),
            _ => {}
        }
        change
    }

    /// The number to go on from, should it enter anew.
    pub(crate) fn last_number(&self) -> u32 {
        self.number.max(self.past)
    }

    /// The number of the next connection. No honest peer gets to where there is none.
    fn next_number(&self) -> Option<u32> {
        self.last_number().checked_add(1)
    }

    /// Closes the connection there is; the log is kept.
    pub(crate) fn close(&mut self, out: &mut Outbox) {
        if let Some(connection) = self.connection.take() {
            self.log.prepend(connection.close(out));
        }
    }

    /// An offer came for the connection of this number.
    pub(crate) fn offer(&mut self, number: u32, sdp: Sdp, cx: &mut Context<'_>) {
        if number == 0 {
            return;
        }
        if number < self.number {
            // The other side has forgotten later ones, if this is not just an offer that crossed
            // one of ours.
            if self.connection.as_ref().is_none_or(|it| it.is_settled()) {
                self.offer_if_allowed(cx);
            }
            return;
        }
        if number > self.number {
            if !self.may_begin_anew(cx.now) {
                self.past = self.past.max(number);
                return;
            }
            self.renew(number, cx);
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        match connection.remote_offer(cx.now, sdp) {
            Step::Yield(sdp) => {
                self.renew(number, cx);
                if let Some(connection) = &mut self.connection {
                    let _fine = connection.remote_offer(cx.now, sdp);
                }
            }
            Step::Fine | Step::Broken => {}
        }
    }

    /// The connection of this number, if it is the present one.
    pub(crate) fn numbered(&mut self, number: u32) -> Option<&mut Connection> {
        if number != self.number || number == 0 {
            return None;
        }
        self.connection.as_mut()
    }

    /// The browser has done what it was asked for.
    pub(crate) fn completed(&mut self, result: Result<Completion, OpError>, cx: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.completed(cx.now, result, cx.wishes, cx.out) == Step::Broken {
            self.close(cx.out);
            self.repair.broke(cx.now);
        }
    }

    /// The other side can be reached again. An exchange of which messages were lost cannot go on,
    /// for nobody knows which of them arrived. If media comes again, too, it does so within
    /// `patience`.
    pub(crate) fn back(&mut self, gap: Gap, patience: Duration, cx: &mut Context<'_>) {
        self.repair.is_reachable_again();
        self.flow.expect(cx.now, patience);
        let Some(connection) = &mut self.connection else {
            return self.begin(cx);
        };
        if gap == Gap::Unsaid && !connection.is_untouched() {
            return self.offer_if_allowed(cx);
        }
        if gap == Gap::Missed && connection.is_offering() {
            return self.offer_if_allowed(cx);
        }
        if gap == Gap::None {
            // Whether it does, the flow of packets shows.
            let shows = self.flow.is_missing() || self.flow.is_flowing(cx.now);
            if shows || !connection.is_settled() {
                return;
            }
        }
        if connection.is_up() && !self.flow.is_stalled() {
            return;
        }
        if connection.is_negotiated() {
            if gap == Gap::Missed {
                connection.repeat_candidates();
            }
            connection.request_ice_restart();
            self.repair.restarts_ice(cx.now, self.polite);
        } else if connection.is_settled() {
            self.begin(cx);
        }
    }

    /// The device slept for so long: nothing that was waited for could have come meanwhile.
    pub(crate) fn slept(&mut self, time: Duration) {
        self.missing_until = self.missing_until.map(|at| at + time);
        self.repair.slept();
    }

    /// What is left of the allowance for new connections.
    pub(crate) fn allowance(&self) -> Allowance {
        self.allowance
    }

    /// Whether no packet had arrived at the last count.
    pub(crate) fn misses_packets(&self) -> bool {
        self.flow.is_missing()
    }

    /// It was connected, or about to be, and nothing comes.
    pub(super) fn is_lost(&self) -> bool {
        let connection = self.connection.as_ref().filter(|it| it.is_negotiated());
        connection.is_some_and(|it| self.flow.is_stalled() || !it.is_up())
    }

    /// Looks at the connection of a participant who can be reached, and does what is due.
    fn check_connection(&mut self, cx: &mut Context<'_>) {
        if self.repair.is_to_begin(cx.now) {
            return self.offer_anew(cx);
        }
        let connection = self.connection.as_mut();
        let Some(connection) = connection.filter(|it| !it.is_untouched()) else {
            return;
        };
        let browsers = connection.browsers();
        let facts = Facts {
            health: connection.health(),
            negotiated: connection.is_negotiated(),
            is_settled: connection.is_settled(),
            is_idle: connection.is_idle(cx.now),
            can_restart_ice: browsers.can_restart_ice(),
            // One of the two is enough.
            may_look_for_direct: browsers.restarts_first(self.polite) && !cx.relay_only,
            path: self.meter.path(),
            polite: self.polite,
        };
        match self.repair.advise(facts, &mut self.flow, cx.now) {
            Advice::Wait => {}
            Advice::Ask => connection.request_offer(),
            Advice::RestartIce => connection.request_ice_restart(),
            Advice::Renew => return self.offer_anew(cx),
        }
        if connection.wants_ice_restart() && !browsers.can_restart_ice() {
            self.offer_anew(cx);
        }
    }

    /// Repairs the connection if necessary, begins its next operation, and sends its messages.
    pub(crate) fn settle(&mut self, cx: &mut Context<'_>) {
        let reachable = cx.online && self.about.connected;
        if reachable {
            self.check_connection(cx);
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.drive(cx.now, cx.wishes, reachable, cx.out);
    }

    /// When [`Self::settle`] is to be called. Nothing is repaired while this side is not in the room.
    pub(crate) fn deadline(&self, online: bool) -> Option<Instant> {
        let reachable = online && self.about.connected;
        let repair = self.repair.deadline().filter(|_| reachable);
        let missing = self.missing_until.filter(|_| !self.is_up());
        let held = self.connection.as_ref().and_then(Connection::deadline);
        [repair, missing, self.talking_until, held]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is to be said to this participant.
    pub(crate) fn messages(&mut self, now: Instant) -> Vec<ClientMessage> {
        let Some(connection) = &mut self.connection else {
            return Vec::new();
        };
        // Before it has a number it is nobody's.
        if self.number == 0 {
            return Vec::new();
        }
        let number = self.number;
        let message = |signal| {
            let to = self.about.id.clone();
            match signal {
                Signal::Offer(sdp) => ClientMessage::Offer {
                    to,
                    connection: number,
                    sdp,
                },
                Signal::Answer(sdp) => ClientMessage::Answer {
                    to,
                    connection: number,
                    sdp,
                },
                Signal::Candidate(candidate) => ClientMessage::Candidate {
                    to,
                    connection: number,
                    candidate,
                },
                Signal::IceError { code, text } => ClientMessage::IceError {
                    to,
                    connection: number,
                    code,
                    text,
                },
            }
        };
        let signals = connection.take_signals(now).into_iter();
        signals.map(message).collect()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_up)
    }

    /// Whether a connection with this participant was ever up.
    pub(crate) fn was_up(&self) -> bool {
        self.repair.was_up()
    }

    /// How it stands with the media of this person.
    pub(crate) fn link(&self) -> Link {
        if !self.about.connected {
            Link::Dropped
        } else if self.is_up() {
            Link::Connected
        } else if self.repair.is_hopeless() {
            Link::Failed
        } else if self.was_up() {
            Link::Reconnecting
        } else {
            Link::Connecting
        }
    }

    pub(crate) fn log(&self) -> &Log {
        self.connection.as_ref().map_or(&self.log, Connection::log)
    }

    pub(crate) fn person(&self) -> Person {
        Person {
            id: self.about.id.clone(),
            name: self.about.name.clone(),
            role: self.about.role,
            media: self.about.media,
            connection: self.connection.as_ref().map(Connection::id),
            link: self.link(),
            has_picture: self
                .connection
                .as_ref()
                .is_some_and(Connection::has_picture),
            has_screen: self.connection.as_ref().is_some_and(Connection::has_screen),
            quality: self.meter.quality(),
            talking: self.talking_until.is_some(),
            hearing: Hearing::default(),
        }
    }

    /// What the panel "Call details" shows.
    pub(crate) fn details(&self) -> Details {
        let report = self.meter.last();
        Details {
            participant: self.about.id.clone(),
            path: self.meter.path(),
            pair: report.and_then(|it| it.selected_pair.clone()),
            codecs: report.map(|it| it.codecs.clone()).unwrap_or_default(),
            frame_width: report.map_or(0, |it| it.frame_width),
            frame_height: report.map_or(0, |it| it.frame_height),
            screen_width: report.map_or(0, |it| it.screen_width),
            screen_height: report.map_or(0, |it| it.screen_height),
            samples: self.meter.samples().clone(),
            log: self.log().entries().clone(),
        }
    }

    pub(crate) fn quality(&self) -> Quality {
        self.meter.quality()
    }
}
