//! Entering a room: as a host, as a guest, or as who one was before.

use protocol::{
    AddressGroup, CloseCode, ErrorCode, ParticipantId, RoomId, RoomSecret, ServerMessage, Ticket,
};
use web_time::Instant;

use crate::history::History;
use crate::inflow::Inflow;
use crate::kept_out::Marks;
use crate::rate::Bucket;
use crate::relay::{TOO_LARGE, is_too_long};
use crate::room::{Link, Member};
use crate::rooms::{NOT_JOINED, Refusal, Rooms, SERVER_BUSY, State};
use crate::wish::Wish;
use crate::{CallState, Claims, ConnectionId, Mark, Standing, room_of};

/// Says the same whatever the reason is.
pub(crate) const UNAVAILABLE: Refusal =
    Refusal::new(ErrorCode::Unavailable, "the call cannot be joined");
const BAD_SECRET: Refusal = Refusal::new(ErrorCode::BadSecret, "not the secret of this room");
pub(crate) const BAD_TICKET: Refusal = Refusal::new(
    ErrorCode::BadTicket,
    "the ticket is not valid here; join without it",
);
pub(crate) const REMOVED: Refusal = Refusal::new(
    ErrorCode::Removed,
    "a host removed you, and only a host can let you in again",
);

/// Somebody on the way into a room.
struct Newcomer {
    id: ParticipantId,
    standing: Standing,
    /// When it first arrived (unix milliseconds), if it comes back.
    arrived: Option<u64>,
    resumed: bool,
    group: AddressGroup,
    device: Option<Mark>,
}

/// How somebody has entered: what `joined` says beyond the room and the participant.
struct Welcome {
    resumed: bool,
    missed: bool,
    /// Who got the offer that came with the request.
    offered: Option<ParticipantId>,
}

impl Rooms {
    pub(crate) fn join(
        &mut self,
        now: Instant,
        wish: Wish,
        secret: Option<RoomSecret>,
        ticket: Option<Ticket>,
    ) -> Result<(), Refusal> {
        if wish.offer.as_ref().is_some_and(is_too_long) {
            return Err(TOO_LARGE);
        }
        if let Some(ticket) = ticket {
            let claims = self
                .keys
                .ticket
                .verify(&ticket, self.anchor.unix_seconds(now))
                .ok()
                .filter(|claims| claims.room == wish.room)
                .ok_or(BAD_TICKET)?;
            let room = wish.room.clone();
            let resumed = self.resume(now, wish, claims);
            if resumed.is_err() {
                // The ticket may have said that others left or were removed, and they were taken out.
                self.settle_after_leaving(now, &room);
            }
            return resumed;
        }
        let standing = match secret {
            Some(secret) if room_of(&secret).as_ref() == Some(&wish.room) => Standing::Secret,
            Some(_) => return Err(BAD_SECRET),
            None => Standing::Guest,
        };
        let group = self.group_of(wish.connection)?;
        let marks = self.marks(&wish, group);
        let kept_out = self.rooms.get(&wish.room).map(|it| &it.kept_out);
        if standing == Standing::Guest && kept_out.is_some_and(|it| it.knows(marks)) {
            return Err(REMOVED);
        }
        let is_open = |id| self.rooms.get(id).is_some_and(|it| !it.is_closed());
        if standing == Standing::Guest && !is_open(&wish.room) {
            self.knocked(now, wish.connection, &wish.room);
            return Err(UNAVAILABLE);
        }
        let newcomer = Newcomer {
            id: self.random.participant().ok_or(SERVER_BUSY)?,
            standing,
            arrived: None,
            resumed: false,
            group,
            device: marks.device,
        };
        self.enter(now, wish, newcomer, None)
    }

    fn group_of(&self, connection: ConnectionId) -> Result<AddressGroup, Refusal> {
        let connection = self.connections.get(&connection).ok_or(NOT_JOINED)?;
        Ok(connection.group)
    }

    fn marks(&self, wish: &Wish, group: AddressGroup) -> Marks {
        let device = wish.device.as_ref();
        let name = wish.name.clone().unwrap_or_default();
        Marks::of(&self.keys.ticket, &wish.room, &name, device, group)
    }

    /// Lets the holder of a ticket back in, also into a locked room.
    fn resume(&mut self, now: Instant, mut wish: Wish, claims: Claims) -> Result<(), Refusal> {
        self.recall(now, &claims)?;
        let group = self.group_of(wish.connection)?;
        let room = self.rooms.get(&claims.room);
        if room.is_some_and(|it| it.members.contains_key(&claims.participant)) {
            return self.come_back(now, wish, claims.participant, claims.counting);
        }
        // Only the device is looked at. A valid ticket shows that its holder is not the removed person,
        // though both may have the same name and address.
        let device = self.marks(&wish, group).device;
        let kept_out = room.map(|it| &it.kept_out);
        if claims.standing != Standing::Secret && kept_out.is_some_and(|it| it.knows_device(device))
        {
            return Err(REMOVED);
        }
        let has_host = room.is_some_and(|it| it.has_host());
        // The others were told that it left, and closed their peer connections to it; or the
        // server has restarted and knows of nobody: then those connections still stand.
        let was_here = room.is_some_and(|it| it.gone().any(|(it, _)| *it == claims.participant));
        let newcomer = Newcomer {
            standing: match claims.standing {
                Standing::Acting if has_host => Standing::Guest,
                standing => standing,
            },
            arrived: (!was_here).then_some(claims.arrived),
            id: claims.participant,
            resumed: !was_here,
            group,
            device,
        };
        wish.offer = None;
        self.enter(now, wish, newcomer, Some(claims.call))
    }

    /// Somebody whose place is held, or who is here over another connection, comes back.
    fn come_back(
        &mut self,
        now: Instant,
        wish: Wish,
        me: ParticipantId,
        counting: u64,
    ) -> Result<(), Refusal> {
        let group = self.group_of(wish.connection)?;
        let marks = self.marks(&wish, group);
        let Wish {
            connection,
            room: id,
            name,
            media,
            received,
            ..
        } = wish;
        let next_counting = self.random.number();
        let room = self.rooms.get_mut(&id).ok_or(NOT_JOINED)?;
        let member = room.members.get_mut(&me).ok_or(NOT_JOINED)?;
        // A client that was let in but never got `joined` still counts messages of an earlier server.
        let counted = received.filter(|_| member.history.counting == counting);
        let missing = counted.and_then(|count| member.history.since(count));
        let missed = missing.is_none();
        if missed {
            member.history = History::new(received.is_some(), next_counting);
        }
        member.device = marks.device.or(member.device);
        let old = std::mem::replace(&mut member.link, Link::Connected(connection));
        let old_group = std::mem::replace(&mut member.group, group);
        self.set_state(connection, State::Joined(id.clone(), me.clone()));
        let tell = |rooms: &mut Self, connected| {
            rooms.tell_others(&id, &me, || ServerMessage::ParticipantConnection {
                participant: me.clone(),
                connected,
                missed: connected && missed,
            });
        };
        if let Link::Connected(old) = old {
            // The others learn that there was a gap.
            self.close(now, old, CloseCode::Replaced);
            tell(self, false);
        } else {
            self.release_place(&id, &me, old, old_group);
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
        // A name or media that `join` leaves out stays as it was.
        if let Some(name) = name {
            self.rename(&id, &me, name);
        }
        if let Some(media) = media {
            self.set_media(&id, &me, media);
        }
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
        self.fill_host(now, &id);
        Ok(())
    }

    /// Puts somebody into a room, which is made if it is not there: as `call` says, or new.
    fn enter(
        &mut self,
        now: Instant,
        wish: Wish,
        newcomer: Newcomer,
        call: Option<CallState>,
    ) -> Result<(), Refusal> {
        let Wish {
            connection,
            room: id,
            name,
            media,
            received,
            offer,
            ..
        } = wish;
        let Newcomer {
            id: me,
            standing,
            arrived,
            resumed,
            group,
            device,
        } = newcomer;
        if self.rooms.contains_key(&id) {
            self.make_place(now, &id, standing)?;
        } else {
            if self.rooms.len() >= self.config.max_rooms {
                return Err(SERVER_BUSY);
            }
            let room = self.make_room(now, &id, group, call);
            self.rooms.insert(id.clone(), room);
            self.counters.rooms = self.counters.rooms.saturating_add(1);
        }
        let relay = self.take_lobby_relay(connection);
        let relay = relay.or_else(|| self.new_relay_user(connection));
        let counting = self.random.number();
        let unix_ms = self.anchor.unix_ms(now);
        let room = self.rooms.get_mut(&id).ok_or(NOT_JOINED)?;
        let member = Member {
            name: name.unwrap_or_default(),
            standing,
            media: media.unwrap_or_default(),
            entered: now,
            arrived: arrived.unwrap_or_else(|| room.arrival(unix_ms)),
            group,
            device,
            link: Link::Connected(connection),
            relay,
            ticket_issued: 0,
            history: History::new(received.is_some(), counting),
            inflow: Inflow::new(now),
            chats: Bucket::full(now),
        };
        let participant = member.participant(&me);
        room.came_back(&me);
        room.members.insert(me.clone(), member);
        room.has_met |= room.members.len() > 1;
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
        if standing.lasts() {
            self.host_entered(now, &id);
        } else {
            self.fill_host(now, &id);
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
        let (role, received) = (member.standing.role(), member.history.heard);
        let is_host = member.standing.is_host();
        let lists = is_host && (resumed || !room.kept_out.is_empty());
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
        if lists {
            self.show_kept_out(id, me);
        }
        if is_host {
            self.show_waiting(id, me);
        }
        self.waits_no_more(now, connection);
        Ok(())
    }
}
