//! One room and who is in it.

use std::collections::{BTreeMap, VecDeque};

use protocol::{AddressGroup, CallCode, LeaveReason, Media, Name, Participant, ParticipantId};
use web_time::Instant;

use crate::history::History;
use crate::inflow::Inflow;
use crate::kept_out::KeptOutList;
use crate::rate::Bucket;
use crate::waiting::Waiting;
use crate::{CallState, ConnectionId, Mark, RelayUser, Standing};

/// How many participants that are gone a room remembers. Others who were away hear of them when they
/// are back, and their own tickets are judged by it.
const MAX_GONE: usize = 64;

pub(crate) struct Room {
    pub(crate) created: Instant,
    /// When the call began (unix milliseconds); see [`CallState`].
    pub(crate) opened: u64,
    pub(crate) locked: bool,
    /// How often the lock was changed.
    pub(crate) version: u64,
    pub(crate) origin: Origin,
    /// The address of whoever made the room.
    pub(crate) made_by: AddressGroup,
    /// Closed to newcomers until then; see [`crate::Config::settle`].
    pub(crate) settles: Option<Instant>,
    /// Until then the room waits for its host to come back, and nobody else becomes host.
    pub(crate) host_until: Option<Instant>,
    /// Whether two people were ever in it at the same time.
    pub(crate) has_met: bool,
    /// Whether tickets from before the server was started let in people who were not seen since.
    pub(crate) recalls: bool,
    /// When the last participant arrived (unix milliseconds).
    last_arrival: u64,
    pub(crate) members: BTreeMap<ParticipantId, Member>,
    pub(crate) code: Option<LiveCode>,
    pub(crate) kept_out: KeptOutList,
    pub(crate) waiting: Waiting,
    gone: VecDeque<(ParticipantId, LeaveReason)>,
}

/// How a room came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody with the secret made it.
    Made,
    /// Somebody with the secret made it. Later a ticket showed that its call had begun before the
    /// server was started.
    GoesOn,
    /// Somebody with a ticket from before the server was started made it.
    BroughtBack,
}

/// A participant.
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) standing: Standing,
    pub(crate) media: Media,
    pub(crate) entered: Instant,
    /// When it arrived (unix milliseconds); people are listed in this order.
    pub(crate) arrived: u64,
    /// The address of its last connection.
    pub(crate) group: AddressGroup,
    /// The mark of its device, if it showed a device token.
    pub(crate) device: Option<Mark>,
    pub(crate) link: Link,
    /// Whom the relay knows it as.
    pub(crate) relay: Option<RelayUser>,
    /// When its ticket was issued (unix seconds).
    pub(crate) ticket_issued: u64,
    pub(crate) history: History,
    /// How much more the others may say to it.
    pub(crate) inflow: Inflow,
    /// How many more texts it may write.
    pub(crate) chats: Bucket,
}

/// How a participant can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Connected(ConnectionId),
    /// Its connection was lost; its place is held until then.
    Lost {
        since: Instant,
        until: Instant,
        /// The reason that is given if it does not come back.
        reason: LeaveReason,
    },
}

/// Why a place is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The connection was lost.
    Lost,
    /// The page goes away and may be loaded anew.
    Away,
}

/// A call code that works.
pub(crate) struct LiveCode {
    pub(crate) code: CallCode,
    pub(crate) expires: Instant,
}

impl Room {
    pub(crate) fn new(now: Instant, made_by: AddressGroup, opened: u64) -> Self {
        Self {
            created: now,
            opened,
            locked: false,
            version: 0,
            origin: Origin::Made,
            made_by,
            settles: None,
            host_until: None,
            has_met: false,
            recalls: false,
            last_arrival: 0,
            members: BTreeMap::new(),
            code: None,
            kept_out: KeptOutList::default(),
            waiting: Waiting::default(),
            gone: VecDeque::new(),
        }
    }

    /// A room as a ticket tells of it.
    pub(crate) fn bring_back(
        now: Instant,
        made_by: AddressGroup,
        call: CallState,
        settles: Instant,
        host_until: Instant,
    ) -> Self {
        Self {
            locked: call.locked,
            version: call.version,
            origin: Origin::BroughtBack,
            settles: Some(settles),
            host_until: Some(host_until),
            has_met: true,
            recalls: true,
            kept_out: call.removed.into(),
            gone: call
                .left
                .into_iter()
                .map(|id| (id, LeaveReason::Left))
                .collect(),
            ..Self::new(now, made_by, call.opened)
        }
    }

    /// What tickets say of it.
    pub(crate) fn call(&self) -> CallState {
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

    /// The arrival time of somebody who arrives now. It is later than all before.
    pub(crate) fn arrival(&mut self, unix_ms: u64) -> u64 {
        self.last_arrival = unix_ms.max(self.last_arrival.saturating_add(1));
        self.last_arrival
    }

    /// The participants in the order in which they arrived.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&ParticipantId, &Member)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|(id, member)| (member.arrived, *id));
        members.into_iter()
    }

    /// Only hosts and holders of a ticket may enter.
    pub(crate) fn is_closed(&self) -> bool {
        self.locked || self.settles.is_some()
    }

    /// The participants but one, as a client sees them.
    pub(crate) fn participants(&self, but: &ParticipantId) -> Vec<Participant> {
        self.in_order()
            .filter(|(id, _)| *id != but)
            .map(|(id, member)| member.participant(id))
            .collect()
    }

    /// The first of the others, in the order in which they are listed, that is connected.
    pub(crate) fn first_connected(&self, but: &ParticipantId) -> Option<&ParticipantId> {
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

    /// Takes a participant out and remembers why it is gone.
    pub(crate) fn take_out(&mut self, id: &ParticipantId, reason: LeaveReason) -> Option<Member> {
        let member = self.members.remove(id)?;
        self.note_gone(id, reason);
        Some(member)
    }

    /// Remembers that somebody is gone; false if that was known.
    pub(crate) fn note_gone(&mut self, id: &ParticipantId, reason: LeaveReason) -> bool {
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
    pub(crate) fn may_return(&self, id: &ParticipantId) -> bool {
        match self.gone.iter().find(|(gone, _)| gone == id) {
            Some((_, reason)) => *reason == LeaveReason::Lost,
            None => self.recalls,
        }
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
            role: self.standing.role(),
            media: self.media,
            connected: self.connection().is_some(),
        }
    }
}
