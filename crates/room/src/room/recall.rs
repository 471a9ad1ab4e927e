//! What a server that was started anew learns from the tickets it is shown.
//!
//! It has forgotten every room. The first ticket of a room makes it again as that ticket tells of
//! it, and each later one may know better: a lock that was changed later, somebody that was
//! removed. Because the first may be the one that knows least, such a room takes no newcomers
//! until a host is back or everyone has had the time to come back.

use std::cmp::Ordering;

use protocol::{
    AddressGroup, CloseCode, LeaveReason, ParticipantId, RoomId, ServerMessage, Ticket,
};
use web_time::Instant;

use crate::join::{BAD_TICKET, REMOVED};
use crate::room::{Origin, Room};
use crate::rooms::{Refusal, Rooms, State};
use crate::timers::Timer;
use crate::{CallState, Claims, ConnectionId, TicketKey};

impl Rooms {
    /// Makes a room: as a ticket describes it, or a new one.
    pub(crate) fn make_room(
        &mut self,
        now: Instant,
        id: &RoomId,
        maker: AddressGroup,
        call: Option<CallState>,
    ) -> Room {
        let Some(call) = call else {
            let unix_ms = self.anchor.unix_ms(now);
            self.last_opened = unix_ms.max(self.last_opened.saturating_add(1));
            let left = self.ended.take(now, id, maker);
            let mut room = Room::new(now, maker, self.last_opened);
            room.locked = left.locked;
            room.kept_out = left.kept_out;
            return room;
        };
        let settles = now + self.config.settle;
        self.timers.set(settles, Timer::Settle(id.clone()));
        let host_until = now + self.config.hold;
        self.timers.set(host_until, Timer::ExpectHost(id.clone()));
        Room::bring_back(now, maker, call, settles, host_until)
    }

    /// Opens a room that was brought back to newcomers, if it is not locked.
    pub(crate) fn settled(&mut self, id: &RoomId) {
        let room = self.rooms.get_mut(id);
        if let Some(at) = room.and_then(|room| room.settles.take()) {
            self.timers.cancel(at, Timer::Settle(id.clone()));
            self.show_in_lobby(id);
        }
    }

    /// Whether so much time has passed since the server was started that everyone who was in a call
    /// before could have come back.
    pub(crate) fn comes_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.anchor.instant) > self.config.hold
    }

    /// Takes in what a ticket tells of its room, and says whether its holder may come in.
    pub(crate) fn recall(&mut self, now: Instant, claims: &Claims) -> Result<(), Refusal> {
        let started = self.anchor.unix_ms;
        let comes_late = self.comes_late(now);
        // A call that was opened in the future means that the clock was set back since.
        let is_of_now = claims.call.opened <= self.anchor.unix_ms(now);
        // The server knows what tickets say that it issued since it was started.
        let is_news = claims.issued <= started / 1_000;
        let Claims { room: id, call, .. } = claims;
        let is_earlier = is_news && call.opened < started && !comes_late;
        let Some(room) = self.rooms.get_mut(id) else {
            let has_ended = self.ended.may_have(id, call.opened);
            return if is_earlier && !has_ended {
                Ok(())
            } else {
                Err(BAD_TICKET)
            };
        };
        let mut outdated = false;
        let was_locked = room.locked;
        match call.opened.cmp(&room.opened) {
            Ordering::Equal => {}
            // A host came before anyone with a ticket, and had none itself: the room was taken
            // for a new one. That is over when everyone has had the time to come.
            // Unless a host has locked the room since: then nobody else may come in.
            Ordering::Less if is_earlier && room.origin == Origin::Made && !room.locked => {
                room.opened = call.opened;
                room.origin = Origin::GoesOn;
                room.recalls = true;
                if room.version == 0 {
                    room.locked = call.locked;
                }
                room.version = room.version.saturating_add(call.version);
                outdated = true;
            }
            Ordering::Less => return Err(BAD_TICKET),
            // Those who are here showed tickets of an earlier call.
            Ordering::Greater if is_of_now && room.origin == Origin::BroughtBack => {
                let maker = room.made_by;
                self.replace_call(now, id, maker, call);
                return Ok(());
            }
            Ordering::Greater => return Err(BAD_TICKET),
        }
        let mut expelled = Vec::new();
        if is_news {
            for removed in call.removed.iter().filter(|it| room.kept_out.learn(it)) {
                expelled.push((removed.participant.clone(), LeaveReason::Removed));
            }
            for left in &call.left {
                if room.note_gone(left, LeaveReason::Left) {
                    expelled.push((left.clone(), LeaveReason::Left));
                }
            }
        }
        outdated |= !expelled.is_empty();
        if call.version > room.version {
            room.version = call.version;
            room.locked = call.locked;
            outdated = true;
        }
        let is_removed = room.kept_out.names(&claims.participant);
        let is_good =
            room.members.contains_key(&claims.participant) || room.may_return(&claims.participant);
        let locked = room.locked;
        for (participant, reason) in &expelled {
            self.expel(now, id, participant, *reason);
        }
        if outdated {
            self.renew_tickets(now, id);
        }
        if expelled
            .iter()
            .any(|(_, reason)| *reason == LeaveReason::Removed)
        {
            self.tell_kept_out(id);
        }
        if locked != was_locked {
            // Who shows the ticket hears of it when it is let in.
            self.tell_others(id, &claims.participant, || ServerMessage::Locked { locked });
            self.settle_waiting(now, id);
            self.show_in_lobby(id);
        }
        match (is_removed, is_good) {
            (true, _) => Err(REMOVED),
            (false, true) => Ok(()),
            (false, false) => Err(BAD_TICKET),
        }
    }

    /// The call of a later ticket takes the room's place; who is here is of an earlier one, and
    /// has to enter like everybody else.
    fn replace_call(&mut self, now: Instant, id: &RoomId, maker: AddressGroup, call: &CallState) {
        let here = self.rooms.get(id).into_iter();
        let here: Vec<_> = here.flat_map(|room| room.members.keys().cloned()).collect();
        for participant in here {
            self.expel(now, id, &participant, LeaveReason::Lost);
        }
        self.drop_code(id);
        self.settled(id);
        self.stop_expecting_host(id);
        self.forget_waiting(id);
        let room = self.make_room(now, id, maker, Some(call.clone()));
        self.rooms.insert(id.clone(), room);
        self.show_in_lobby(id);
    }

    /// Takes somebody out, and closes its connection. The room stays.
    fn expel(&mut self, now: Instant, id: &RoomId, who: &ParticipantId, reason: LeaveReason) {
        let member = self.rooms.get(id).and_then(|room| room.members.get(who));
        let Some(connection) = member.map(|member| member.connection()) else {
            return;
        };
        self.take_out(id, who, reason);
        let Some(connection) = connection else { return };
        if reason == LeaveReason::Removed {
            self.send(connection, ServerMessage::Removed {});
            self.close(now, connection, CloseCode::Removed);
        } else {
            self.close(now, connection, CloseCode::GoingAway);
        }
    }

    /// A ticket for a participant, telling what is so now.
    pub(crate) fn ticket(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
    ) -> Option<Ticket> {
        let issued = self.anchor.unix_seconds(now);
        let room = self.rooms.get_mut(id)?;
        let call = room.call();
        let member = room.members.get_mut(me)?;
        member.ticket_issued = issued;
        self.keys.ticket.issue(&Claims {
            room: id.clone(),
            participant: me.clone(),
            standing: member.standing,
            issued,
            arrived: member.arrived,
            expires: issued.saturating_add(self.config.ticket_lifetime.as_secs()),
            counting: member.history.counting,
            call,
        })
    }

    /// Gives everyone who can be reached a new ticket, for the old ones tell what was.
    pub(crate) fn renew_tickets(&mut self, now: Instant, id: &RoomId) {
        let room = self.rooms.get(id).into_iter();
        let members = room.flat_map(|room| &room.members);
        let here: Vec<_> = members
            .filter_map(|(me, member)| Some((me.clone(), member.connection()?)))
            .collect();
        for (me, connection) in here {
            self.renew_ticket(now, connection, id, &me);
        }
    }

    /// Signs tickets with another key from now on.
    pub(crate) fn take_ticket_key(&mut self, now: Instant, key: &TicketKey) {
        self.keys.ticket.replace(key);
        let rooms: Vec<RoomId> = self.rooms.keys().cloned().collect();
        for id in rooms {
            self.renew_tickets(now, &id);
        }
    }

    /// Gives a participant a new ticket when half of the old one's time is over.
    pub(crate) fn renew_old_ticket(&mut self, now: Instant, connection: ConnectionId) {
        let Some(State::Joined(id, me)) = self.connections.get(&connection).map(|it| &it.state)
        else {
            return;
        };
        let member = self.rooms.get(id).and_then(|room| room.members.get(me));
        let Some(issued) = member.map(|member| member.ticket_issued) else {
            return;
        };
        let age = self.anchor.unix_seconds(now).saturating_sub(issued);
        if age >= self.config.ticket_lifetime.as_secs() / 2 {
            let (id, me) = (id.clone(), me.clone());
            self.renew_ticket(now, connection, &id, &me);
        }
    }

    pub(crate) fn renew_ticket(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        id: &RoomId,
        me: &ParticipantId,
    ) {
        if let Some(ticket) = self.ticket(now, id, me) {
            self.send(connection, ServerMessage::Ticket { ticket });
        }
    }
}
