//! What participants say to each other and to their room.

use protocol::{
    ClientMessage, CloseCode, ErrorCode, LeaveReason, Media, Name, ParticipantId, RoomId, Sdp,
    ServerMessage, clean_text, limits,
};
use web_time::Instant;

use crate::ConnectionId;
use crate::room::{Hold, Room};
use crate::rooms::{NOT_JOINED, Refusal, Rooms, State};

impl Rooms {
    /// Takes a message that only a participant may send.
    pub(crate) fn participant_says(
        &mut self,
        now: Instant,
        from: ConnectionId,
        message: ClientMessage,
    ) -> Result<(), Refusal> {
        let message = match self.relay(now, from, message)? {
            None => return Ok(()),
            Some(message) => message,
        };
        let (id, me) = match self.connections.get(&from).map(|it| &it.state) {
            Some(State::Joined(room, me)) => (room.clone(), me.clone()),
            _ => return Err(NOT_JOINED),
        };
        match message {
            ClientMessage::Media { media } => self.set_media(&id, &me, media),
            ClientMessage::Rename { name } => self.rename(&id, &me, name),
            ClientMessage::Chat {
                id: number,
                text,
                to,
            } => return self.chat(now, &id, &me, number, &text, to.as_ref()),
            ClientMessage::Code {} => return self.code(now, from, id),
            ClientMessage::Remove { participant } => {
                return self.remove(now, &id, &me, &participant);
            }
            ClientMessage::Readmit { participant } => {
                return self.readmit(now, &id, &me, &participant);
            }
            ClientMessage::MakeHost { participant } => {
                return self.make_host(now, &id, &me, &participant);
            }
            ClientMessage::Lock { locked } => return self.lock(now, &id, &me, locked),
            ClientMessage::Received { count } => self.arrived(from, &id, &me, count),
            ClientMessage::Leave {} => {
                self.set_state(from, State::Idle);
                self.gone(now, &id, &me, LeaveReason::Left);
            }
            ClientMessage::Away {} => {
                self.set_state(from, State::Idle);
                self.hold_place(now, now, from, &id, &me, Hold::Away);
            }
            // Relayed above, or what a connection begins with.
            _ => {}
        }
        Ok(())
    }

    /// Passes a message on to another participant of the same room; gives it back if it is not
    /// of that kind.
    fn relay(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        message: ClientMessage,
    ) -> Result<Option<ClientMessage>, Refusal> {
        let Some(to) = addressee(&message) else {
            return Ok(Some(message));
        };
        let Some(State::Joined(room, me)) = self.connections.get(&connection).map(|it| &it.state)
        else {
            return Err(NOT_JOINED);
        };
        if too_large(&message) {
            return Err(TOO_LARGE);
        }
        let room = self.rooms.get_mut(room).ok_or(NOT_JOINED)?;
        let member = room.members.get_mut(to).filter(|_| to != me);
        let member = member.ok_or(NO_SUCH_PARTICIPANT)?;
        let taken = member.inflow.take(self.inflow_rate, &message, now);
        taken.map_err(|wait| Refusal::retry(ErrorCode::TooManyMessages, "slow down", wait))?;
        let from = me.clone();
        let message = match message {
            ClientMessage::Offer {
                connection, sdp, ..
            } => ServerMessage::Offer {
                from,
                connection,
                sdp,
            },
            ClientMessage::Answer {
                connection, sdp, ..
            } => ServerMessage::Answer {
                from,
                connection,
                sdp,
            },
            ClientMessage::Candidate {
                connection,
                candidate,
                ..
            } => ServerMessage::Candidate {
                from,
                connection,
                candidate,
            },
            ClientMessage::IceError {
                connection,
                code,
                text,
                ..
            } => ServerMessage::IceError {
                from,
                connection,
                code,
                text: clean_text(&text, limits::ERROR_TEXT_CHARS),
            },
            message => return Ok(Some(message)),
        };
        member.history.note(&message);
        if let Some(to) = member.connection() {
            self.send(to, message);
        }
        Ok(None)
    }

    pub(crate) fn set_media(&mut self, id: &RoomId, me: &ParticipantId, media: Media) {
        let Some(member) = self.rooms.get_mut(id).and_then(|it| it.members.get_mut(me)) else {
            return;
        };
        if std::mem::replace(&mut member.media, media) != media {
            self.tell_others(id, me, || ServerMessage::Media {
                from: me.clone(),
                media,
            });
        }
    }

    pub(crate) fn rename(&mut self, id: &RoomId, me: &ParticipantId, name: Name) {
        let Some(member) = self.rooms.get_mut(id).and_then(|it| it.members.get_mut(me)) else {
            return;
        };
        if member.name != name {
            member.name = name.clone();
            self.tell_others(id, me, || ServerMessage::Renamed {
                from: me.clone(),
                name: name.clone(),
            });
            self.show_in_lobby(id);
        }
    }

    /// Notes that one of the counted messages of a participant has come.
    pub(crate) fn count(&mut self, from: ConnectionId) {
        let Some(State::Joined(id, me)) = self.connections.get(&from).map(|it| &it.state) else {
            return;
        };
        let room = self.rooms.get_mut(id);
        if let Some(member) = room.and_then(|room| room.members.get_mut(me)) {
            member.history.heard = member.history.heard.saturating_add(1);
        }
    }

    /// A participant has got so many counted messages: they need not be kept.
    fn arrived(&mut self, from: ConnectionId, id: &RoomId, me: &ParticipantId, count: u64) {
        let room = self.rooms.get_mut(id);
        if let Some(member) = room.and_then(|room| room.members.get_mut(me)) {
            member.history.arrived(count);
            let count = member.history.heard;
            self.send(from, ServerMessage::Received { count });
        }
    }

    fn remove(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(id).ok_or(NOT_JOINED)?;
        host(room, me)?;
        let member = room.members.get(participant).filter(|_| participant != me);
        let connection = member.ok_or(NO_SUCH_PARTICIPANT)?.connection();
        self.keep_out(now, id, participant);
        self.gone(now, id, participant, LeaveReason::Removed);
        if let Some(connection) = connection {
            self.send(connection, ServerMessage::Removed {});
            self.close(now, connection, CloseCode::Removed);
        }
        self.tell_kept_out(id);
        Ok(())
    }

    fn lock(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
        locked: bool,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(id).ok_or(NOT_JOINED)?;
        host(room, me)?;
        if room.locked == locked {
            self.tell(id, me, ServerMessage::Locked { locked });
        } else {
            self.set_lock(now, id, locked);
        }
        Ok(())
    }

    /// Changes the lock and tells everyone, if it is not so already.
    pub(crate) fn set_lock(&mut self, now: Instant, id: &RoomId, locked: bool) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        if std::mem::replace(&mut room.locked, locked) == locked {
            return;
        }
        room.version = room.version.saturating_add(1);
        // A host who locks the room wants nobody to come in by a ticket who has not been seen since the
        // server was started.
        room.recalls &= !locked;
        // First, so that who knows of it can tell a server that was started anew.
        self.renew_tickets(now, id);
        self.tell_all(id, || ServerMessage::Locked { locked });
        self.settle_waiting(now, id);
        self.show_in_lobby(id);
    }
}

/// Only a host goes on.
pub(crate) fn host(room: &Room, me: &ParticipantId) -> Result<(), Refusal> {
    match room.members.get(me) {
        Some(member) if member.standing.is_host() => Ok(()),
        _ => Err(NOT_HOST),
    }
}

/// Whom a message is to be passed on to.
fn addressee(message: &ClientMessage) -> Option<&ParticipantId> {
    match message {
        ClientMessage::Offer { to, .. }
        | ClientMessage::Answer { to, .. }
        | ClientMessage::Candidate { to, .. }
        | ClientMessage::IceError { to, .. } => Some(to),
        _ => None,
    }
}

/// Whether a field is beyond its limit. The text of an ICE error is cut instead.
fn too_large(message: &ClientMessage) -> bool {
    let long = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.len() > limits::CANDIDATE_BYTES)
    };
    match message {
        ClientMessage::Offer { sdp, .. } | ClientMessage::Answer { sdp, .. } => is_too_long(sdp),
        ClientMessage::Candidate {
            candidate: Some(it),
            ..
        } => {
            it.candidate.len() > limits::CANDIDATE_BYTES
                || long(&it.sdp_mid)
                || long(&it.username_fragment)
        }
        _ => false,
    }
}

/// Whether a description is beyond its limit.
pub(crate) fn is_too_long(sdp: &Sdp) -> bool {
    sdp.bytes() > limits::SDP_BYTES
}

pub(crate) const TOO_LARGE: Refusal =
    Refusal::new(ErrorCode::TooLarge, "a field is longer than it may be");
const NOT_HOST: Refusal = Refusal::new(ErrorCode::NotHost, "only a host may do this");
pub(crate) const NO_SUCH_PARTICIPANT: Refusal = Refusal::new(
    ErrorCode::NoSuchParticipant,
    "the room has no such other participant",
);
