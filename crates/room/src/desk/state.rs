//! What the desk knows, and what follows whenever something changes in a room or a connection ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{AddressGroup, CloseCode, Error, IceServer, Name, RoomId, ServerMessage};
use web_time::Instant;

use super::codes::Codes;
use super::connections::{Connections, State};
use super::ended::Ended;
use super::ice::Signing;
use super::lobbies::Lobbies;
use super::timers::{Timer, Timers};
use super::tries::Tries;
use super::waiting::Waiting;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::room::{Context, Hold, Room, RoomOutput};
use crate::{Anchor, Config, Counters, Keys, Output, RelayUser, SocketId};

/// All rooms, and all connections to them.
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) anchor: Anchor,
    /// When what is being dealt with happened.
    pub(super) now: Instant,
    pub(super) random: Random,
    pub(super) connections: Connections,
    pub(super) rooms: BTreeMap<RoomId, OpenRoom>,
    pub(super) codes: Codes,
    pub(super) lobbies: Lobbies,
    pub(super) tries: Tries,
    pub(super) timers: Timers,
    pub(super) ended: Ended,
    pub(super) counters: Counters,
    /// When the last room was made (unix milliseconds): no two are made at the same time.
    last_opened: u64,
    /// The rooms in which something has changed.
    changed: BTreeSet<RoomId>,
    outputs: VecDeque<Output>,
}

/// A room, and what the desk knows of it.
pub(super) struct OpenRoom {
    pub(super) room: Room,
    /// The address of whoever made the room.
    pub(super) made_by: AddressGroup,
    /// Who waits outside.
    pub(super) waiting: Waiting,
    /// When the room's own timer is due.
    due: Option<Instant>,
    /// When to look again whether the hosts have to be told how many wait outside.
    waiting_due: Option<Instant>,
}

impl OpenRoom {
    pub(super) fn new(room: Room, made_by: AddressGroup) -> Self {
        Self {
            room,
            made_by,
            waiting: Waiting::default(),
            due: None,
            waiting_due: None,
        }
    }
}

impl Desk {
    pub(super) fn new(config: Config, keys: Keys, anchor: Anchor, random: Random) -> Self {
        Self {
            tries: Tries::new(&config, anchor.instant),
            ended: Ended::new(config.ticket_lifetime),
            now: anchor.instant,
            config,
            keys,
            anchor,
            random,
            connections: Connections::default(),
            rooms: BTreeMap::new(),
            codes: Codes::default(),
            lobbies: Lobbies::default(),
            timers: Timers::default(),
            counters: Counters::default(),
            last_opened: 0,
            changed: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    pub(super) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn send(&mut self, to: SocketId, message: ServerMessage) {
        self.counters.message_out(&message, 1);
        self.push(Output::Send { to, message });
    }

    pub(super) fn send_error(&mut self, to: SocketId, refusal: Refusal, refused: Option<String>) {
        let error = Error {
            code: refusal.code,
            message: refusal.message.to_owned(),
            refused,
            retry_after_ms: refusal
                .retry_after
                // Rounded up: who waits that long is let through.
                .map(|wait| {
                    u64::try_from(wait.as_millis())
                        .unwrap_or(u64::MAX)
                        .saturating_add(1)
                }),
        };
        self.send(to, ServerMessage::Error(error));
    }

    fn send_to_each(&mut self, to: Vec<SocketId>, message: ServerMessage) {
        match to[..] {
            [to] => self.send(to, message),
            _ => {
                self.counters.message_out(&message, to.len());
                self.push(Output::SendMany { to, message });
            }
        }
    }

    // Rooms.

    /// What a room is given with each input.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            anchor: &self.anchor,
            config: &self.config,
            key: &self.keys.ticket,
        }
    }

    pub(super) fn room(&self, id: &RoomId) -> Option<&Room> {
        Some(&self.rooms.get(id)?.room)
    }

    /// When a room is made that is made now (unix milliseconds).
    pub(super) fn next_opened(&mut self) -> u64 {
        let unix_ms = self.anchor.unix_ms(self.now);
        self.last_opened = unix_ms.max(self.last_opened.saturating_add(1));
        self.last_opened
    }

    /// Calls `happens` with a room, and then performs the outputs of the room. None if there is no such
    /// room.
    pub(super) fn in_room<T>(
        &mut self,
        id: &RoomId,
        happens: impl FnOnce(&mut Room, &Context<'_>) -> T,
    ) -> Option<T> {
        let entry = self.rooms.get_mut(id)?;
        let context = Context {
            now: self.now,
            anchor: &self.anchor,
            config: &self.config,
            key: &self.keys.ticket,
        };
        let result = happens(&mut entry.room, &context);
        while let Some(output) = self.poll_room(id) {
            match output {
                RoomOutput::Send { to, message } => self.send_to_each(to, message),
                RoomOutput::Close { connection, code } => {
                    self.set_state(connection, State::Idle);
                    self.close(connection, code);
                }
                RoomOutput::Hold(group) => self.connections.hold(group),
                RoomOutput::Release(group) => self.connections.release(group),
                RoomOutput::Revoke(user) => self.push(Output::Revoke { user }),
            }
        }
        if let Some(entry) = self.rooms.get_mut(id) {
            let due = entry.room.poll_timeout();
            let before = std::mem::replace(&mut entry.due, due);
            self.timers.change(before, due, Timer::Room(id.clone()));
        }
        self.has_changed(id);
        Some(result)
    }

    fn poll_room(&mut self, id: &RoomId) -> Option<RoomOutput> {
        self.rooms.get_mut(id)?.room.poll_output()
    }

    /// Handles the timer of a room.
    pub(super) fn room_is_due(&mut self, id: &RoomId) {
        if let Some(entry) = self.rooms.get_mut(id) {
            entry.due = None;
        }
        self.in_room(id, |room, context| room.handle_timeout(context));
    }

    /// Handles the timer for telling the hosts of a room how many wait outside.
    pub(super) fn waiting_is_due(&mut self, id: &RoomId) {
        if let Some(entry) = self.rooms.get_mut(id) {
            entry.waiting_due = None;
        }
        self.has_changed(id);
    }

    /// Notes that something has changed in a room, or outside of it; see [`Self::settle`].
    pub(super) fn has_changed(&mut self, id: &RoomId) {
        self.changed.insert(id.clone());
    }

    /// Ends the changed rooms that are empty, and tells their hosts who waits and their lobbies who is in.
    /// It is called once after each input.
    pub(super) fn settle(&mut self) {
        while let Some(id) = self.changed.pop_first() {
            if self.room(&id).is_some_and(Room::is_empty) {
                self.end_room(&id);
            }
            self.tell_waiting(&id);
            self.show_in_lobby(&id);
        }
    }

    /// Ends a room, and remembers its lock and removals for the next call in it.
    fn end_room(&mut self, id: &RoomId) {
        let Some(entry) = self.take_room(id) else {
            return;
        };
        let opened = entry.room.opened();
        let left = entry.room.into_left();
        // Tickets of a call that began before the server was started could make the room again.
        let might_come_back = opened < self.anchor.unix_ms && !self.context().comes_late();
        if might_come_back || !left.is_nothing() {
            self.ended
                .remember(self.now, id, entry.made_by, opened, left);
        }
    }

    /// Removes a room with its code and its timers.
    pub(super) fn take_room(&mut self, id: &RoomId) -> Option<OpenRoom> {
        let entry = self.rooms.remove(id)?;
        self.codes.remove(id, &mut self.timers);
        self.timers.change(entry.due, None, Timer::Room(id.clone()));
        self.timers
            .change(entry.waiting_due, None, Timer::Waiting(id.clone()));
        Some(entry)
    }

    /// Tells the hosts of a room how many wait outside, if that has changed and it is time.
    fn tell_waiting(&mut self, id: &RoomId) {
        let Some(entry) = self.rooms.get_mut(id) else {
            return;
        };
        let news = entry.waiting.settle(self.now, entry.room.is_locked());
        let due = entry.waiting.next();
        let before = std::mem::replace(&mut entry.waiting_due, due);
        self.timers.change(before, due, Timer::Waiting(id.clone()));
        if let Some(count) = news {
            self.in_room(id, |room, _| room.tell_waiting(count));
        }
    }

    // Connections.

    /// Changes a connection's state, and puts right what hung on the old one.
    pub(super) fn set_state(&mut self, id: SocketId, state: State) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        match std::mem::replace(&mut connection.state, state) {
            State::Fresh { speak_by } => self.timers.cancel(speak_by, Timer::FirstMessage(id)),
            State::Lobby(room) => {
                self.lobbies.unwatch(id, &room);
                self.leave_lobby_relay(id);
            }
            State::Idle | State::Joined(..) => {}
        }
        self.stop_renewal(id);
    }

    /// Closes a connection from this side. A participant on it is lost, unless it is dealt with.
    pub(super) fn close(&mut self, connection: SocketId, code: CloseCode) {
        if self.connections.contains(connection) {
            self.forget(connection);
            self.push(Output::Close { connection, code });
        }
    }

    /// Takes away what hangs on a connection that is gone.
    pub(super) fn forget(&mut self, id: SocketId) {
        self.stop_renewal(id);
        self.leave_lobby_relay(id);
        self.stop_asking(id);
        self.waits_no_more(id);
        let Some(connection) = self.connections.remove(id) else {
            return;
        };
        // A client that did not answer counts as lost from when it was asked.
        let since = connection.asked().unwrap_or(self.now);
        match connection.state {
            State::Fresh { speak_by } => self.timers.cancel(speak_by, Timer::FirstMessage(id)),
            State::Lobby(room) => self.lobbies.unwatch(id, &room),
            State::Joined(room, participant) => {
                let may_hold = self.may_hold(connection.group);
                self.in_room(&room, |room, context| {
                    room.lost(context, (&participant, id), since, Hold::Lost, may_hold);
                });
            }
            State::Idle => {}
        }
    }

    /// Whether a place may be held for one more participant of this address.
    pub(super) fn may_hold(&self, group: AddressGroup) -> bool {
        self.connections.at_with_held(group) < self.config.max_connections_per_address
    }

    /// Stops waiting for the answer of a connection.
    pub(super) fn stop_asking(&mut self, id: SocketId) {
        let asked = self.connections.get(id).and_then(|it| it.asked());
        if let Some(at) = asked {
            let at = at + self.config.answer;
            self.timers.cancel(at, Timer::Answer(id));
        }
    }

    /// A connection does not ask to be let in any more.
    pub(super) fn waits_no_more(&mut self, connection: SocketId) {
        let it = self.connections.get_mut(connection);
        let Some(id) = it.and_then(|it| it.waits_at.take()) else {
            return;
        };
        if let Some(entry) = self.rooms.get_mut(&id) {
            entry.waiting.remove(connection);
            self.has_changed(&id);
        }
    }

    // Lobbies.

    /// The names that a lobby shows.
    pub(super) fn names_in_lobby(&self, id: &RoomId) -> Vec<Name> {
        self.room(id).map(Room::names_in_lobby).unwrap_or_default()
    }

    /// Tells those who look into a room, if what they see has changed. What they do not see (as
    /// in a locked room) they do not hear of either.
    fn show_in_lobby(&mut self, id: &RoomId) {
        if self.lobbies.watchers(id) == 0 {
            return;
        }
        let names = self.names_in_lobby(id);
        for watcher in self.lobbies.change(id, &names) {
            self.show_lobby(watcher, id.clone(), names.clone());
        }
    }

    /// Sends a connection the names that its lobby shows.
    pub(super) fn show_lobby(&mut self, to: SocketId, room: RoomId, names: Vec<Name>) {
        let ice_servers = self.ice_servers_in_lobby(to, names.is_empty());
        let message = ServerMessage::Lobby {
            room,
            names,
            ice_servers,
        };
        self.send(to, message);
    }

    // The relay.

    /// Makes a user of the relay for a connection and grants it, if there is a relay.
    pub(super) fn new_relay_user(&mut self, connection: SocketId) -> Option<RelayUser> {
        self.config.relay_key.as_ref()?;
        let address = self.connections.group_of(connection)?;
        let user = RelayUser::new(self.random.participant()?);
        self.push(Output::Grant {
            user: user.clone(),
            address,
        });
        Some(user)
    }

    /// The servers for somebody who looks into a room: with the relay only while somebody is to be
    /// seen there, whom it may soon call. So a relay is for those who could enter.
    fn ice_servers_in_lobby(&mut self, connection: SocketId, is_empty: bool) -> Vec<IceServer> {
        if is_empty {
            self.leave_lobby_relay(connection);
            return self.ice_servers(connection, None);
        }
        let known = self.connections.get(connection);
        let known = known.and_then(|it| it.ice.lobby_user().cloned());
        let user = known.or_else(|| self.new_relay_user(connection));
        if let Some(it) = self.connections.get_mut(connection) {
            it.ice.set_lobby_user(user.clone());
        }
        self.ice_servers(connection, user.as_ref())
    }

    /// Takes over what the relay does for somebody in the lobby, who enters now.
    pub(super) fn take_lobby_relay(&mut self, connection: SocketId) -> Option<RelayUser> {
        self.connections.get_mut(connection)?.ice.take_lobby_user()
    }

    /// Ends what the relay does for somebody in the lobby.
    fn leave_lobby_relay(&mut self, connection: SocketId) {
        if let Some(user) = self.take_lobby_relay(connection) {
            self.push(Output::Revoke { user });
        }
    }

    /// The ICE servers for a connection, with credentials of this user of the relay.
    pub(super) fn ice_servers(
        &mut self,
        connection: SocketId,
        user: Option<&RelayUser>,
    ) -> Vec<IceServer> {
        let signing = Signing {
            key: self.config.relay_key.as_ref(),
            lifetime: self.config.relay_lifetime,
            now: self.now,
            unix_seconds: self.anchor.unix_seconds(self.now),
        };
        let Some(it) = self.connections.get_mut(connection) else {
            return Vec::new();
        };
        let before = it.ice.renew_at();
        let servers = it.ice.servers(&signing, user);
        let timer = Timer::IceServers(connection);
        self.timers.change(before, it.ice.renew_at(), timer);
        servers
    }

    /// No new credentials for a connection that is to have none.
    fn stop_renewal(&mut self, connection: SocketId) {
        let it = self.connections.get_mut(connection);
        let due = it.and_then(|it| it.ice.stop_renewal());
        self.timers.change(due, None, Timer::IceServers(connection));
    }

    /// Hands out new credentials before the old ones expire.
    pub(super) fn renew_ice_servers(&mut self, connection: SocketId) {
        let Some(it) = self.connections.get_mut(connection) else {
            return;
        };
        it.ice.stop_renewal();
        let user = match &it.state {
            State::Lobby(_) => it.ice.lobby_user().cloned(),
            State::Joined(room, me) => {
                let entry = self.rooms.get(room);
                entry.and_then(|it| it.room.relay_user(me)).cloned()
            }
            State::Fresh { .. } | State::Idle => return,
        };
        let ice_servers = self.ice_servers(connection, user.as_ref());
        self.send(connection, ServerMessage::IceServers { ice_servers });
    }
}
