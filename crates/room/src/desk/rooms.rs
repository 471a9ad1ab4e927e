//! The core itself: events of connections go in, and messages and other outputs come out.

use std::net::IpAddr;
use std::time::Duration;

use protocol::{
    AddressGroup, ClientMessage, CloseCode, Error, ErrorCode, RoomId, ServerMessage, limits,
};
use web_time::Instant;

use super::connections::{Connection, MessageRate, State};
use super::ice::Ice;
use super::state::Desk;
use super::timers::Timer;
use super::{entering, looking};
use crate::random::Random;
use crate::refusal::{NOT_JOINED, Refusal, SERVER_BUSY};
use crate::room::{Hold, Wish};
use crate::snapshot::label;
use crate::{
    Anchor, Config, Counters, Input, Keys, Output, Snapshot, SocketId, TicketKey, Totals,
    Undecodable,
};

const JOINED_ALREADY: Refusal = Refusal::new(ErrorCode::WrongState, "this connection is in a room");
const NO_SESSION: Refusal = Refusal::new(
    ErrorCode::WrongState,
    "no such session, or not the first message",
);
const UNKNOWN_TYPE: Refusal =
    Refusal::new(ErrorCode::UnknownType, "this server does not know the type");

/// All rooms, and all connections to them.
pub struct Rooms {
    desk: Desk,
    message_rate: MessageRate,
    stopping: bool,
}

impl Rooms {
    /// Without rooms and connections. `seed` decides all ids and codes that will be given: it
    /// has to come from the system's own generator.
    pub fn new(config: Config, keys: Keys, anchor: Anchor, seed: [u8; 32]) -> Self {
        Self {
            message_rate: MessageRate::new(config.messages_per_second, config.message_burst),
            desk: Desk::new(config, keys, anchor, Random::new(seed)),
            stopping: false,
        }
    }

    /// Takes in what happened at `now`, which never goes back.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.desk.now = now;
        if let Input::Message { connection, .. }
        | Input::Undecodable { connection, .. }
        | Input::Alive { connection } = &input
        {
            self.is_alive(*connection);
        }
        match input {
            Input::Opened {
                connection,
                address,
                ice,
            } => self.opened(connection, address, Ice::new(ice)),
            Input::Message {
                connection,
                message,
            } => self.message(connection, message),
            Input::Undecodable { connection, why } => self.undecodable(connection, why),
            Input::Closed { connection } => self.desk.forget(connection),
            Input::Alive { .. } => {}
            Input::TicketKey(key) => self.take_ticket_key(&key),
            Input::Stop => self.stop(),
        }
        self.desk.settle();
    }

    /// The next thing to do. To be called until there is none, after each input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.desk.poll_output()
    }

    /// When [`Self::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.desk.timers.next()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        let desk = &mut self.desk;
        desk.now = now;
        desk.tries.forget(now);
        while let Some(timer) = desk.timers.pop_due(now) {
            match timer {
                Timer::FirstMessage(connection) => {
                    desk.close(connection, CloseCode::NoFirstMessage);
                }
                Timer::Answer(connection) => desk.close(connection, CloseCode::Idle),
                Timer::Room(room) => desk.room_is_due(&room),
                Timer::Code(room) => desk.codes.remove(&room, &mut desk.timers),
                Timer::IceServers(connection) => desk.renew_ice_servers(connection),
                Timer::Waiting(room) => desk.waiting_is_due(&room),
            }
            desk.settle();
        }
    }

    /// What has happened since the start.
    pub fn counters(&self) -> &Counters {
        &self.desk.counters
    }

    /// How much there is, without looking closer.
    pub fn totals(&self) -> Totals {
        let rooms = self.desk.rooms.values();
        Totals {
            connections: self.desk.connections.len(),
            rooms: self.desk.rooms.len(),
            participants: rooms.map(|it| it.room.len()).sum(),
        }
    }

    /// What there is at `now`.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let rooms = self.desk.rooms.iter();
        Snapshot {
            connections: self.desk.connections.len(),
            lobbies: self.desk.connections.in_lobbies(),
            participants: self.totals().participants,
            codes: self.desk.codes.len(),
            rooms: rooms.map(|(id, it)| it.room.view(now, label(id))).collect(),
        }
    }

    fn opened(&mut self, id: SocketId, address: IpAddr, ice: Ice) {
        let desk = &mut self.desk;
        if desk.connections.contains(id) {
            return;
        }
        desk.counters.connections = desk.counters.connections.saturating_add(1);
        let group = AddressGroup::of(address);
        let refused = |code| Output::Close {
            connection: id,
            code,
        };
        if self.stopping {
            return desk.push(refused(CloseCode::GoingAway));
        }
        if desk.connections.len() >= desk.config.max_connections
            || desk.connections.at(group) >= desk.config.max_connections_per_address
        {
            desk.send_error(id, SERVER_BUSY, None);
            return desk.push(refused(CloseCode::ServerBusy));
        }
        let speak_by = desk.now + Duration::from_millis(limits::FIRST_MESSAGE_MS);
        desk.timers.set(speak_by, Timer::FirstMessage(id));
        let connection = Connection::new(desk.now, group, ice, speak_by);
        desk.connections.insert(id, connection);
    }

    /// Notes that the client of a connection is there.
    fn is_alive(&mut self, id: SocketId) {
        self.desk.stop_asking(id);
        if let Some(connection) = self.desk.connections.get_mut(id) {
            connection.is_alive(self.desk.now);
        }
    }

    fn message(&mut self, from: SocketId, message: ClientMessage) {
        let Some(connection) = self.desk.connections.get(from) else {
            return;
        };
        let joined = matches!(connection.state, State::Joined(..));
        let fresh = matches!(connection.state, State::Fresh { .. });
        self.desk.counters.message_in(&message);
        let kind = message.kind();
        if joined && message.is_counted() {
            self.count(from);
        }
        // Who leaves in the middle of a burst has left all the same.
        let leaves = joined && matches!(message, ClientMessage::Leave {} | ClientMessage::Away {});
        if !leaves && !self.within_rate(from, Some(kind)) {
            return;
        }
        let begins = matches!(
            message,
            ClientMessage::Peek { .. } | ClientMessage::Find { .. } | ClientMessage::Join { .. }
        );
        let result = match message {
            ClientMessage::Ping { id } => {
                self.renew_old_ticket(from);
                self.desk.send(from, ServerMessage::Pong { id });
                Ok(())
            }
            ClientMessage::Unknown => Err(UNKNOWN_TYPE),
            // The owner of the sockets takes those that mean something.
            ClientMessage::Attach { .. } => Err(NO_SESSION),
            _ if begins && joined => Err(JOINED_ALREADY),
            message if begins => {
                if fresh {
                    self.desk.set_state(from, State::Idle);
                }
                self.begin(from, message)
            }
            message => self.participant_says(from, message),
        };
        if let Err(refusal) = result {
            self.desk.send_error(from, refusal, Some(kind.to_owned()));
        }
    }

    /// Takes a message that only somebody in no room may send.
    fn begin(&mut self, from: SocketId, message: ClientMessage) -> Result<(), Refusal> {
        match message {
            ClientMessage::Peek { room } => looking::peek(&mut self.desk, from, room),
            ClientMessage::Find { code } => looking::find(&mut self.desk, from, &code),
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
                entering::join(&mut self.desk, wish, secret, ticket)
            }
            _ => Ok(()),
        }
    }

    /// Takes a message that only a participant may send.
    fn participant_says(&mut self, from: SocketId, message: ClientMessage) -> Result<(), Refusal> {
        let desk = &mut self.desk;
        let (id, me) = desk.connections.participant(from).ok_or(NOT_JOINED)?;
        match &message {
            ClientMessage::Code {} => return looking::code(desk, from, &id),
            ClientMessage::Leave {} => desk.set_state(from, State::Idle),
            ClientMessage::Away {} => {
                desk.set_state(from, State::Idle);
                let group = desk.connections.group_of(from).ok_or(NOT_JOINED)?;
                let (since, may_hold) = (desk.now, desk.may_hold(group));
                desk.in_room(&id, |room, context| {
                    room.lost(context, (&me, from), since, Hold::Away, may_hold);
                });
                return Ok(());
            }
            _ => {}
        }
        let said = desk.in_room(&id, |room, context| room.says(context, &me, message));
        said.unwrap_or(Err(NOT_JOINED))
    }

    /// Notes that one of the counted messages of a participant has come.
    fn count(&mut self, from: SocketId) {
        if let Some((room, me)) = self.desk.connections.participant(from) {
            self.desk.in_room(&room, |room, _| room.count(&me));
        }
    }

    /// Gives a participant a new ticket when half of the old one's time is over.
    fn renew_old_ticket(&mut self, from: SocketId) {
        if let Some((room, me)) = self.desk.connections.participant(from) {
            self.desk.in_room(&room, |room, context| {
                room.renew_old_ticket(context, &me);
            });
        }
    }

    fn undecodable(&mut self, from: SocketId, why: Undecodable) {
        if !self.desk.connections.contains(from) {
            return;
        }
        self.desk.counters.undecodable();
        // The sender counts this message: it cannot know yet that the server could not read it.
        if (why.refused.as_deref()).is_some_and(ClientMessage::is_counted_type) {
            self.count(from);
        }
        if self.within_rate(from, why.refused.as_deref()) {
            let error = Error {
                code: why.code,
                message: why.message,
                refused: why.refused,
                retry_after_ms: None,
            };
            self.desk.send(from, ServerMessage::Error(error));
        }
    }

    /// Takes one message from the connection's allowance. If there is none left it is told so,
    /// and closed when it goes on and on.
    fn within_rate(&mut self, from: SocketId, kind: Option<&str>) -> bool {
        let Some(connection) = self.desk.connections.get_mut(from) else {
            return false;
        };
        let Err(too_many) = connection.take(self.message_rate, self.desk.now) else {
            return true;
        };
        let refusal = Refusal::slow_down(too_many.wait);
        self.desk.send_error(from, refusal, kind.map(str::to_owned));
        if too_many.excessive {
            self.desk.close(from, CloseCode::TooManyMessages);
        }
        false
    }

    /// Signs tickets with another key from now on.
    fn take_ticket_key(&mut self, key: &TicketKey) {
        self.desk.keys.ticket.replace(key);
        let rooms: Vec<RoomId> = self.desk.rooms.keys().cloned().collect();
        for id in rooms {
            self.desk.in_room(&id, |room, context| {
                room.renew_tickets(context);
            });
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
        let desk = &mut self.desk;
        let spread = u64::try_from(desk.config.retry_after.as_millis()).unwrap_or(u64::MAX);
        for connection in desk.connections.take_all() {
            let retry_after_ms = spread.saturating_add(desk.random.below(spread));
            desk.send(connection, ServerMessage::Stopping { retry_after_ms });
            desk.push(Output::Close {
                connection,
                code: CloseCode::GoingAway,
            });
        }
        desk.rooms.clear();
        desk.codes.clear();
        desk.lobbies.clear();
        desk.timers.clear();
    }
}
