//! Who is a host, and what hosts do. A host is whoever showed the room secret and whoever was made a
//! host by another. When no host is left, the participant who has been there longest becomes one.

use protocol::{ErrorCode, LeaveReason, ParticipantId, Role, ServerMessage};

use super::context::Context;
use super::kept_out::Marks;
use super::state::Room;
use crate::refusal::{NO_SUCH_PARTICIPANT, Refusal};
use crate::{Removed, Standing};

const NOT_HOST: Refusal = Refusal::new(ErrorCode::NotHost, "only a host may do this");

impl Room {
    pub(crate) fn has_host(&self) -> bool {
        self.members.values().any(|it| it.standing.is_host())
    }

    /// Only a host goes on.
    pub(super) fn only_host(&self, me: &ParticipantId) -> Result<(), Refusal> {
        match self.members.get(me) {
            Some(member) if member.standing.is_host() => Ok(()),
            _ => Err(NOT_HOST),
        }
    }

    /// The first to arrive of those who are connected.
    fn longest_here(&self) -> Option<ParticipantId> {
        let mut here = self.in_order();
        let first = here.find(|(_, member)| member.connection().is_some());
        first.map(|(id, _)| id.clone())
    }

    /// A host makes somebody a host.
    pub(super) fn make_host(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        self.only_host(me)?;
        let standing = |who| self.members.get(who).map(|it| it.standing);
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
            self.tell(me, ServerMessage::Role { participant, role });
        } else {
            self.set_standing(context, participant, after);
        }
        Ok(())
    }

    /// A lasting host has entered, so acting hosts become guests again; see [`Standing`].
    pub(super) fn host_entered(&mut self, context: &Context<'_>) {
        self.settles = None;
        self.host_until = None;
        let members = self.members.iter();
        let acting = members.filter(|(_, it)| it.standing == Standing::Acting);
        let acting: Vec<_> = acting.map(|(who, _)| who.clone()).collect();
        for who in acting {
            self.set_standing(context, &who, Standing::Guest);
        }
    }

    /// Makes the participant who has been there longest a host, if no host is left and the room does
    /// not wait for one.
    pub(crate) fn fill_host(&mut self, context: &Context<'_>) {
        if self.host_until.is_some() || self.has_host() {
            return;
        }
        if let Some(who) = self.longest_here() {
            self.set_standing(context, &who, Standing::Acting);
        }
    }

    fn set_standing(&mut self, context: &Context<'_>, who: &ParticipantId, standing: Standing) {
        let Some(member) = self.members.get_mut(who) else {
            return;
        };
        let role = standing.role();
        let changed = member.standing.role() != role;
        member.standing = standing;
        self.renew_ticket(context, who);
        self.tell_all(ServerMessage::Role {
            participant: who.clone(),
            role,
        });
        if changed && role == Role::Host {
            self.show_kept_out(who);
            self.show_waiting(who);
        }
    }

    /// A host locks the room or opens it.
    pub(super) fn lock(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        locked: bool,
    ) -> Result<(), Refusal> {
        self.only_host(me)?;
        if self.locked == locked {
            self.tell(me, ServerMessage::Locked { locked });
        } else {
            self.set_lock(context, locked);
        }
        Ok(())
    }

    /// Changes the lock and tells everyone, if it is not so already.
    fn set_lock(&mut self, context: &Context<'_>, locked: bool) {
        if std::mem::replace(&mut self.locked, locked) == locked {
            return;
        }
        self.version = self.version.saturating_add(1);
        // A host who locks the room wants nobody to come in by a ticket who has not been seen since the
        // server was started.
        self.recalls &= !locked;
        // First, so that who knows of it can tell a server that was started anew.
        self.renew_tickets(context);
        self.tell_all(ServerMessage::Locked { locked });
        self.nobody_waits_if_open();
    }

    /// Sets the number of those who wait to zero if the room is open, without telling the hosts: they know
    /// that nobody has to wait outside of an open room.
    pub(super) fn nobody_waits_if_open(&mut self) {
        if !self.locked {
            self.waiting = 0;
        }
    }

    /// Removes somebody and keeps that person out, as the host `me` wants it.
    pub(super) fn remove(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        self.only_host(me)?;
        let member = self.members.get(participant).filter(|_| participant != me);
        if member.is_none() {
            return Err(NO_SUCH_PARTICIPANT);
        }
        self.keep_out(context, participant);
        self.expel(participant, LeaveReason::Removed);
        self.renew_tickets(context);
        self.fill_host(context);
        self.tell_kept_out();
        Ok(())
    }

    /// Puts a participant on the list of those who are kept out. The caller removes it from the room
    /// afterwards.
    fn keep_out(&mut self, context: &Context<'_>, who: &ParticipantId) {
        let Some(member) = self.members.get(who) else {
            return;
        };
        let whence = Marks::of(context.key, &self.id, &member.name, None, member.group).whence;
        let removed = Removed {
            participant: who.clone(),
            device: member.device,
            whence: Some(whence),
        };
        let name = member.name.clone();
        let forgets = self.kept_out.is_full();
        self.kept_out.add(removed, name);
        if forgets {
            self.set_lock(context, true);
        }
    }

    /// Lets somebody whom a host removed in again, as the host `me` wants it.
    pub(super) fn readmit(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        participant: &ParticipantId,
    ) -> Result<(), Refusal> {
        self.only_host(me)?;
        if !self.kept_out.readmit(participant) {
            return Err(NO_SUCH_PARTICIPANT);
        }
        self.renew_tickets(context);
        self.tell_kept_out();
        Ok(())
    }

    /// Tells the hosts who is kept out.
    pub(super) fn tell_kept_out(&mut self) {
        let participants = self.kept_out.shown();
        self.tell_hosts(ServerMessage::KeptOut { participants });
    }

    /// Tells one participant who is kept out.
    pub(super) fn show_kept_out(&mut self, who: &ParticipantId) {
        let participants = self.kept_out.shown();
        self.tell(who, ServerMessage::KeptOut { participants });
    }

    /// Tells the hosts how many wait outside.
    pub(crate) fn tell_waiting(&mut self, count: u32) {
        self.waiting = count;
        self.tell_hosts(ServerMessage::Waiting { count });
    }

    /// Tells somebody who is a host now how many wait, if anybody does.
    pub(super) fn show_waiting(&mut self, who: &ParticipantId) {
        let count = self.waiting;
        if count > 0 {
            self.tell(who, ServerMessage::Waiting { count });
        }
    }
}
