//! Places in a room: for how long one is held for somebody who was lost, and who gets it after
//! that.

use std::time::Duration;

use protocol::{ErrorCode, LeaveReason, ParticipantId, RoomId, ServerMessage};
use web_time::Instant;

use crate::room::{Hold, Link, Member, Room};
use crate::rooms::{NOT_JOINED, Refusal, Rooms};
use crate::timers::Timer;
use crate::{AddressGroup, ConnectionId, Output, Standing};

/// When to ask again for a place in a room whose people are all there.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Room {
    /// The places that may be given to somebody of this standing: whose they are, and from when on.
    /// That of a host is given to nobody but a host, and to that one last.
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
}

impl Rooms {
    /// Makes place for one more, or says when to ask again.
    pub(crate) fn make_place(
        &mut self,
        now: Instant,
        id: &RoomId,
        taker: Standing,
    ) -> Result<(), Refusal> {
        let max = usize::try_from(self.config.max_participants).unwrap_or(usize::MAX);
        let room = self.rooms.get(id).ok_or(NOT_JOINED)?;
        if room.members.len() < max.max(1) {
            return Ok(());
        }
        let held_for = self.config.give_away_after;
        let places = || room.free_places(taker, held_for);
        let free = places().filter(|(_, from, _)| *from <= now).min();
        if let Some((.., lost)) = free.map(|(.., lost)| ((), lost.clone())) {
            self.take_out(id, &lost, LeaveReason::Lost);
            return Ok(());
        }
        let next = places().map(|(_, from, _)| from).min();
        let answered = self.ask(now, id);
        let next = next.into_iter().chain(answered).min();
        let wait = next.map_or(ASK_AGAIN, |from| from.saturating_duration_since(now));
        Err(Refusal::retry(
            ErrorCode::Full,
            "the room has all the people it takes",
            wait.min(ASK_AGAIN.max(held_for)),
        ))
    }

    /// Asks those in a room who have not been heard of for a while whether they are there: a place
    /// is wanted. When all will have answered, if anybody is asked.
    fn ask(&mut self, now: Instant, id: &RoomId) -> Option<Instant> {
        let answer = self.config.answer;
        let members = self
            .rooms
            .get(id)
            .into_iter()
            .flat_map(|it| it.members.values());
        let mut answered = None;
        for connection in members.filter_map(Member::connection).collect::<Vec<_>>() {
            let Some(it) = self.connections.get_mut(&connection) else {
                continue;
            };
            if it.asked.is_none() && it.heard + answer <= now {
                it.asked = Some(now);
                self.timers.set(now + answer, Timer::Answer(connection));
                self.push(Output::Probe { connection });
            }
            let asked = self.connections.get(&connection).and_then(|it| it.asked);
            answered = answered.max(asked.map(|at| at + answer));
        }
        answered
    }

    /// Something was heard of a connection.
    pub(crate) fn is_alive(&mut self, now: Instant, connection: ConnectionId) {
        self.stop_asking(connection);
        if let Some(it) = self.connections.get_mut(&connection) {
            it.heard = now;
            it.asked = None;
        }
    }

    /// No answer is waited for any more.
    pub(crate) fn stop_asking(&mut self, connection: ConnectionId) {
        let asked = self.connections.get(&connection).and_then(|it| it.asked);
        if let Some(at) = asked {
            let at = at + self.config.answer;
            self.timers.cancel(at, Timer::Answer(connection));
        }
    }

    /// Holds the place of a participant whose connection is gone, if its address does not hold too
    /// many already.
    pub(crate) fn hold_place(
        &mut self,
        now: Instant,
        since: Instant,
        old: ConnectionId,
        id: &RoomId,
        participant: &ParticipantId,
        hold: Hold,
    ) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let has_met = room.has_met;
        let Some(member) = room.members.get_mut(participant) else {
            return;
        };
        // It may be here already over a newer connection.
        if member.link != Link::Connected(old) {
            return;
        }
        let (time, reason) = match hold {
            Hold::Away => (self.config.hold_away, LeaveReason::Left),
            Hold::Lost if has_met => (self.config.hold, LeaveReason::Lost),
            Hold::Lost => (self.config.hold_alone, LeaveReason::Lost),
        };
        let of = |counts: &std::collections::BTreeMap<AddressGroup, usize>| {
            counts.get(&member.group).copied().unwrap_or(0)
        };
        if of(&self.per_address) + of(&self.held) >= self.config.max_connections_per_address {
            return self.gone(now, id, participant, reason);
        }
        let held = self.held.entry(member.group).or_default();
        *held = held.saturating_add(1);
        let until = now + time;
        member.link = Link::Lost {
            since,
            until,
            reason,
        };
        self.timers
            .set(until, Timer::Hold(id.clone(), participant.clone()));
        self.tell_others(id, participant, || ServerMessage::ParticipantConnection {
            participant: participant.clone(),
            connected: false,
            missed: false,
        });
        self.show_in_lobby(id);
    }

    /// A place is no longer held: somebody is back in it, or it was given up.
    pub(crate) fn release_place(
        &mut self,
        id: &RoomId,
        participant: &ParticipantId,
        link: Link,
        group: AddressGroup,
    ) {
        let Link::Lost { until, .. } = link else {
            return;
        };
        let timer = Timer::Hold(id.clone(), participant.clone());
        self.timers.cancel(until, timer);
        if let Some(held) = self.held.get_mut(&group) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.held.remove(&group);
            }
        }
    }

    /// A place was held for as long as it is.
    pub(crate) fn hold_is_over(&mut self, now: Instant, id: &RoomId, participant: &ParticipantId) {
        let room = self.rooms.get(id);
        let link = room
            .and_then(|it| it.members.get(participant))
            .map(|it| it.link);
        if let Some(Link::Lost { reason, .. }) = link {
            self.gone(now, id, participant, reason);
        }
    }
}
