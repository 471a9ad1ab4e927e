//! Rooms, and clients that remember what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{
    ClientMessage, CloseCode, DeviceToken, ErrorCode, LeaveReason, Media, Name, Participant,
    ParticipantId, Role, RoomId, RoomSecret, Sdp, ServerMessage, Ticket,
};
use room::{
    Anchor, Config, IceUrls, Input, Keys, Output, RelayUser, Rooms, SocketId, TicketKey, room_of,
};
use web_time::Instant;

pub const UNIX_MS: u64 = 1_790_000_000_000;

pub struct World {
    pub rooms: Rooms,
    pub now: Instant,
    pub begin: Instant,
    next: u64,
    inboxes: BTreeMap<SocketId, Vec<ServerMessage>>,
    tickets: BTreeMap<SocketId, Ticket>,
    closed: BTreeMap<SocketId, CloseCode>,
    /// All users of the relay that there ever were.
    pub granted: BTreeSet<RelayUser>,
    revoked: Vec<RelayUser>,
    probed: Vec<SocketId>,
}

#[derive(Debug, Clone)]
pub struct Joined {
    pub connection: SocketId,
    pub id: ParticipantId,
    pub role: Role,
    pub resumed: bool,
    pub others: Vec<Participant>,
    pub locked: bool,
    pub ticket: Ticket,
    pub received: u64,
    pub missed: bool,
    pub offered: Option<ParticipantId>,
}

pub fn secret(n: u8) -> RoomSecret {
    RoomSecret::parse(&URL_SAFE_NO_PAD.encode([n; 32])).unwrap()
}

pub fn room(n: u8) -> RoomId {
    room_of(&secret(n)).unwrap()
}

pub fn offer(to: &ParticipantId) -> ClientMessage {
    ClientMessage::Offer {
        to: to.clone(),
        connection: 1,
        sdp: Sdp::new("v=0"),
    }
}

fn join(room: RoomId, secret: Option<RoomSecret>, ticket: Option<Ticket>) -> ClientMessage {
    ClientMessage::Join {
        room,
        name: Some(Name::clean("Ada")),
        secret,
        ticket,
        media: Some(Media::default()),
        received: None,
        offer: None,
        device: None,
    }
}

pub fn as_host(n: u8) -> ClientMessage {
    join(room(n), Some(secret(n)), None)
}

pub fn as_guest(n: u8) -> ClientMessage {
    join(room(n), None, None)
}

/// The same with an offer that was prepared in the lobby.
pub fn offering(mut message: ClientMessage, sdp: Sdp) -> ClientMessage {
    if let ClientMessage::Join { offer, .. } = &mut message {
        *offer = Some(sdp);
    }
    message
}

/// The same from a client that counts and has got so many messages.
pub fn counting(mut message: ClientMessage, count: u64) -> ClientMessage {
    if let ClientMessage::Join { received, .. } = &mut message {
        *received = Some(count);
    }
    message
}

/// The same from somebody of this name.
pub fn named(mut message: ClientMessage, whom: &str) -> ClientMessage {
    if let ClientMessage::Join { name, .. } = &mut message {
        *name = Some(Name::clean(whom));
    }
    message
}

/// The same from this device.
pub fn on_device(mut message: ClientMessage, letter: char) -> ClientMessage {
    if let ClientMessage::Join { device, .. } = &mut message {
        let token = letter.to_string().repeat(22);
        *device = Some(DeviceToken::parse(&token).unwrap());
    }
    message
}

pub fn with_ticket(n: u8, ticket: &Ticket) -> ClientMessage {
    join(room(n), None, Some(ticket.clone()))
}

impl World {
    pub fn new(config: Config) -> Self {
        let now = Instant::now();
        Self {
            rooms: rooms(config, now, UNIX_MS, 1),
            now,
            begin: now,
            next: 0,
            inboxes: BTreeMap::new(),
            tickets: BTreeMap::new(),
            closed: BTreeMap::new(),
            granted: BTreeSet::new(),
            revoked: Vec::new(),
            probed: Vec::new(),
        }
    }

    /// The server starts again with the same keys: all connections are lost, nothing is kept.
    pub fn restart(&mut self, config: Config) {
        // However fast, it takes a moment.
        self.now += Duration::from_millis(1);
        let unix_ms = UNIX_MS + (self.now - self.begin).as_millis() as u64;
        self.rooms = rooms(config, self.now, unix_ms, 2);
    }

    /// The same where the clock says something else.
    pub fn restart_at(&mut self, config: Config, unix_ms: u64) {
        self.rooms = rooms(config, self.now, unix_ms, 2);
    }

    pub fn open(&mut self) -> SocketId {
        self.open_from(Ipv4Addr::LOCALHOST.into())
    }

    pub fn open_from(&mut self, address: IpAddr) -> SocketId {
        self.next += 1;
        let connection = SocketId(self.next);
        self.inboxes.insert(connection, Vec::new());
        self.handle(Input::Opened {
            connection,
            address,
            ice: Some(Arc::new(urls())),
        });
        connection
    }

    pub fn handle(&mut self, input: Input) {
        self.rooms.handle(self.now, input);
        self.drain();
    }

    pub fn say(&mut self, connection: SocketId, message: ClientMessage) {
        self.handle(Input::Message {
            connection,
            message,
        });
    }

    pub fn lose(&mut self, connection: SocketId) {
        self.inboxes.remove(&connection);
        self.handle(Input::Closed { connection });
    }

    /// Lets time pass, step by step as the core asks for it.
    pub fn wait(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some(at) = self.rooms.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.rooms.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
        self.rooms.handle_timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { to, message } => self.sent(to, message),
                Output::SendMany { to, message } => {
                    assert!(to.len() > 1, "{to:?}");
                    for to in to {
                        self.sent(to, message.clone());
                    }
                }
                Output::Close { connection, code } => {
                    self.closed.insert(connection, code);
                }
                Output::Grant { user, .. } => {
                    assert!(self.granted.insert(user.clone()), "{user:?} again");
                }
                Output::Probe { connection } => self.probed.push(connection),
                Output::Revoke { user } => {
                    assert!(self.granted.contains(&user), "{user:?} was never granted");
                    self.revoked.push(user);
                }
            }
        }
    }

    fn sent(&mut self, to: SocketId, message: ServerMessage) {
        match &message {
            ServerMessage::Ticket { ticket } => {
                self.tickets.insert(to, ticket.clone());
                return;
            }
            ServerMessage::Joined { ticket, .. } => {
                self.tickets.insert(to, ticket.clone());
            }
            _ => {}
        }
        let inbox = self.inboxes.get_mut(&to);
        inbox
            .expect("nothing is sent to a closed connection")
            .push(message);
    }

    /// What was sent to a connection since it was last asked.
    pub fn heard(&mut self, connection: SocketId) -> Vec<ServerMessage> {
        std::mem::take(self.inboxes.entry(connection).or_default())
    }

    /// Whom the relay was told to drop since it was last asked.
    pub fn revoked(&mut self) -> Vec<RelayUser> {
        std::mem::take(&mut self.revoked)
    }

    /// Who was asked whether it is there since that was last looked at.
    pub fn probed(&mut self) -> Vec<SocketId> {
        std::mem::take(&mut self.probed)
    }

    /// The newest ticket that a connection was given.
    pub fn ticket(&self, of: &Joined) -> Ticket {
        self.tickets[&of.connection].clone()
    }

    pub fn closed(&self, connection: SocketId) -> Option<CloseCode> {
        self.closed.get(&connection).copied()
    }

    /// Joins over a new connection.
    pub fn enter(&mut self, message: ClientMessage) -> Result<Joined, ErrorCode> {
        let connection = self.open();
        self.enter_on(connection, message)
    }

    pub fn enter_on(
        &mut self,
        connection: SocketId,
        message: ClientMessage,
    ) -> Result<Joined, ErrorCode> {
        self.heard(connection);
        self.say(connection, message);
        let mut heard = self.heard(connection).into_iter();
        let first = heard.next().expect("a join is answered");
        let rest: Vec<_> = heard.collect();
        self.inboxes.insert(connection, rest);
        match first {
            ServerMessage::Joined {
                participant,
                role,
                resumed,
                participants,
                locked,
                ticket,
                received,
                missed,
                offered,
                ..
            } => Ok(Joined {
                connection,
                id: participant,
                role,
                resumed,
                others: participants,
                locked,
                ticket,
                received,
                missed,
                offered,
            }),
            ServerMessage::Error(error) => Err(error.code),
            other => panic!("a join was answered with {other:?}"),
        }
    }

    /// A host and a guest in room `n`, who have read what they were sent.
    pub fn pair(&mut self, n: u8) -> (Joined, Joined) {
        let host = self.enter(as_host(n)).unwrap();
        let guest = self.enter(as_guest(n)).unwrap();
        self.heard(host.connection);
        self.heard(guest.connection);
        (host, guest)
    }

    /// Says something that is refused.
    pub fn refused(&mut self, connection: SocketId, message: ClientMessage) -> ErrorCode {
        self.heard(connection);
        self.say(connection, message);
        match self.heard(connection).as_slice() {
            [ServerMessage::Error(error)] => error.code,
            other => panic!("expected one error, got {other:?}"),
        }
    }
}

fn rooms(config: Config, now: Instant, unix_ms: u64, seed: u8) -> Rooms {
    let keys = Keys {
        ticket: TicketKey::new(&[9; 32]),
    };
    let anchor = Anchor {
        instant: now,
        unix_ms,
    };
    Rooms::new(config, keys, anchor, [seed; 32])
}

/// Where the clients of these tests find STUN and TURN.
pub fn urls() -> IceUrls {
    IceUrls {
        stun: vec!["stun:call.example:3478".into()],
        turn: vec!["turn:call.example:3478?transport=udp".into()],
    }
}

pub fn left(participant: &ParticipantId, reason: LeaveReason) -> ServerMessage {
    ServerMessage::ParticipantLeft {
        participant: participant.clone(),
        reason,
    }
}

pub fn connection(participant: &ParticipantId, connected: bool) -> ServerMessage {
    ServerMessage::ParticipantConnection {
        participant: participant.clone(),
        connected,
        missed: connected,
    }
}
