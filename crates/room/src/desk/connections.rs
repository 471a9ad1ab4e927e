//! The open connections, and whether each is in no room, in a lobby or in a call.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::{AddressGroup, ParticipantId, RoomId};
use web_time::Instant;

use super::ice::Ice;
use super::per_address::PerAddress;
use crate::SocketId;
use crate::rate::{Bucket, Rate};

/// How many messages too many a connection may send before it is closed.
const EXCESS_BURST: u32 = 120;

/// One client's connection.
pub(super) struct Connection {
    pub(super) group: AddressGroup,
    pub(super) state: State,
    pub(super) ice: Ice,
    /// When it was opened, or an input last showed that the client is there.
    heard: Instant,
    /// When the client was asked whether it is there, if it has not answered yet.
    asked: Option<Instant>,
    /// The locked room outside of which its client waits.
    pub(super) waits_at: Option<RoomId>,
    messages: Bucket,
    excess: Bucket,
}

/// How far a connection has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It has yet to say what it wants.
    Fresh { speak_by: Instant },
    /// In no room: after `find`, a refused `join`, or `leave`.
    Idle,
    /// Looking into a room.
    Lobby(RoomId),
    /// A participant.
    Joined(RoomId, ParticipantId),
}

/// How fast a connection may send messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageRate {
    messages: Rate,
    excess: Rate,
}

/// The error for a message that exceeds the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany {
    pub(super) wait: Duration,
    /// Whether so many messages exceeded the rate that the connection is to be closed.
    pub(super) excessive: bool,
}

impl MessageRate {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let second = Duration::from_secs(1);
        Self {
            messages: Rate::new(per_second, second, burst),
            excess: Rate::new(per_second.min(1), second, EXCESS_BURST),
        }
    }
}

impl Connection {
    pub(super) fn new(now: Instant, group: AddressGroup, ice: Ice, speak_by: Instant) -> Self {
        Self {
            group,
            state: State::Fresh { speak_by },
            ice,
            heard: now,
            asked: None,
            waits_at: None,
            messages: Bucket::full(now),
            excess: Bucket::full(now),
        }
    }

    /// Counts one message against the rate.
    pub(super) fn take(&mut self, rate: MessageRate, now: Instant) -> Result<(), TooMany> {
        self.messages.take(rate.messages, now).map_err(|wait| {
            let excessive = self.excess.take(rate.excess, now).is_err();
            TooMany { wait, excessive }
        })
    }

    /// When the client was asked whether it is there, if it has not answered yet.
    pub(super) fn asked(&self) -> Option<Instant> {
        self.asked
    }

    /// Whether to ask the client if it is still there, because nothing came from it for `silence`. Notes
    /// that it was asked.
    pub(super) fn ask(&mut self, now: Instant, silence: Duration) -> bool {
        let asks = self.asked.is_none() && self.heard + silence <= now;
        if asks {
            self.asked = Some(now);
        }
        asks
    }

    /// Notes that something came from the client.
    pub(super) fn is_alive(&mut self, now: Instant) {
        self.heard = now;
        self.asked = None;
    }
}

/// All connections, with counts by address of connections and of held places.
#[derive(Default)]
pub(super) struct Connections {
    by_id: BTreeMap<SocketId, Connection>,
    per_address: PerAddress,
    /// How many places are held for participants of an address.
    held: PerAddress,
}

impl Connections {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many connections come from this group of addresses.
    pub(super) fn at(&self, group: AddressGroup) -> usize {
        self.per_address.of(group)
    }

    /// How many connections and held places belong to this group of addresses.
    pub(super) fn at_with_held(&self, group: AddressGroup) -> usize {
        self.at(group) + self.held.of(group)
    }

    pub(super) fn get(&self, id: SocketId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn contains(&self, id: SocketId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn group_of(&self, id: SocketId) -> Option<AddressGroup> {
        Some(self.get(id)?.group)
    }

    /// The participant on a connection, and its room.
    pub(super) fn participant(&self, id: SocketId) -> Option<(RoomId, ParticipantId)> {
        match &self.get(id)?.state {
            State::Joined(room, me) => Some((room.clone(), me.clone())),
            _ => None,
        }
    }

    /// How many connections are in a lobby.
    pub(super) fn in_lobbies(&self) -> usize {
        let all = self.by_id.values();
        all.filter(|it| matches!(it.state, State::Lobby(_))).count()
    }

    pub(super) fn insert(&mut self, id: SocketId, connection: Connection) {
        self.per_address.add(connection.group);
        self.by_id.insert(id, connection);
    }

    pub(super) fn remove(&mut self, id: SocketId) -> Option<Connection> {
        let connection = self.by_id.remove(&id)?;
        self.per_address.remove(connection.group);
        Some(connection)
    }

    /// Counts a place that is held for somebody from this group of addresses.
    pub(super) fn hold(&mut self, group: AddressGroup) {
        self.held.add(group);
    }

    /// Counts a held place no longer.
    pub(super) fn release(&mut self, group: AddressGroup) {
        self.held.remove(group);
    }

    /// Removes all connections and returns their ids.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = SocketId> + use<> {
        self.per_address.clear();
        self.held.clear();
        std::mem::take(&mut self.by_id).into_keys()
    }
}
