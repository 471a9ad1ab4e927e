//! The whole of it: connections, and the rooms they are in.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use protocol::{
    AddressGroup, CallCode, ClientMessage, CloseCode, Error, ErrorCode, LeaveReason, ParticipantId,
    RoomId, ServerMessage, limits,
};
use web_time::Instant;

use crate::ended::{Ended, Left};
use crate::ice::Ice;
use crate::inflow;
use crate::lobby::Lobby;
use crate::random::Random;
use crate::rate::{Bucket, Rate};
use crate::room::{Hold, Room};
use crate::timers::{Timer, Timers};
use crate::tries::Tries;
use crate::wish::Wish;
use crate::{Anchor, Config, ConnectionId, Counters, Input, Keys, Output, Undecodable};

/// How many messages too many a connection may send before it is closed.
const EXCESS_BURST: u32 = 120;

/// All rooms, and all connections to them.
pub struct Rooms {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) anchor: Anchor,
    /// When what is being dealt with happened.
    pub(crate) now: Instant,
    pub(crate) random: Random,
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    /// How many connections an address has.
    pub(crate) per_address: BTreeMap<AddressGroup, usize>,
    /// How many places are held for participants of an address.
    pub(crate) held: BTreeMap<AddressGroup, usize>,
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) codes: BTreeMap<CallCode, RoomId>,
    pub(crate) lobbies: BTreeMap<RoomId, Lobby>,
    pub(crate) tries: Tries,
    pub(crate) timers: Timers,
    pub(crate) ended: Ended,
    pub(crate) counters: Counters,
    /// When the last room was made (unix milliseconds): no two are made at the same time.
    pub(crate) last_opened: u64,
    message_rate: Rate,
    excess_rate: Rate,
    /// How much the others may say to a participant.
    pub(crate) inflow_rate: Rate,
    pub(crate) outputs: VecDeque<Output>,
    stopping: bool,
}

/// One client's connection.
pub(crate) struct Connection {
    pub(crate) group: AddressGroup,
    pub(crate) state: State,
    pub(crate) ice: Ice,
    /// When it was opened, or an input last showed that the client is there.
    pub(crate) heard: Instant,
    /// When the client was asked whether it is there, if it has not answered yet.
    pub(crate) asked: Option<Instant>,
    /// The locked room outside of which its client waits.
    pub(crate) waits_at: Option<RoomId>,
    messages: Bucket,
    excess: Bucket,
}

/// How far a connection has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It has yet to say what it wants.
    Fresh { speak_by: Instant },
    /// In no room: after `find`, a refused `join`, or `leave`.
    Idle,
    /// Looking into a room.
    Lobby(RoomId),
    /// A participant.
    Joined(RoomId, ParticipantId),
}

/// A refusal: its code, what it says to a developer, and when to try again.
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) message: &'static str,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) const fn new(code: ErrorCode, message: &'static str) -> Self {
        Self {
            code,
            message,
            retry_after: None,
        }
    }

    pub(crate) const fn retry(
        code: ErrorCode,
        message: &'static str,
        retry_after: Duration,
    ) -> Self {
        Self {
            code,
            message,
            retry_after: Some(retry_after),
        }
    }
}

pub(crate) const NOT_JOINED: Refusal = Refusal::new(ErrorCode::WrongState, "join a room first");
pub(crate) const JOINED_ALREADY: Refusal =
    Refusal::new(ErrorCode::WrongState, "this connection is in a room");

impl Rooms {
    /// Without rooms and connections. `seed` decides all ids and codes that will be given: it
    /// has to come from the system's own generator.
    pub fn new(config: Config, keys: Keys, anchor: Anchor, seed: [u8; 32]) -> Self {
        let second = Duration::from_secs(1);
        let excess = config.messages_per_second.min(1);
        Self {
            message_rate: Rate::new(config.messages_per_second, second, config.message_burst),
            excess_rate: Rate::new(excess, second, EXCESS_BURST),
            inflow_rate: inflow::rate(&config),
            tries: Tries::new(&config, anchor.instant),
            random: Random::new(seed),
            keys,
            anchor,
            now: anchor.instant,
            connections: BTreeMap::new(),
            per_address: BTreeMap::new(),
            held: BTreeMap::new(),
            rooms: BTreeMap::new(),
            codes: BTreeMap::new(),
            lobbies: BTreeMap::new(),
            timers: Timers::default(),
            ended: Ended::new(config.ticket_lifetime),
            counters: Counters::default(),
            last_opened: 0,
            outputs: VecDeque::new(),
            stopping: false,
            config,
        }
    }

    /// Takes in what happened at `now`, which never goes back.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.now = now;
        if let Input::Message { connection, .. }
        | Input::Undecodable { connection, .. }
        | Input::Alive { connection } = &input
        {
            self.is_alive(now, *connection);
        }
        match input {
            Input::Opened {
                connection,
                address,
                ice,
            } => self.opened(now, connection, address, Ice::new(ice)),
            Input::Message {
                connection,
                message,
            } => self.message(now, connection, message),
            Input::Undecodable { connection, why } => self.undecodable(now, connection, why),
            Input::Closed { connection } => self.forget(now, connection),
            Input::Alive { .. } => {}
            Input::TicketKey(key) => self.take_ticket_key(now, &key),
            Input::Stop => self.stop(),
        }
    }

    /// The next thing to do. To be called until there is none, after each input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.tries.forget(now);
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::FirstMessage(connection) => {
                    self.close(now, connection, CloseCode::NoFirstMessage);
                }
                Timer::Answer(connection) => self.close(now, connection, CloseCode::Idle),
                Timer::Hold(room, participant) => self.hold_is_over(now, &room, &participant),
                Timer::Code(room) => self.drop_code(&room),
                Timer::IceServers(connection) => self.renew_ice_servers(connection),
                Timer::Settle(room) => self.settled(&room),
                Timer::Waiting(room) => self.settle_waiting(now, &room),
                Timer::ExpectHost(room) => {
                    self.stop_expecting_host(&room);
                    self.fill_host(now, &room);
                }
            }
        }
    }

    /// What has happened since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn opened(&mut self, now: Instant, connection: ConnectionId, address: IpAddr, ice: Ice) {
        if self.connections.contains_key(&connection) {
            return;
        }
        self.counters.connections = self.counters.connections.saturating_add(1);
        let group = AddressGroup::of(address);
        let from_there = self.per_address.get(&group).copied().unwrap_or(0);
        if self.stopping {
            return self.push_close(connection, CloseCode::GoingAway);
        }
        if self.connections.len() >= self.config.max_connections
            || from_there >= self.config.max_connections_per_address
        {
            self.send_error(connection, SERVER_BUSY, None);
            return self.push_close(connection, CloseCode::ServerBusy);
        }
        self.per_address.insert(group, from_there + 1);
        let speak_by = now + Duration::from_millis(limits::FIRST_MESSAGE_MS);
        self.timers.set(speak_by, Timer::FirstMessage(connection));
        self.connections.insert(
            connection,
            Connection {
                group,
                state: State::Fresh { speak_by },
                ice,
                heard: now,
                asked: None,
                waits_at: None,
                messages: Bucket::full(now),
                excess: Bucket::full(now),
            },
        );
    }

    fn message(&mut self, now: Instant, from: ConnectionId, message: ClientMessage) {
        let Some(connection) = self.connections.get(&from) else {
            return;
        };
        let joined = matches!(connection.state, State::Joined(..));
        let fresh = matches!(connection.state, State::Fresh { .. });
        self.counters.message_in(&message);
        let kind = message.kind();
        if joined && message.is_counted() {
            self.count(from);
        }
        // Who leaves in the middle of a burst has left all the same.
        let leaves = joined && matches!(message, ClientMessage::Leave {} | ClientMessage::Away {});
        if !leaves && !self.within_rate(now, from, Some(kind)) {
            return;
        }
        let result = match message {
            ClientMessage::Ping { id } => {
                self.renew_old_ticket(now, from);
                self.send(from, ServerMessage::Pong { id });
                Ok(())
            }
            ClientMessage::Unknown => Err(UNKNOWN_TYPE),
            // The owner of the sockets takes those that mean something.
            ClientMessage::Attach { .. } => Err(NO_SESSION),
            ClientMessage::Peek { .. }
            | ClientMessage::Find { .. }
            | ClientMessage::Join { .. }
                if joined =>
            {
                Err(JOINED_ALREADY)
            }
            ClientMessage::Peek { room } => self.begun(from, fresh, |it| it.peek(now, from, room)),
            ClientMessage::Find { code } => self.begun(from, fresh, |it| it.find(now, from, &code)),
            ClientMessage::Join {
                room,
                name,
                secret,
                ticket,
                media,
                received,
                offer,
                device,
            } => {
                let wish = Wish {
                    connection: from,
                    room,
                    name,
                    media,
                    received,
                    offer,
                    device,
                };
                self.begun(from, fresh, |it| it.join(now, wish, secret, ticket))
            }
            message => self.participant_says(now, from, message),
        };
        if let Err(refusal) = result {
            self.send_error(from, refusal, Some(kind.to_owned()));
        }
    }

    /// Runs what a connection can begin with, and notes that it has begun.
    fn begun(
        &mut self,
        connection: ConnectionId,
        fresh: bool,
        then: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if fresh {
            self.set_state(connection, State::Idle);
        }
        then(self)
    }

    fn undecodable(&mut self, now: Instant, from: ConnectionId, why: Undecodable) {
        if !self.connections.contains_key(&from) {
            return;
        }
        self.counters.undecodable();
        // The sender counts this message: it cannot know yet that the server could not read it.
        if (why.refused.as_deref()).is_some_and(ClientMessage::is_counted_type) {
            self.count(from);
        }
        if self.within_rate(now, from, why.refused.as_deref()) {
            self.send(
                from,
                ServerMessage::Error(Error {
                    code: why.code,
                    message: why.message,
                    refused: why.refused,
                    retry_after_ms: None,
                }),
            );
        }
    }

    /// Takes one message from the connection's allowance. If there is none left it is told so,
    /// and closed when it goes on and on.
    fn within_rate(&mut self, now: Instant, from: ConnectionId, kind: Option<&str>) -> bool {
        let (rate, excess_rate) = (self.message_rate, self.excess_rate);
        let Some(connection) = self.connections.get_mut(&from) else {
            return false;
        };
        let Err(wait) = connection.messages.take(rate, now) else {
            return true;
        };
        let excessive = connection.excess.take(excess_rate, now).is_err();
        let refusal = Refusal::retry(ErrorCode::TooManyMessages, "slow down", wait);
        self.send_error(from, refusal, kind.map(str::to_owned));
        if excessive {
            self.close(now, from, CloseCode::TooManyMessages);
        }
        false
    }

    fn stop(&mut self) {
        self.stopping = true;
        let spread = u64::try_from(self.config.retry_after.as_millis()).unwrap_or(u64::MAX);
        for connection in std::mem::take(&mut self.connections).into_keys() {
            let retry_after_ms = spread.saturating_add(self.random.below(spread));
            self.send(connection, ServerMessage::Stopping { retry_after_ms });
            self.push_close(connection, CloseCode::GoingAway);
        }
        self.per_address.clear();
        self.held.clear();
        self.rooms.clear();
        self.codes.clear();
        self.lobbies.clear();
        self.timers.clear();
    }

    /// Changes a connection's state, and puts right what hung on the old one.
    pub(crate) fn set_state(&mut self, id: ConnectionId, state: State) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        match std::mem::replace(&mut connection.state, state) {
            State::Fresh { speak_by } => self.timers.cancel(speak_by, Timer::FirstMessage(id)),
            State::Lobby(room) => {
                self.unwatch(id, &room);
                self.leave_lobby_relay(id);
            }
            State::Idle | State::Joined(..) => {}
        }
        self.stop_renewal(id);
    }

    /// Closes a connection from this side. A participant on it is lost, unless it is dealt with.
    pub(crate) fn close(&mut self, now: Instant, connection: ConnectionId, code: CloseCode) {
        if self.connections.contains_key(&connection) {
            self.forget(now, connection);
            self.push_close(connection, code);
        }
    }

    /// Takes away what hangs on a connection that is gone.
    fn forget(&mut self, now: Instant, id: ConnectionId) {
        self.stop_renewal(id);
        self.leave_lobby_relay(id);
        self.stop_asking(id);
        self.waits_no_more(now, id);
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        if let Some(count) = self.per_address.get_mut(&connection.group) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_address.remove(&connection.group);
            }
        }
        match connection.state {
            State::Fresh { speak_by } => self.timers.cancel(speak_by, Timer::FirstMessage(id)),
            State::Lobby(room) => self.unwatch(id, &room),
            State::Joined(room, participant) => {
                // A client that did not answer counts as lost from when it was asked.
                let since = connection.asked.unwrap_or(now);
                self.hold_place(now, since, id, &room, &participant, Hold::Lost);
            }
            State::Idle => {}
        }
    }

    /// Takes a participant out of its room for good, and the room away if it was the last.
    pub(crate) fn gone(
        &mut self,
        now: Instant,
        id: &RoomId,
        participant: &ParticipantId,
        reason: LeaveReason,
    ) {
        self.take_out(id, participant, reason);
        if reason != LeaveReason::Lost {
            // The new tickets name who is gone, for a server that is started anew.
            self.renew_tickets(now, id);
        }
        self.settle_after_leaving(now, id);
    }

    /// Ends a room that is empty, and sees to it that any other has a host. To be called when somebody
    /// is gone.
    pub(crate) fn settle_after_leaving(&mut self, now: Instant, id: &RoomId) {
        if self.rooms.get(id).is_some_and(|it| it.members.is_empty()) {
            self.end_room(now, id);
        } else {
            self.fill_host(now, id);
        }
        self.show_in_lobby(id);
    }

    /// Takes away a room in which nobody is left.
    fn end_room(&mut self, now: Instant, id: &RoomId) {
        self.drop_code(id);
        self.settled(id);
        self.stop_expecting_host(id);
        self.forget_waiting(id);
        let Some(room) = self.rooms.remove(id) else {
            return;
        };
        let left = Left {
            locked: room.locked,
            kept_out: room.kept_out,
        };
        // Tickets of a call that began before the server was started could make the room again.
        let might_come_back = room.opened < self.anchor.unix_ms && !self.comes_late(now);
        if left.locked || !left.kept_out.is_empty() || might_come_back {
            self.ended
                .remember(now, id, room.made_by, room.opened, left);
        }
    }

    /// Takes a participant out of its room, which stays.
    pub(crate) fn take_out(
        &mut self,
        id: &RoomId,
        participant: &ParticipantId,
        reason: LeaveReason,
    ) {
        let room = self.rooms.get_mut(id);
        let Some(member) = room.and_then(|room| room.take_out(participant, reason)) else {
            return;
        };
        self.revoke(member.relay);
        self.release_place(id, participant, member.link, member.group);
        self.tell_others(id, participant, || ServerMessage::ParticipantLeft {
            participant: participant.clone(),
            reason,
        });
    }

    /// Sends something that is not counted, or was counted before.
    pub(crate) fn send(&mut self, to: ConnectionId, message: ServerMessage) {
        self.counters.message_out(&message);
        self.outputs.push_back(Output::Send { to, message });
    }

    pub(crate) fn send_error(
        &mut self,
        to: ConnectionId,
        refusal: Refusal,
        refused: Option<String>,
    ) {
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

    pub(crate) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    fn push_close(&mut self, connection: ConnectionId, code: CloseCode) {
        self.outputs.push_back(Output::Close { connection, code });
    }
}

const NO_SESSION: Refusal = Refusal::new(
    ErrorCode::WrongState,
    "no such session, or not the first message",
);
const UNKNOWN_TYPE: Refusal =
    Refusal::new(ErrorCode::UnknownType, "this server does not know the type");

/// As many rooms or connections as the server takes.
pub(crate) const SERVER_BUSY: Refusal = Refusal::retry(
    ErrorCode::ServerBusy,
    "the server takes no more for now",
    Duration::from_secs(10),
);
