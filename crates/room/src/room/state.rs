//! What a room knows, and how it tells its members.

use std::collections::{BTreeMap, VecDeque};

use protocol::{
    AddressGroup, CloseCode, LeaveReason, Name, Participant, ParticipantId, RoomId, ServerMessage,
};
use web_time::Instant;

use super::kept_out::{KeptOutList, Marks};
use super::member::Member;
use crate::snapshot::{ParticipantView, RoomView};
use crate::{CallState, RelayUser, SocketId};

/// How many participants that are gone a room remembers. Others who were away hear of them when they
/// are back, and their own tickets are judged by it.
const MAX_GONE: usize = 64;

/// One room.
pub(crate) struct Room {
    pub(super) id: RoomId,
    created: Instant,
    /// When the call began (unix milliseconds); see [`CallState`].
    pub(super) opened: u64,
    pub(super) locked: bool,
    /// How often the lock was changed.
    pub(super) version: u64,
    pub(super) origin: Origin,
    /// Closed to newcomers until then; see [`crate::Config::settle`].
    pub(super) settles: Option<Instant>,
    /// Until when the room waits for its host to come back. Nobody else becomes host before that.
    pub(super) host_until: Option<Instant>,
    /// Whether two people were in the call at the same time at any moment.
    pub(super) has_met: bool,
    /// Whether tickets from before the server was started let in people who were not seen since.
    pub(super) recalls: bool,
    /// When the last participant arrived (unix milliseconds).
    last_arrival: u64,
    pub(super) members: BTreeMap<ParticipantId, Member>,
    pub(super) kept_out: KeptOutList,
    /// How many wait outside, as the hosts were told.
    pub(super) waiting: u32,
    gone: VecDeque<(ParticipantId, LeaveReason)>,
    outputs: VecDeque<RoomOutput>,
}

/// How a room came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody with the secret made it.
    Made,
    /// Somebody with the secret made it. Later a ticket showed that its call had begun before the
    /// server was started.
    GoesOn,
    /// Somebody with a ticket from before the server was started made it.
    BroughtBack,
}

/// What a room wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoomOutput {
    /// Send a message to these connections.
    Send {
        to: Vec<SocketId>,
        message: ServerMessage,
    },
    /// Close a connection, which has no participant any more.
    Close {
        connection: SocketId,
        code: CloseCode,
    },
    /// Count a held place for this group of addresses.
    Hold(AddressGroup),
    /// Count one held place less.
    Release(AddressGroup),
    /// Revoke this user at the relay, which ends the user's allocations.
    Revoke(RelayUser),
}

/// What a call leaves to the next one in its room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Left {
    locked: bool,
    kept_out: KeptOutList,
}

impl Left {
    /// A room that leaves its lock alone, and nobody who is kept out.
    pub(crate) fn only_lock(locked: bool) -> Self {
        Self {
            locked,
            ..Self::default()
        }
    }

    #[cfg(test)]
    pub(crate) fn is_locked(&self) -> bool {
        self.locked
    }

    /// Drops what is beyond the bound of what is remembered of a room.
    pub(crate) fn shorten(&mut self) {
        // Somebody whom the shorter list no longer keeps out must not get in: a lock keeps everyone out.
        self.locked |= self.kept_out.shorten();
    }

    /// Whether the next call has to know nothing of this one.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.locked && self.kept_out.is_empty()
    }
}

impl Room {
    /// An empty room. `opened` is when its call began (unix milliseconds).
    pub(crate) fn new(id: RoomId, now: Instant, opened: u64, left: Left) -> Self {
        Self {
            id,
            created: now,
            opened,
            locked: left.locked,
            version: 0,
            origin: Origin::Made,
            settles: None,
            host_until: None,
            has_met: false,
            recalls: false,
            last_arrival: 0,
            members: BTreeMap::new(),
            kept_out: left.kept_out,
            waiting: 0,
            gone: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// A room as a ticket tells of it.
    pub(super) fn as_told(
        id: RoomId,
        now: Instant,
        call: CallState,
        settles: Instant,
        host_until: Instant,
    ) -> Self {
        let left = Left {
            locked: call.locked,
            kept_out: call.removed.into(),
        };
        Self {
            version: call.version,
            origin: Origin::BroughtBack,
            settles: Some(settles),
            host_until: Some(host_until),
            has_met: true,
            recalls: true,
            gone: call
                .left
                .into_iter()
                .map(|id| (id, LeaveReason::Left))
                .collect(),
            ..Self::new(id, now, call.opened, left)
        }
    }

    /// What the next call in the same room has to know of this one.
    pub(crate) fn into_left(self) -> Left {
        Left {
            locked: self.locked,
            kept_out: self.kept_out,
        }
    }

    /// What tickets say of it.
    pub(super) fn call(&self) -> CallState {
        let left = self
            .gone
            .iter()
            .filter(|(_, reason)| *reason == LeaveReason::Left);
        let mut left: Vec<_> = left.map(|(id, _)| id.clone()).collect();
        let skip = left.len().saturating_sub(CallState::LEFT);
        CallState {
            opened: self.opened,
            version: self.version,
            locked: self.locked,
            removed: self.kept_out.in_tickets(),
            left: left.split_off(skip),
        }
    }

    /// The next thing that the room wants done.
    pub(crate) fn poll_output(&mut self) -> Option<RoomOutput> {
        self.outputs.pop_front()
    }

    pub(super) fn push(&mut self, output: RoomOutput) {
        self.outputs.push_back(output);
    }

    /// Whether nobody is in it, and no place is held for anybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many participants it has, connected or held.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn contains(&self, participant: &ParticipantId) -> bool {
        self.members.contains_key(participant)
    }

    /// When its call began (unix milliseconds).
    pub(crate) fn opened(&self) -> u64 {
        self.opened
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.locked
    }

    /// Only hosts and holders of a ticket may enter.
    pub(crate) fn is_closed(&self) -> bool {
        self.locked || self.settles.is_some()
    }

    /// Whether somebody with these marks was removed.
    pub(crate) fn keeps_out(&self, marks: Marks) -> bool {
        self.kept_out.knows(marks)
    }

    /// Whether somebody with the device of these marks was removed.
    pub(crate) fn keeps_out_device(&self, marks: Marks) -> bool {
        self.kept_out.knows_device(marks.device)
    }

    /// The connections of those who are connected.
    pub(crate) fn connections(&self) -> impl Iterator<Item = SocketId> {
        self.members.values().filter_map(Member::connection)
    }

    /// The user of the relay that a participant is.
    pub(crate) fn relay_user(&self, participant: &ParticipantId) -> Option<&RelayUser> {
        self.members.get(participant)?.relay.as_ref()
    }

    /// The arrival time of somebody who arrives now. It is later than all before.
    pub(super) fn arrival(&mut self, unix_ms: u64) -> u64 {
        self.last_arrival = unix_ms.max(self.last_arrival.saturating_add(1));
        self.last_arrival
    }

    /// The participants in the order in which they arrived.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&ParticipantId, &Member)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|(id, member)| (member.arrived, *id));
        members.into_iter()
    }

    /// The participants but one, as a client sees them.
    pub(super) fn participants(&self, but: &ParticipantId) -> Vec<Participant> {
        self.in_order()
            .filter(|(id, _)| *id != but)
            .map(|(id, member)| member.participant(id))
            .collect()
    }

    /// The first of the other participants that is connected, in the order of the list.
    pub(super) fn first_connected(&self, but: &ParticipantId) -> Option<&ParticipantId> {
        let mut others = self.in_order().filter(|(id, _)| *id != but);
        let first = others.find(|(_, member)| member.connection().is_some());
        first.map(|(id, _)| id)
    }

    /// Whom a lobby sees: nobody in a closed room, which must look like one that is not there.
    pub(crate) fn names_in_lobby(&self) -> Vec<Name> {
        if self.is_closed() {
            return Vec::new();
        }
        self.in_order()
            .filter(|(_, member)| member.connection().is_some())
            .map(|(_, member)| member.name.clone())
            .collect()
    }

    /// What an operator sees of the room. `label` is shown in place of its id, which is secret.
    pub(crate) fn view(&self, now: Instant, label: String) -> RoomView {
        let age = |since| now.saturating_duration_since(since).as_secs();
        let members = self.members.iter();
        RoomView {
            label,
            age_seconds: age(self.created),
            locked: self.locked,
            participants: members
                .map(|(id, member)| ParticipantView {
                    id: id.clone(),
                    role: member.standing.role(),
                    connected: member.connection().is_some(),
                    age_seconds: age(member.entered),
                })
                .collect(),
        }
    }

    /// Remembers that somebody is gone; false if that was known.
    pub(super) fn note_gone(&mut self, id: &ParticipantId, reason: LeaveReason) -> bool {
        if self.gone.iter().any(|(gone, _)| gone == id) {
            return false;
        }
        if self.gone.len() >= MAX_GONE {
            self.gone.pop_front();
            // Now the room cannot tell somebody who left from somebody who was not seen since the
            // server was started, so it takes no more tickets of either.
            self.recalls = false;
        }
        self.gone.push_back((id.clone(), reason));
        true
    }

    /// Whether somebody who is not in the room may come in by a ticket. That is so after a lost
    /// connection, and while tickets from before the restart are taken.
    pub(super) fn may_return(&self, id: &ParticipantId) -> bool {
        match self.gone.iter().find(|(gone, _)| gone == id) {
            Some((_, reason)) => *reason == LeaveReason::Lost,
            None => self.recalls,
        }
    }

    /// Those that are gone, oldest first.
    pub(super) fn gone(&self) -> impl Iterator<Item = &(ParticipantId, LeaveReason)> {
        self.gone.iter()
    }

    /// Whether this participant was here and is gone.
    pub(crate) fn is_gone(&self, id: &ParticipantId) -> bool {
        self.gone.iter().any(|(gone, _)| gone == id)
    }

    /// Forgets that a participant was gone, for it is here again.
    pub(super) fn came_back(&mut self, id: &ParticipantId) {
        self.gone.retain(|(gone, _)| gone != id);
    }

    /// Sends a message to everybody but one participant.
    pub(super) fn tell_others(&mut self, but: &ParticipantId, message: ServerMessage) {
        self.tell_those(|id, _| id != but, message);
    }

    /// Tells the others whether a participant is connected.
    pub(super) fn tell_of_connection(&mut self, me: &ParticipantId, connected: bool, missed: bool) {
        let message = ServerMessage::ParticipantConnection {
            participant: me.clone(),
            connected,
            missed,
        };
        self.tell_others(me, message);
    }

    /// Sends a message to everybody.
    pub(super) fn tell_all(&mut self, message: ServerMessage) {
        self.tell_those(|_, _| true, message);
    }

    /// Sends a message to the hosts.
    pub(super) fn tell_hosts(&mut self, message: ServerMessage) {
        self.tell_those(|_, member| member.standing.is_host(), message);
    }

    /// Tells one participant.
    pub(super) fn tell(&mut self, who: &ParticipantId, message: ServerMessage) {
        self.tell_those(|id, _| id == who, message);
    }

    /// Sends a message to those for whom `whom` is true, and keeps it for those of them who are away.
    pub(super) fn tell_those(
        &mut self,
        whom: impl Fn(&ParticipantId, &Member) -> bool,
        message: ServerMessage,
    ) {
        let mut to = Vec::new();
        let members = self.members.iter_mut();
        for (_, member) in members.filter(|(id, member)| whom(id, member)) {
            member.history.note(&message);
            to.extend(member.connection());
        }
        if !to.is_empty() {
            self.push(RoomOutput::Send { to, message });
        }
    }

    /// Sends something that is not counted, or was counted before.
    pub(super) fn send(&mut self, to: SocketId, message: ServerMessage) {
        let to = vec![to];
        self.push(RoomOutput::Send { to, message });
    }

    /// Closes a connection that has no participant any more.
    pub(super) fn close(&mut self, connection: SocketId, code: CloseCode) {
        self.push(RoomOutput::Close { connection, code });
    }
}
