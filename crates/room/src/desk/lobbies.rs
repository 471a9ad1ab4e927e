//! Lobbies: connections that look into a room before they enter it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Name, RoomId, ServerMessage};
use web_time::Instant;

use crate::ConnectionId;
use crate::rooms::{Refusal, Rooms, SERVER_BUSY, State};
use crate::timers::Timer;

/// Who looks into one room (which need not be there), and what they were shown last.
pub(crate) struct Lobby {
    watchers: BTreeSet<ConnectionId>,
    shown: Vec<Name>,
}

impl Rooms {
    /// Shows a connection who is in a room, from now on.
    pub(crate) fn peek(
        &mut self,
        now: Instant,
        from: ConnectionId,
        id: RoomId,
    ) -> Result<(), Refusal> {
        self.waits_no_more(now, from);
        let state = self.connections.get(&from).map(|it| &it.state);
        if state != Some(&State::Lobby(id.clone())) {
            self.make_place_in_lobby(from, &id)?;
            self.leave_lobby(from);
        }
        let names = self.names_in_lobby(&id);
        let lobby = self.lobbies.entry(id.clone()).or_insert_with(|| Lobby {
            watchers: BTreeSet::new(),
            shown: names.clone(),
        });
        lobby.watchers.insert(from);
        if let Some(connection) = self.connections.get_mut(&from) {
            connection.state = State::Lobby(id.clone());
        }
        let message = self.lobby_message(from, id, names);
        self.send(from, message);
        Ok(())
    }

    /// Makes place for one more in a full lobby. A watcher of the address that has the most watchers
    /// there has to leave, if the newcomer's address would still have fewer.
    fn make_place_in_lobby(&mut self, from: ConnectionId, id: &RoomId) -> Result<(), Refusal> {
        let Some(lobby) = self.lobbies.get(id) else {
            return Ok(());
        };
        if lobby.watchers.len() < self.config.max_lobbies_per_room {
            return Ok(());
        }
        let group = |it: &ConnectionId| self.connections.get(it).map(|it| it.group);
        let mut by_group: BTreeMap<_, Vec<ConnectionId>> = BTreeMap::new();
        for watcher in &lobby.watchers {
            by_group.entry(group(watcher)).or_default().push(*watcher);
        }
        let mine = by_group.get(&group(&from)).map_or(0, Vec::len);
        let most = by_group.into_values().max_by_key(Vec::len);
        let most = most.filter(|most| most.len() > mine + 1);
        let last = most.and_then(|most| most.last().copied());
        let last = last.ok_or(SERVER_BUSY)?;
        self.set_state(last, State::Idle);
        self.send_error(last, SERVER_BUSY, Some("peek".to_owned()));
        Ok(())
    }

    /// Leaves the lobby that the connection is in, before it enters another. The connection keeps its
    /// relay user.
    fn leave_lobby(&mut self, id: ConnectionId) {
        let connection = self.connections.get_mut(&id);
        let state = connection.map(|it| std::mem::replace(&mut it.state, State::Idle));
        match state {
            Some(State::Fresh { speak_by }) => {
                self.timers.cancel(speak_by, Timer::FirstMessage(id));
            }
            Some(State::Lobby(room)) => self.unwatch(id, &room),
            Some(State::Idle | State::Joined(..)) | None => {}
        }
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
