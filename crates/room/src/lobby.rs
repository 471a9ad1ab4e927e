//! Lobbies: connections that look into a room before they enter it.

use std::collections::BTreeSet;

use protocol::{Name, RoomId, ServerMessage};

use crate::ConnectionId;
use crate::rooms::{Refusal, Rooms, SERVER_BUSY, State};

/// Who looks into one room (which need not be there), and what they were shown last.
pub(crate) struct Lobby {
    watchers: BTreeSet<ConnectionId>,
    shown: Vec<Name>,
}

impl Rooms {
    /// Shows a connection who is in a room, from now on.
    pub(crate) fn peek(&mut self, from: ConnectionId, id: RoomId) -> Result<(), Refusal> {
        let max = self.config.max_lobbies_per_room;
        let is_full =
            |lobby: &Lobby| lobby.watchers.len() >= max && !lobby.watchers.contains(&from);
        if self.lobbies.get(&id).is_some_and(is_full) {
            return Err(SERVER_BUSY);
        }
        // First out of the old lobby, which may be the same one.
        self.set_state(from, State::Idle);
        let names = self.names_in_lobby(&id);
        let lobby = self.lobbies.entry(id.clone()).or_insert_with(|| Lobby {
            watchers: BTreeSet::new(),
            shown: names.clone(),
        });
        lobby.watchers.insert(from);
        self.set_state(from, State::Lobby(id.clone()));
        let message = self.lobby_message(from, id, names);
        self.send(from, message);
        Ok(())
    }

    pub(crate) fn unwatch(&mut self, connection: ConnectionId, id: &RoomId) {
        if let Some(lobby) = self.lobbies.get_mut(id) {
            lobby.watchers.remove(&connection);
            if lobby.watchers.is_empty() {
                self.lobbies.remove(id);
            }
        }
    }

    /// Tells those who look into a room, if what they see has changed. What they do not see (as
    /// in a locked room) they do not hear of either.
    pub(crate) fn show_in_lobby(&mut self, id: &RoomId) {
        if !self.lobbies.contains_key(id) {
            return;
        }
        let names = self.names_in_lobby(id);
        let Some(lobby) = self.lobbies.get_mut(id) else {
            return;
        };
        if lobby.shown == names {
            return;
        }
        lobby.shown.clone_from(&names);
        let watchers: Vec<_> = lobby.watchers.iter().copied().collect();
        for watcher in watchers {
            let message = self.lobby_message(watcher, id.clone(), names.clone());
            self.send(watcher, message);
        }
    }

    fn names_in_lobby(&self, id: &RoomId) -> Vec<Name> {
        self.rooms
            .get(id)
            .map(|room| room.names_in_lobby())
            .unwrap_or_default()
    }

    fn lobby_message(&mut self, to: ConnectionId, room: RoomId, names: Vec<Name>) -> ServerMessage {
        let ice_servers = self.ice_servers_in_lobby(to, names.is_empty());
        ServerMessage::Lobby {
            room,
            names,
            ice_servers,
        }
    }
}
