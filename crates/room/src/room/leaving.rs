//! Places in a room: how long one is held for a participant whose connection was lost, and to whom it
//! may be given after that.

use std::time::Duration;

use protocol::{AddressGroup, ErrorCode, LeaveReason, ParticipantId, RoomId, ServerMessage};
use web_time::Instant;

use crate::room::{Hold, Link, Member, Room};
use crate::rooms::{NOT_JOINED, Refusal, Rooms};
use crate::timers::Timer;
use crate::{ConnectionId, Output, Standing};

/// After what time a client should ask again for a place in a full room where everyone is connected.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl Room {
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
}

impl Rooms {
    /// Makes place for one more participant, or refuses and says when to ask again.
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
        if let Some(lost) = free.map(|(.., lost)| lost.clone()) {
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

    /// Asks everyone in a full room who has not been heard of for a while whether they are there.
    /// Returns the time by which all have answered or are closed, if anybody is being asked.
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

    /// Notes that the client of a connection is there.
    pub(crate) fn is_alive(&mut self, now: Instant, connection: ConnectionId) {
        self.stop_asking(connection);
        if let Some(it) = self.connections.get_mut(&connection) {
            it.heard = now;
            it.asked = None;
        }
    }

    /// Stops waiting for the answer of a connection.
    pub(crate) fn stop_asking(&mut self, connection: ConnectionId) {
        let asked = self.connections.get(&connection).and_then(|it| it.asked);
        if let Some(at) = asked {
            let at = at + self.config.answer;
            self.timers.cancel(at, Timer::Answer(connection));
        }
    }

    /// Holds the place of a participant whose connection is gone, unless too many connections and held
    /// places are of its address: then the participant is gone at once.
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

    /// Stops holding a place: its participant is back, or is gone for good.
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

    /// Takes a participant out whose place was held for long enough.
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
