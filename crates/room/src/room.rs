//! One room and who is in it.

use std::collections::{BTreeMap, VecDeque};

use protocol::{CallCode, LeaveReason, Media, Name, Participant, ParticipantId, Role};
use web_time::Instant;

use crate::history::History;
use crate::inflow::Inflow;
use crate::{CallState, ConnectionId, RelayUser};

/// How many of those that are gone a room remembers, so that who was away hears of it.
const MAX_GONE: usize = 64;
/// How many of those that were removed a room remembers, so that their tickets are void.
const MAX_REMOVED: usize = 256;

pub(crate) struct Room {
    pub(crate) created: Instant,
    /// When the call began (unix milliseconds); see [`CallState`].
    pub(crate) opened: u64,
    pub(crate) locked: bool,
    /// How often the lock was changed.
    pub(crate) version: u64,
    /// Who made it showed a ticket: the server has restarted.
    pub(crate) brought_back: bool,
    /// Closed to newcomers until then; see [`crate::Config::settle`].
    pub(crate) settles: Option<Instant>,
    pub(crate) members: BTreeMap<ParticipantId, Member>,
    pub(crate) code: Option<LiveCode>,
    gone: VecDeque<(ParticipantId, LeaveReason)>,
    removed: VecDeque<ParticipantId>,
}

/// A participant.
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) media: Media,
    pub(crate) entered: Instant,
    pub(crate) link: Link,
    /// Whom the relay knows it as.
    pub(crate) relay: Option<RelayUser>,
    /// When its ticket was issued (unix seconds).
    pub(crate) ticket_issued: u64,
    pub(crate) history: History,
    /// What the others may have said to it.
    pub(crate) inflow: Inflow,
}

/// How a participant can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Connected(ConnectionId),
    /// Its connection was lost; its place is held until then.
    Lost {
        since: Instant,
        until: Instant,
    },
}

/// A call code that works.
pub(crate) struct LiveCode {
    pub(crate) code: CallCode,
    pub(crate) expires: Instant,
}

impl Room {
    pub(crate) fn new(now: Instant, opened: u64) -> Self {
        Self {
            created: now,
            opened,
            locked: false,
            version: 0,
            brought_back: false,
            settles: None,
            members: BTreeMap::new(),
            code: None,
            gone: VecDeque::new(),
            removed: VecDeque::new(),
        }
    }

    /// A room as a ticket tells of it.
    pub(crate) fn bring_back(now: Instant, call: CallState, settles: Instant) -> Self {
        Self {
            locked: call.locked,
            version: call.version,
            brought_back: true,
            settles: Some(settles),
            removed: call.removed.into(),
            ..Self::new(now, call.opened)
        }
    }

    /// What tickets say of it.
    pub(crate) fn call(&self) -> CallState {
        let skip = self.removed.len().saturating_sub(CallState::REMOVED);
        CallState {
            opened: self.opened,
            version: self.version,
            locked: self.locked,
            removed: self.removed.iter().skip(skip).cloned().collect(),
        }
    }

    /// Only hosts and holders of a ticket may enter.
    pub(crate) fn is_closed(&self) -> bool {
        self.locked || self.settles.is_some()
    }

    /// The participants but one, as a client sees them.
    pub(crate) fn participants(&self, but: &ParticipantId) -> Vec<Participant> {
        self.members
            .iter()
            .filter(|(id, _)| *id != but)
            .map(|(id, member)| member.participant(id))
            .collect()
    }

    /// The first of the others, in the order in which they are listed, that is connected.
    pub(crate) fn first_connected(&self, but: &ParticipantId) -> Option<&ParticipantId> {
        let mut others = self.members.iter().filter(|(id, _)| *id != but);
        let first = others.find(|(_, member)| member.connection().is_some());
        first.map(|(id, _)| id)
    }

    /// Whom a lobby sees: nobody in a closed room, which must look like one that is not there.
    pub(crate) fn names_in_lobby(&self) -> Vec<Name> {
        if self.is_closed() {
            return Vec::new();
        }
        self.members
            .values()
            .filter(|member| member.connection().is_some())
            .map(|member| member.name.clone())
            .collect()
    }

    /// The participant whose connection was lost first, if any.
    pub(crate) fn longest_lost(&self) -> Option<ParticipantId> {
        self.members
            .iter()
            .filter_map(|(id, member)| match member.link {
                Link::Lost { since, .. } => Some((since, id)),
                Link::Connected(_) => None,
            })
            .min()
            .map(|(_, id)| id.clone())
    }

    /// Takes a participant out and remembers why it is gone.
    pub(crate) fn take_out(&mut self, id: &ParticipantId, reason: LeaveReason) -> Option<Member> {
        let member = self.members.remove(id)?;
        push_bounded(&mut self.gone, (id.clone(), reason), MAX_GONE);
        if reason == LeaveReason::Removed {
            self.note_removed(id);
        }
        Some(member)
    }

    /// Remembers that somebody was removed; false if that was known.
    pub(crate) fn note_removed(&mut self, id: &ParticipantId) -> bool {
        let new = !self.was_removed(id);
        if new {
            push_bounded(&mut self.removed, id.clone(), MAX_REMOVED);
        }
        new
    }

    /// Those that are gone, oldest first.
    pub(crate) fn gone(&self) -> impl Iterator<Item = &(ParticipantId, LeaveReason)> {
        self.gone.iter()
    }

    /// Forgets that a participant was gone, for it is here again; whether it was.
    pub(crate) fn came_back(&mut self, id: &ParticipantId) -> bool {
        let before = self.gone.len();
        self.gone.retain(|(gone, _)| gone != id);
        self.gone.len() < before
    }

    pub(crate) fn was_removed(&self, id: &ParticipantId) -> bool {
        self.removed.contains(id)
    }
}

impl Member {
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self.link {
            Link::Connected(connection) => Some(connection),
            Link::Lost { .. } => None,
        }
    }

    pub(crate) fn participant(&self, id: &ParticipantId) -> Participant {
        Participant {
            id: id.clone(),
            name: self.name.clone(),
            role: self.role,
            media: self.media,
            connected: self.connection().is_some(),
        }
    }
}

fn push_bounded<T>(list: &mut VecDeque<T>, item: T, max: usize) {
    if list.len() >= max {
        list.pop_front();
    }
    list.push_back(item);
}
