//! Lobbies: connections that look into a room before they enter it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{AddressGroup, Name, RoomId};

use crate::SocketId;

/// All lobbies by their rooms. A lobby can be that of a room that does not exist.
#[derive(Debug, Default)]
pub(super) struct Lobbies(BTreeMap<RoomId, Lobby>);

/// The connections that look into one room, and the names that they were shown last.
#[derive(Debug)]
struct Lobby {
    watchers: BTreeSet<SocketId>,
    shown: Vec<Name>,
}

impl Lobbies {
    /// How many look into a room.
    pub(super) fn watchers(&self, room: &RoomId) -> usize {
        self.0.get(room).map_or(0, |it| it.watchers.len())
    }

    /// Adds a connection to the lobby of a room. `names` are those that it is shown.
    pub(super) fn watch(&mut self, connection: SocketId, room: &RoomId, names: &[Name]) {
        let lobby = self.0.entry(room.clone()).or_insert_with(|| Lobby {
            watchers: BTreeSet::new(),
            shown: names.to_vec(),
        });
        lobby.watchers.insert(connection);
    }

    pub(super) fn unwatch(&mut self, connection: SocketId, room: &RoomId) {
        if let Some(lobby) = self.0.get_mut(room) {
            lobby.watchers.remove(&connection);
            if lobby.watchers.is_empty() {
                self.0.remove(room);
            }
        }
    }

    /// Which connection has to leave a full lobby, so that somebody from `newcomer` can look in: one from
    /// the address that has the most there. None if the newcomer's address would then have as many.
    pub(super) fn one_too_many(
        &self,
        room: &RoomId,
        newcomer: Option<AddressGroup>,
        group_of: impl Fn(SocketId) -> Option<AddressGroup>,
    ) -> Option<SocketId> {
        let mut by_group: BTreeMap<_, Vec<SocketId>> = BTreeMap::new();
        for watcher in &self.0.get(room)?.watchers {
            by_group
                .entry(group_of(*watcher))
                .or_default()
                .push(*watcher);
        }
        let mine = by_group.get(&newcomer).map_or(0, Vec::len);
        let most = by_group.into_values().max_by_key(Vec::len);
        let most = most.filter(|most| most.len() > mine + 1);
        most.and_then(|most| most.last().copied())
    }

    /// The connections to tell that `names` are in the room now; none if they were told so already.
    pub(super) fn change(&mut self, room: &RoomId, names: &[Name]) -> Vec<SocketId> {
        match self.0.get_mut(room) {
            Some(lobby) if lobby.shown != names => {
                lobby.shown = names.to_vec();
                lobby.watchers.iter().copied().collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
