//! How a participant leaves for good, or is lost for a while in which the place is held.

use std::time::Duration;

use protocol::{AddressGroup, CloseCode, LeaveReason, ParticipantId, ServerMessage};
use web_time::Instant;

use super::context::Context;
use super::member::Link;
use super::state::{Room, RoomOutput};
use crate::{SocketId, Standing};

/// Why a place is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The connection was lost.
    Lost,
    /// The page goes away and may be loaded anew.
    Away,
}

impl Room {
    /// Makes a place for one more participant. If there is none, the refusal says when a held place will
    /// be free.
    pub(crate) fn make_place(
        &mut self,
        context: &Context<'_>,
        taker: Standing,
    ) -> Result<(), Option<Instant>> {
        let max = usize::try_from(context.config.max_participants).unwrap_or(usize::MAX);
        if self.members.len() < max.max(1) {
            return Ok(());
        }
        let held_for = context.config.give_away_after;
        let places = || self.free_places(taker, held_for);
        let free = places().filter(|(_, from, _)| *from <= context.now).min();
        if let Some(lost) = free.map(|(.., lost)| lost.clone()) {
            self.take_out(&lost, LeaveReason::Lost);
            return Ok(());
        }
        Err(places().map(|(_, from, _)| from).min())
    }

    /// The held places that may be given to somebody of this standing: whether the holder is a host,
    /// when the place is free, and whose it is. A host's place is given only to another host.
    fn free_places(
        &self,
        taker: Standing,
        held_for: Duration,
    ) -> impl Iterator<Item = (bool, Instant, &ParticipantId)> {
        self.members.iter().filter_map(move |(id, member)| {
            let Link::Lost { since, .. } = member.link else {
                return None;
            };
            let is_host = member.standing.is_host();
            (taker.is_host() || !is_host).then_some((is_host, since + held_for, id))
        })
    }

    /// Notes that the connection of a participant ended. The place is held if one more may be held for
    /// the participant's address; otherwise the participant is removed at once.
    pub(crate) fn lost(
        &mut self,
        context: &Context<'_>,
        (participant, connection): (&ParticipantId, SocketId),
        since: Instant,
        hold: Hold,
        may_hold: bool,
    ) {
        let has_met = self.has_met;
        let member = self.members.get_mut(participant);
        // It may be here already over a newer connection.
        let Some(member) = member.filter(|it| it.link == Link::Connected(connection)) else {
            return;
        };
        let (time, reason) = match hold {
            Hold::Away => (context.config.hold_away, LeaveReason::Left),
            Hold::Lost if has_met => (context.config.hold, LeaveReason::Lost),
            Hold::Lost => (context.config.hold_alone, LeaveReason::Lost),
        };
        if !may_hold {
            return self.goes(context, participant, reason);
        }
        member.link = Link::Lost {
            since,
            until: context.now + time,
            reason,
        };
        let group = member.group;
        self.push(RoomOutput::Hold(group));
        self.tell_of_connection(participant, false, false);
    }

    /// Stops holding a place, if it was held: its participant is back, or is gone for good.
    pub(super) fn release_place(&mut self, link: Link, group: AddressGroup) {
        if let Link::Lost { .. } = link {
            self.push(RoomOutput::Release(group));
        }
    }

    /// Removes a participant for good.
    pub(super) fn goes(
        &mut self,
        context: &Context<'_>,
        participant: &ParticipantId,
        reason: LeaveReason,
    ) {
        self.take_out(participant, reason);
        if reason != LeaveReason::Lost {
            // The new tickets name who is gone, for a server that is started anew.
            self.renew_tickets(context);
        }
        self.fill_host(context);
    }

    /// Removes a participant, remembers the reason, and tells the others.
    pub(super) fn take_out(&mut self, participant: &ParticipantId, reason: LeaveReason) {
        let Some(member) = self.members.remove(participant) else {
            return;
        };
        self.note_gone(participant, reason);
        if let Some(user) = member.relay {
            self.push(RoomOutput::Revoke(user));
        }
        self.release_place(member.link, member.group);
        let message = ServerMessage::ParticipantLeft {
            participant: participant.clone(),
            reason,
        };
        self.tell_others(participant, message);
    }

    /// Removes a participant and closes its connection.
    pub(super) fn expel(&mut self, who: &ParticipantId, reason: LeaveReason) {
        let member = self.members.get(who);
        let Some(connection) = member.map(|member| member.connection()) else {
            return;
        };
        self.take_out(who, reason);
        let Some(connection) = connection else { return };
        if reason == LeaveReason::Removed {
            self.send(connection, ServerMessage::Removed {});
            self.close(connection, CloseCode::Removed);
        } else {
            self.close(connection, CloseCode::GoingAway);
        }
    }

    /// Removes everybody, because a ticket has shown that the room belongs to another call.
    pub(crate) fn expel_all(&mut self) {
        let here: Vec<_> = self.members.keys().cloned().collect();
        for participant in here {
            self.expel(&participant, LeaveReason::Lost);
        }
    }

    /// When [`Self::handle_timeout`] is to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let held = self.members.values().filter_map(|it| it.held_until());
        let others = [self.settles, self.host_until].into_iter().flatten();
        held.chain(others).min()
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, context: &Context<'_>) {
        while let Some((_, who, reason)) = self.first_held().filter(|it| it.0 <= context.now) {
            self.goes(context, &who, reason);
        }
        self.settles = self.settles.filter(|at| *at > context.now);
        if self.host_until.is_some_and(|at| at <= context.now) {
            self.host_until = None;
            self.fill_host(context);
        }
    }

    /// The held place that is given up first: when, whose it is, and the reason that the others are then
    /// told.
    fn first_held(&self) -> Option<(Instant, ParticipantId, LeaveReason)> {
        let held = self.members.iter().filter_map(|(id, it)| match it.link {
            Link::Lost { until, reason, .. } => Some((until, id, reason)),
            Link::Connected(_) => None,
        });
        let first = held.min_by_key(|(until, id, _)| (*until, *id));
        first.map(|(until, id, reason)| (until, id.clone(), reason))
    }
}
