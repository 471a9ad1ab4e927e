//! Who is a host, and what hosts do with other participants. A host is whoever showed the room secret
//! and whoever was made a host by another. When no host is left, the participant who has been there
//! longest becomes one.

use protocol::{ParticipantId, Role, RoomId, ServerMessage};
use web_time::Instant;

use crate::kept_out::Marks;
use crate::relay::{NO_SUCH_PARTICIPANT, host};
use crate::room::Room;
use crate::rooms::{NOT_JOINED, Refusal, Rooms};
use crate::timers::Timer;
use crate::{Removed, Standing};

impl Room {
    pub(crate) fn has_host(&self) -> bool {
        self.members.values().any(|it| it.standing.is_host())
    }

    /// The first to arrive of those who are connected.
    fn longest_here(&self) -> Option<ParticipantId> {
        let mut here = self.in_order();
        let first = here.find(|(_, member)| member.connection().is_some());
        first.map(|(id, _)| id.clone())
    }
}

impl Rooms {
    /// A host makes somebody a host.
    pub(crate) fn make_host(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(id).ok_or(NOT_JOINED)?;
        host(room, me)?;
        let standing = |who| room.members.get(who).map(|it| it.standing);
        let before = standing(participant).filter(|_| participant != me);
        let before = before.ok_or(NO_SUCH_PARTICIPANT)?;
        let after = match standing(me) {
            Some(mine) if !mine.lasts() => Standing::Acting,
            _ => Standing::Made,
        };
        if before.is_host() && (before.lasts() || !after.lasts()) {
            // The participant is that kind of host already, so only the answer is due.
            let role = Role::Host;
            let participant = participant.clone();
            self.tell(id, me, ServerMessage::Role { participant, role });
        } else {
            self.set_standing(now, id, participant, after);
        }
        Ok(())
    }

    /// A lasting host has entered, so acting hosts become guests again; see [`Standing`].
    pub(crate) fn host_entered(&mut self, now: Instant, id: &RoomId) {
        self.settled(id);
        self.stop_expecting_host(id);
        let members = self.rooms.get(id).into_iter().flat_map(|it| &it.members);
        let acting = members.filter(|(_, it)| it.standing == Standing::Acting);
        let acting: Vec<_> = acting.map(|(who, _)| who.clone()).collect();
        for who in acting {
            self.set_standing(now, id, &who, Standing::Guest);
        }
    }

    /// Makes the participant who has been there longest a host, if no host is left and the room does
    /// not wait for one.
    pub(crate) fn fill_host(&mut self, now: Instant, id: &RoomId) {
        let Some(room) = self.rooms.get(id) else {
            return;
        };
        if room.host_until.is_some() || room.has_host() {
            return;
        }
        if let Some(who) = room.longest_here() {
            self.set_standing(now, id, &who, Standing::Acting);
        }
    }

    /// Stops waiting for the host of a room that was brought back.
    pub(crate) fn stop_expecting_host(&mut self, id: &RoomId) {
        let room = self.rooms.get_mut(id);
        if let Some(at) = room.and_then(|room| room.host_until.take()) {
            self.timers.cancel(at, Timer::ExpectHost(id.clone()));
        }
    }

    fn set_standing(&mut self, now: Instant, id: &RoomId, who: &ParticipantId, standing: Standing) {
        let room = self.rooms.get_mut(id);
        let Some(member) = room.and_then(|it| it.members.get_mut(who)) else {
            return;
        };
        let role = standing.role();
        let changed = member.standing.role() != role;
        member.standing = standing;
        if let Some(connection) = member.connection() {
            self.renew_ticket(now, connection, id, who);
        }
        self.tell_all(id, || ServerMessage::Role {
            participant: who.clone(),
            role,
        });
        if changed && role == Role::Host {
            self.show_kept_out(id, who);
            self.show_waiting(id, who);
        }
    }

    /// Puts a participant on its room's list of those who are kept out. The caller takes it out of the
    /// room afterwards.
    pub(crate) fn keep_out(&mut self, now: Instant, id: &RoomId, who: &ParticipantId) {
        let Some(member) = self.rooms.get(id).and_then(|it| it.members.get(who)) else {
            return;
        };
        let key = &self.keys.ticket;
        let whence = Marks::of(key, id, &member.name, None, member.group).whence;
        let removed = Removed {
            participant: who.clone(),
            device: member.device,
            whence: Some(whence),
        };
        let name = member.name.clone();
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let forgets = room.kept_out.is_full();
        room.kept_out.add(removed, name);
        if forgets {
            self.set_lock(now, id, true);
        }
    }

    /// Lets somebody whom a host removed in again, as the host `me` wants it.
    pub(crate) fn readmit(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(id).ok_or(NOT_JOINED)?;
        host(room, me)?;
        if !room.kept_out.readmit(participant) {
            return Err(NO_SUCH_PARTICIPANT);
        }
        self.renew_tickets(now, id);
        self.tell_kept_out(id);
        Ok(())
    }

    /// Tells the hosts of a room who is kept out.
    pub(crate) fn tell_kept_out(&mut self, id: &RoomId) {
        let members = self.rooms.get(id).into_iter().flat_map(|it| &it.members);
        let hosts = members.filter(|(_, it)| it.standing.is_host());
        let hosts: Vec<_> = hosts.map(|(who, _)| who.clone()).collect();
        for who in hosts {
            self.show_kept_out(id, &who);
        }
    }

    /// Tells one participant who is kept out of the room.
    pub(crate) fn show_kept_out(&mut self, id: &RoomId, who: &ParticipantId) {
        if let Some(room) = self.rooms.get(id) {
            let participants = room.kept_out.shown();
            self.tell(id, who, ServerMessage::KeptOut { participants });
        }
    }
}
