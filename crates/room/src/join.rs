//! Entering a room: as a host, as a guest, or as who one was before.

use protocol::{
    CloseCode, ErrorCode, LeaveReason, Media, Name, ParticipantId, Role, RoomId, RoomSecret, Sdp,
    ServerMessage, Ticket,
};
use web_time::Instant;

use crate::history::History;
use crate::inflow::Inflow;
use crate::relay::{TOO_LARGE, is_too_long};
use crate::room::{Link, Member};
use crate::rooms::{NOT_JOINED, Refusal, Rooms, SERVER_BUSY, State};
use crate::timers::Timer;
use crate::{CallState, Claims, ConnectionId, room_of};

/// Says the same whatever the reason is.
pub(crate) const UNAVAILABLE: Refusal =
    Refusal::new(ErrorCode::Unavailable, "the call cannot be joined");
const FULL: Refusal = Refusal::new(ErrorCode::Full, "the room has all the people it takes");
const BAD_SECRET: Refusal = Refusal::new(ErrorCode::BadSecret, "not the secret of this room");
const BAD_TICKET: Refusal = Refusal::new(
    ErrorCode::BadTicket,
    "the ticket is not valid here; join without it",
);

/// Somebody on the way into a room.
struct Newcomer {
    connection: ConnectionId,
    id: ParticipantId,
    role: Role,
    name: Name,
    media: Media,
    resumed: bool,
    /// It counts what it gets.
    counts: bool,
    /// What it offers to who is there.
    offer: Option<Sdp>,
}

/// How somebody has entered: what `joined` says beyond the room and the participant.
struct Welcome {
    resumed: bool,
    missed: bool,
    /// Who got the offer that came with the request.
    offered: Option<ParticipantId>,
}

impl Rooms {
    #[expect(clippy::too_many_arguments, reason = "the fields of the message")]
    pub(crate) fn join(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        room: RoomId,
        name: Name,
        media: Media,
        secret: Option<RoomSecret>,
        ticket: Option<Ticket>,
        received: Option<u64>,
        offer: Option<Sdp>,
    ) -> Result<(), Refusal> {
        if offer.as_ref().is_some_and(is_too_long) {
            return Err(TOO_LARGE);
        }
        if let Some(ticket) = ticket {
            let claims = self
                .keys
                .ticket
                .verify(&ticket, self.anchor.unix_seconds(now))
                .ok()
                .filter(|claims| claims.room == room)
                .ok_or(BAD_TICKET)?;
            return self.resume(now, connection, claims, name, media, received);
        }
        let role = match secret {
            Some(secret) if room_of(&secret).as_ref() == Some(&room) => Role::Host,
            Some(_) => return Err(BAD_SECRET),
            None if self.rooms.get(&room).is_some_and(|it| !it.is_closed()) => Role::Guest,
            None => return Err(UNAVAILABLE),
        };
        let newcomer = Newcomer {
            connection,
            id: self.random.participant().ok_or(SERVER_BUSY)?,
            role,
            name,
            media,
            resumed: false,
            counts: received.is_some(),
            offer,
        };
        self.enter(now, room, newcomer, None)
    }

    /// Lets the holder of a ticket back in, also into a locked room.
    fn resume(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        claims: Claims,
        name: Name,
        media: Media,
        received: Option<u64>,
    ) -> Result<(), Refusal> {
        if !self.recall(now, &claims) {
            return Err(BAD_TICKET);
        }
        let Claims {
            room: id,
            participant: me,
            role,
            call,
            counting,
            ..
        } = claims;
        let next_counting = self.random.number();
        let room = self.rooms.get_mut(&id);
        let known = room.and_then(|room| room.members.get_mut(&me));
        let Some(member) = known else {
            // The others were told that it left, and closed their peer connections to it; or
            // the server has restarted and knows of nobody: then those connections still stand.
            let was_here = self
                .rooms
                .get(&id)
                .is_some_and(|room| room.gone().any(|(gone, _)| *gone == me));
            let newcomer = Newcomer {
                connection,
                id: me,
                role,
                name,
                media,
                resumed: !was_here,
                counts: received.is_some(),
                offer: None,
            };
            return self.enter(now, id, newcomer, Some(call));
        };
        // Who was let in and did not hear of it still counts what another server said.
        let counted = received.filter(|_| member.history.counting == counting);
        let missing = counted.and_then(|count| member.history.since(count));
        let missed = missing.is_none();
        if missed {
            member.history = History::new(received.is_some(), next_counting);
        }
        let old = std::mem::replace(&mut member.link, Link::Connected(connection));
        self.set_state(connection, State::Joined(id.clone(), me.clone()));
        let tell = |rooms: &mut Self, connected| {
            rooms.tell_others(&id, &me, || ServerMessage::ParticipantConnection {
                participant: me.clone(),
                connected,
                missed: connected && missed,
            });
        };
        match old {
            // The others learn that there was a gap.
            Link::Connected(old) => {
                self.close(now, old, CloseCode::Replaced);
                tell(self, false);
            }
            Link::Lost { until, .. } => self
                .timers
                .cancel(until, Timer::Hold(id.clone(), me.clone())),
        }
        tell(self, true);
        let welcome = Welcome {
            resumed: true,
            missed,
            offered: None,
        };
        self.welcome(now, connection, &id, &me, welcome)?;
        for message in missing.into_iter().flatten() {
            self.send(connection, message);
        }
        self.rename(&id, &me, name);
        self.set_media(&id, &me, media);
        self.show_in_lobby(&id);
        if missed {
            let room = self.rooms.get(&id).ok_or(NOT_JOINED)?;
            let gone: Vec<_> = room.gone().cloned().collect();
            for (participant, reason) in gone {
                let message = ServerMessage::ParticipantLeft {
                    participant,
                    reason,
                };
                self.tell(&id, &me, message);
            }
        }
        Ok(())
    }

    /// Puts somebody into a room, which is made if it is not there: as `call` says, or new.
    fn enter(
        &mut self,
        now: Instant,
        id: RoomId,
        newcomer: Newcomer,
        call: Option<CallState>,
    ) -> Result<(), Refusal> {
        if let Some(room) = self.rooms.get(&id) {
            let max = usize::try_from(self.config.max_participants)
                .unwrap_or(usize::MAX)
                .max(1);
            if room.members.len() >= max {
                // Somebody whose browser crashed must not find the call full of himself.
                let lost = room.longest_lost().ok_or(FULL)?;
                self.take_out(&id, &lost, LeaveReason::Lost);
            }
        } else {
            if self.rooms.len() >= self.config.max_rooms {
                return Err(SERVER_BUSY);
            }
            let room = self.make_room(now, &id, call);
            self.rooms.insert(id.clone(), room);
            self.counters.rooms = self.counters.rooms.saturating_add(1);
        }
        let Newcomer {
            connection,
            id: me,
            role,
            name,
            media,
            resumed,
            counts,
            offer,
        } = newcomer;
        let relay = self.take_lobby_relay(connection);
        let relay = relay.or_else(|| self.new_relay_user(connection));
        let counting = self.random.number();
        let member = Member {
            name,
            role,
            media,
            entered: now,
            link: Link::Connected(connection),
            relay,
            ticket_issued: 0,
            history: History::new(counts, counting),
            inflow: Inflow::new(now),
        };
        let participant = member.participant(&me);
        let room = self.rooms.get_mut(&id).ok_or(NOT_JOINED)?;
        room.came_back(&me);
        room.members.insert(me.clone(), member);
        let offer = offer.and_then(|sdp| {
            let to = room.first_connected(&me)?.clone();
            let inflow = &mut room.members.get_mut(&to)?.inflow;
            let taken = inflow.offer(self.inflow_rate, &sdp, now);
            taken.is_ok().then_some((to, sdp))
        });
        self.counters.participants = self.counters.participants.saturating_add(1);
        self.set_state(connection, State::Joined(id.clone(), me.clone()));
        let welcome = Welcome {
            resumed,
            missed: resumed,
            offered: offer.as_ref().map(|(to, _)| to.clone()),
        };
        self.welcome(now, connection, &id, &me, welcome)?;
        self.tell_others(&id, &me, || ServerMessage::ParticipantJoined {
            participant: participant.clone(),
        });
        if let Some((to, sdp)) = offer {
            let offer = ServerMessage::Offer {
                from: me,
                connection: 1,
                sdp,
            };
            self.tell(&id, &to, offer);
        }
        if role == Role::Host {
            self.settled(&id);
        }
        self.show_in_lobby(&id);
        Ok(())
    }

    /// Tells a participant all there is to know about the room it is in.
    fn welcome(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        id: &RoomId,
        me: &ParticipantId,
        welcome: Welcome,
    ) -> Result<(), Refusal> {
        let Welcome {
            resumed,
            missed,
            offered,
        } = welcome;
        let ticket = self.ticket(now, id, me).ok_or(SERVER_BUSY)?;
        let room = self.rooms.get(id).ok_or(NOT_JOINED)?;
        let member = room.members.get(me).ok_or(NOT_JOINED)?;
        let (role, received) = (member.role, member.history.heard);
        let (participants, locked) = (room.participants(me), room.locked);
        let message = ServerMessage::Joined {
            room: id.clone(),
            participant: me.clone(),
            role,
            resumed,
            participants,
            locked,
            max_participants: self.config.max_participants,
            ticket,
            ice_servers: self.ice_servers_of(connection, id, me),
            received,
            missed,
            offered,
        };
        self.send(connection, message);
        Ok(())
    }
}
