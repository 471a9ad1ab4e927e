//! Being in a call: who else is there, and staying in it when the socket is lost.

use std::time::Duration;

use protocol::{
    ClientMessage, DeviceToken, Error, ErrorCode, IceServer, KeptOut, Media, Name, Participant,
    ParticipantId, Role, RoomId, RoomSecret, Ticket,
};
use signalling::{Delivery, Gap};
use web_time::Instant;

use super::chat::Chat;
use super::lobby::retry_after;
use crate::connection::Connection;
use crate::context::Context;
use crate::interface::{ConnectionId, Effect};
use crate::outbox::Outbox;
use crate::repair;
use crate::roster::{AddressProbe, Allowance, Peer};
use crate::view::{CodeView, Log};

/// Of so many that were here the number of their last connection is kept.
pub(super) const MAX_PAST: usize = 256;
/// More people than this are not listed.
pub(crate) const MAX_PEOPLE: usize = 64;
/// How long a participant that a restarted server does not know is kept.
const MISSING: Duration = Duration::from_secs(60);
/// How often entering again is tried, and for how long.
const REENTER_EVERY: Duration = Duration::from_secs(2);
const REENTER_FOR: Duration = Duration::from_secs(60);

/// What `joined` says, but for the participants and the servers.
#[derive(Debug, Clone)]
pub(crate) struct Entered {
    pub(crate) room: RoomId,
    pub(crate) participant: ParticipantId,
    pub(crate) role: Role,
    pub(crate) resumed: bool,
    pub(crate) locked: bool,
    pub(crate) max_participants: u32,
    pub(crate) ticket: Ticket,
}

/// How this side stands to the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// In it, and the socket is open.
    Here,
    /// The socket is lost, or the server was asked to be let in again.
    Away,
    /// Refused; asked again then.
    Refused { again: Instant },
}

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) about: Entered,
    pub(crate) secret: Option<RoomSecret>,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) since: Instant,
    pub(crate) code: Option<CodeView>,
    /// Who was removed and is kept out. Only hosts are told.
    pub(crate) kept_out: Vec<KeptOut>,
    /// How many people wait outside because the call is locked. Only hosts are told.
    pub(crate) waiting: u32,
    /// When a bell last told that somebody waits.
    pub(crate) rang_for_waiting: Option<Instant>,
    pub(crate) chat: Chat,
    pub(crate) peers: Vec<Peer>,
    pub(crate) presence: Presence,
    /// The ticket was refused: enter as somebody new.
    anew: bool,
    /// When it is given up to get in again.
    give_up_at: Option<Instant>,
    /// One that is made already, so that whoever comes need not wait for that.
    spare: Option<Connection>,
    /// What those that are gone have left of their allowance. Whoever comes goes on from there, so
    /// that coming anew brings nobody more connections.
    allowance: Allowance,
    pub(crate) probe: AddressProbe,
    /// What the others were told last.
    pub(crate) announced: (Media, Name),
    pub(crate) delivery: Delivery,
    /// Of those that were here: the number of the last connection with them.
    pub(crate) past: Vec<(ParticipantId, u32)>,
    /// The person here speaks, with some hold.
    pub(crate) talking_until: Option<Instant>,
    stats_at: Instant,
    /// Messages were refused for their number; lost exchanges are begun anew then.
    resume_at: Option<Instant>,
}

impl Session {
    pub(crate) fn new(
        about: Entered,
        secret: Option<RoomSecret>,
        ice_servers: Vec<IceServer>,
        announced: (Media, Name),
        now: Instant,
    ) -> Self {
        Self {
            about,
            secret,
            ice_servers,
            since: now,
            code: None,
            kept_out: Vec::new(),
            waiting: 0,
            rang_for_waiting: None,
            chat: Chat::default(),
            peers: Vec::new(),
            presence: Presence::Here,
            anew: false,
            give_up_at: None,
            spare: None,
            allowance: Allowance::default(),
            probe: AddressProbe::default(),
            announced,
            delivery: Delivery::default(),
            past: Vec::new(),
            talking_until: None,
            stats_at: now + repair::LOOK_EVERY,
            resume_at: None,
        }
    }

    /// The offer of an earlier connection went to this participant: numbers go on from there.
    pub(crate) fn offered_before(&mut self, to: ParticipantId) {
        self.past.push((to, 1));
    }

    /// Takes those who were there; this side offers to them. `prepared` goes to the first that is
    /// connected.
    pub(crate) fn meet(
        &mut self,
        participants: Vec<Participant>,
        mut prepared: Option<Connection>,
        cx: &mut Context<'_>,
    ) {
        for about in participants.into_iter().take(MAX_PEOPLE) {
            if about.id == self.about.participant {
                continue;
            }
            let connection = if about.connected {
                prepared.take()
            } else {
                None
            };
            let me = &self.about.participant;
            let past = self.past_of(&about.id);
            self.peers.push(Peer::new(
                about,
                me,
                true,
                (connection, Allowance::default()),
                past,
                cx,
            ));
        }
        if let Some(unused) = prepared {
            let _log = unused.close(cx.out);
        }
    }

    /// The servers to gather from have changed, or their credentials.
    pub(crate) fn set_ice_servers(&mut self, ice_servers: Vec<IceServer>, out: &mut Outbox) {
        if self.ice_servers == ice_servers {
            return;
        }
        let peers = self.peers.iter_mut();
        let peers = peers.filter_map(|it| it.connection.as_mut());
        let probe = self.probe.connection.as_deref_mut();
        for connection in peers.chain(&mut self.spare).chain(probe) {
            connection.set_ice_servers(&ice_servers, out);
        }
        self.ice_servers = ice_servers;
    }

    /// Goes on counting after the socket was lost, when the server has got `received` messages,
    /// or from 0. What is lost, and what is to be said again.
    pub(crate) fn count_on(
        &mut self,
        about: &Entered,
        received: Option<u64>,
    ) -> (Gap, Vec<ClientMessage>) {
        if !self.is_same(about) {
            self.delivery = Delivery::default();
            return (Gap::Missed, Vec::new());
        }
        let Some(received) = received else {
            return (Gap::Missed, self.delivery.begin_again());
        };
        match self.delivery.go_on(received) {
            Some(again) => {
                self.note_announced(&again);
                (Gap::None, again)
            }
            None => (Gap::Unsaid, Vec::new()),
        }
    }

    /// What is said again may be older than what was said when entering: the others are told the
    /// newest after it.
    fn note_announced(&mut self, again: &[ClientMessage]) {
        for message in again {
            match message {
                ClientMessage::Media { media } => self.announced.0 = *media,
                ClientMessage::Rename { name } => self.announced.1 = name.clone(),
                _ => {}
            }
        }
    }

    fn is_same(&self, about: &Entered) -> bool {
        about.resumed && about.participant == self.about.participant
    }

    /// The device slept for so long: nothing that was waited for could have come meanwhile.
    pub(crate) fn slept(&mut self, time: Duration) {
        self.give_up_at = self.give_up_at.map(|at| at + time);
        for peer in &mut self.peers {
            peer.slept(time);
        }
    }

    /// Entered again after the socket was lost.
    pub(crate) fn reentered(
        &mut self,
        about: Entered,
        participants: Vec<Participant>,
        gap: Gap,
        away: Duration,
        cx: &mut Context<'_>,
    ) {
        let same = self.is_same(&about);
        self.about = about;
        self.presence = Presence::Here;
        self.anew = false;
        self.give_up_at = None;
        if !same {
            self.close_peers(cx.out);
            self.meet(participants, None, cx);
            return;
        }
        for peer in &mut self.peers {
            if !participants.iter().any(|it| it.id == peer.about.id) {
                peer.about.connected = false;
                peer.missing_until.get_or_insert(cx.now + MISSING);
            }
        }
        let patience = repair::patience_after(away);
        if !patience.is_zero() {
            self.stats_at = cx.now + patience;
        }
        for participant in participants.into_iter().take(MAX_PEOPLE) {
            self.present(participant, gap, patience, cx);
        }
    }

    /// Somebody is in the room: a newcomer, or somebody who is back. The newcomer, if it is one.
    pub(crate) fn present(
        &mut self,
        about: Participant,
        gap: Gap,
        patience: Duration,
        cx: &mut Context<'_>,
    ) -> Option<Name> {
        if about.id == self.about.participant {
            return None;
        }
        if let Some(peer) = self.peers.iter_mut().find(|it| it.about.id == about.id) {
            peer.missing_until = None;
            peer.about = about;
            if peer.about.connected {
                peer.back(gap, patience, cx);
            }
            return None;
        }
        // Whoever a restarted server does not know may be this very newcomer.
        self.remove_peers(cx.out, |it| it.missing_until.is_some() && !it.is_up());
        if self.peers.len() >= MAX_PEOPLE {
            return None;
        }
        let name = about.name.clone();
        let begin = (self.spare.take(), self.allowance);
        let me = &self.about.participant;
        let past = self.past_of(&about.id);
        self.peers
            .push(Peer::new(about, me, false, begin, past, cx));
        Some(name)
    }

    /// Somebody is gone; who it was.
    pub(crate) fn gone(&mut self, id: &ParticipantId, out: &mut Outbox) -> Option<Name> {
        let name = self.peer(id).map(|it| it.about.name.clone());
        self.remove_peers(out, |it| it.about.id == *id);
        name
    }

    /// The number of the last connection with somebody who was here before.
    fn past_of(&self, id: &ParticipantId) -> u32 {
        let past = self.past.iter().find(|(other, _)| other == id);
        past.map_or(0, |(_, number)| *number)
    }

    fn remove_peers(&mut self, out: &mut Outbox, is_gone: impl Fn(&Peer) -> bool) {
        let (past, allowance) = (&mut self.past, &mut self.allowance);
        self.peers.retain_mut(|peer| {
            let gone = is_gone(peer);
            if gone {
                *allowance = peer.allowance().max(*allowance);
                let (id, number) = (&peer.about.id, peer.last_number());
                if let Some((_, last)) = past.iter_mut().find(|(other, _)| other == id) {
                    *last = number;
                } else if past.len() < MAX_PAST {
                    past.push((id.clone(), number));
                }
                peer.close(out);
            }
            !gone
        });
    }

    fn close_peers(&mut self, out: &mut Outbox) {
        self.remove_peers(out, |_| true);
    }

    /// Closes all connections.
    pub(crate) fn close(&mut self, out: &mut Outbox) {
        self.close_peers(out);
        self.drop_spare(out);
        self.probe.drop(out);
    }

    fn drop_spare(&mut self, out: &mut Outbox) {
        if let Some(spare) = self.spare.take() {
            let _log = spare.close(out);
        }
    }

    /// From when on it is plain that there is no way for media to somebody, for want of UDP.
    pub(crate) fn lacks_udp_at(&self) -> Option<Instant> {
        let peers = self.peers.iter().filter(|it| it.about.connected);
        let connections = peers.filter_map(|it| it.connection.as_ref());
        connections.filter_map(Connection::lacks_udp_at).min()
    }

    pub(crate) fn peer(&mut self, id: &ParticipantId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|it| it.about.id == *id)
    }

    pub(crate) fn peer_of(&mut self, id: ConnectionId) -> Option<&mut Peer> {
        self.peers
            .iter_mut()
            .find(|it| it.connection.as_ref().is_some_and(|it| it.id() == id))
    }

    /// The connection of this id, if it is nobody's yet.
    pub(crate) fn unowned(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        let probe = self.probe.connection.as_deref_mut();
        let unowned = [self.spare.as_mut(), probe];
        unowned.into_iter().flatten().find(|it| it.id() == id)
    }

    /// What to say on a newly opened socket.
    pub(crate) fn hello(
        &mut self,
        name: Name,
        media: Media,
        device: Option<DeviceToken>,
    ) -> ClientMessage {
        self.presence = Presence::Away;
        self.probe.is_wanted = true;
        self.announced = (media, name.clone());
        let anew = self.anew;
        ClientMessage::Join {
            room: self.about.room.clone(),
            name: Some(name),
            secret: self.secret.clone(),
            ticket: (!anew).then(|| self.about.ticket.clone()),
            media: Some(media),
            received: Some(self.delivery.received()),
            offer: None,
            device,
        }
    }

    /// The server did not let in again. True if there is something to be said at once.
    pub(crate) fn refused(&mut self, now: Instant, error: &Error) -> bool {
        if self.presence == Presence::Here {
            return false;
        }
        let patience = now + REENTER_FOR;
        match error.code {
            ErrorCode::BadTicket if !self.anew => {
                self.anew = true;
                return true;
            }
            ErrorCode::BadSecret if self.secret.is_some() => {
                self.secret = None;
                return true;
            }
            ErrorCode::TooManyMessages => {
                let again = now + retry_after(error);
                self.presence = Presence::Refused { again };
            }
            _ => {
                let again = now + REENTER_EVERY;
                self.presence = Presence::Refused { again };
            }
        }
        self.give_up_at.get_or_insert(patience);
        false
    }

    /// Messages were refused because they were too many: some exchange may have lost a part.
    pub(crate) fn slowed(&mut self, now: Instant, error: &Error) {
        self.resume_at.get_or_insert(now + retry_after(error));
    }

    /// The socket is lost.
    pub(crate) fn lost(&mut self) {
        self.presence = Presence::Away;
        self.resume_at = None;
    }

    /// Does what is due, and what the connections need.
    pub(crate) fn settle(&mut self, cx: &mut Context<'_>) {
        let now = cx.now;
        self.remove_peers(cx.out, |it| {
            it.missing_until.is_some_and(|until| until <= now) && !it.is_up()
        });
        if self.resume_at.is_some_and(|at| at <= now) {
            self.resume_at = None;
            for peer in self.peers.iter_mut().filter(|it| it.about.connected) {
                peer.back(Gap::Missed, repair::LEFT_TO_RETURNED, cx);
            }
        }
        if self.peers.is_empty() && self.spare.is_none() && self.allowance.check(now).is_ok() {
            self.allowance.spend(now);
            let log = Log::new(cx.start);
            let spare = Connection::create(now, &self.ice_servers, cx.relay_only, log, cx.out);
            self.spare = Some(spare);
        } else if !self.peers.is_empty() {
            self.drop_spare(cx.out);
        }
        if self.stats_at <= now {
            let misses = self.peers.iter().any(|it| it.misses_packets());
            let wait = if misses {
                repair::LOOK_AGAIN
            } else {
                repair::LOOK_EVERY
            };
            self.stats_at = now + wait;
            for connection in self.peers.iter().filter_map(|it| it.connection.as_ref()) {
                if connection.is_negotiated() {
                    let connection = connection.id();
                    cx.out.push(Effect::GetStats { connection });
                }
            }
        }
        self.talking_until = self.talking_until.filter(|until| *until > now);
        for peer in &mut self.peers {
            if peer.talking_until.is_some_and(|until| until <= now) {
                peer.talking_until = None;
            }
            peer.settle(cx);
        }
        self.probe.settle(&mut self.peers, cx);
    }

    /// What is to be said after everything was settled.
    pub(crate) fn messages(
        &mut self,
        now: Instant,
        media: Media,
        name: Name,
        online: bool,
    ) -> Vec<ClientMessage> {
        let mut messages = Vec::new();
        for peer in &mut self.peers {
            let said = peer.messages(now);
            // A server that does not know of it would refuse; both resume when it is back.
            if peer.missing_until.is_none() {
                messages.extend(said);
            }
        }
        if online && self.announced.0 != media {
            self.announced.0 = media;
            messages.push(ClientMessage::Media { media });
        }
        if online && self.announced.1 != name {
            self.announced.1 = name.clone();
            messages.push(ClientMessage::Rename { name });
        }
        messages
    }

    /// Asks again to be let in, if it is time for it.
    pub(crate) fn asks_again(&mut self, now: Instant) -> bool {
        matches!(self.presence, Presence::Refused { again } if again <= now)
    }

    pub(crate) fn is_lost_for_good(&self, now: Instant) -> bool {
        self.presence != Presence::Here && self.give_up_at.is_some_and(|at| at <= now)
    }

    /// When the spare connection is made, if there was no allowance for it.
    fn spare_at(&self) -> Option<Instant> {
        let wanted = self.peers.is_empty() && self.spare.is_none();
        self.allowance.next().filter(|_| wanted)
    }

    pub(crate) fn deadline(&self, online: bool) -> Option<Instant> {
        let asks_again = match self.presence {
            Presence::Refused { again } => Some(again),
            Presence::Here | Presence::Away => None,
        };
        let give_up_at = self.give_up_at.filter(|_| self.presence != Presence::Here);
        let online = online && self.presence == Presence::Here;
        let peers = self.peers.iter().map(|it| it.deadline(online));
        let stats_at = Some(self.stats_at).filter(|_| !self.peers.is_empty());
        let probe = self.probe.deadline();
        [
            asks_again,
            give_up_at,
            self.resume_at,
            stats_at,
            probe,
            self.spare_at(),
            self.talking_until,
        ]
        .into_iter()
        .chain(peers)
        .flatten()
        .min()
    }
}
