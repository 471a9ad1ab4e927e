//! Who is a host, and what hosts do with people: whoever showed the secret is one, whoever a host
//! made one, and, where no other host is left, whoever was there longest.

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

    /// Who can be reached and came first.
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
            // It is as the host wants it already.
            let role = Role::Host;
            let participant = participant.clone();
            self.tell(id, me, ServerMessage::Role { participant, role });
        } else {
            self.set_standing(now, id, participant, after);
        }
        Ok(())
    }

    /// A host who stays one has entered: who was host only for want of another is a guest again.
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

    /// Where no host is left, and none is awaited, who was there longest becomes host.
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

    /// No longer waits for the host of a room that was brought back.
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
        }
    }

    /// Keeps a participant out of its room, which takes it out afterwards.
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

    /// A host lets somebody in again.
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

    /// Tells one of them.
    pub(crate) fn show_kept_out(&mut self, id: &RoomId, who: &ParticipantId) {
        if let Some(room) = self.rooms.get(id) {
            let participants = room.kept_out.shown();
            self.tell(id, who, ServerMessage::KeptOut { participants });
        }
    }
}
