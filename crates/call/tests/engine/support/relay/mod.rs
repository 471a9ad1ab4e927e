//! A server of one room that hands on everything at once and exactly.

mod messages;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use call::{Outcome, SocketEvent, SocketId};
use protocol::{
    ClientMessage, CloseCode, Error, ErrorCode, IceServer, Participant, ParticipantId, RoomId,
    ServerMessage,
};

#[derive(Debug, Clone, Default)]
struct Client {
    socket: Option<SocketId>,
    /// On the way to the client.
    events: VecDeque<(SocketId, SocketEvent)>,
    joined: Option<ParticipantId>,
    looks: bool,
}

#[derive(Debug, Clone)]
struct Member {
    about: Participant,
    client: Option<usize>,
}

/// What clients said, for tests to look at; no part of the state that searches compare.
#[derive(Clone, Default)]
pub struct Heard(pub Vec<(usize, ClientMessage)>);

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Heard(..)")
    }
}

/// The server.
#[derive(Debug, Clone)]
pub struct Relay {
    pub heard: Heard,
    /// It takes no socket.
    pub down: bool,
    /// The servers to gather from, as it names them.
    pub ice_servers: Vec<IceServer>,
    /// How requests of the fallback end.
    pub fallback: Outcome,
    /// A client whose cable was pulled: the relay does not know that it hears nothing.
    pub unplugged: Option<usize>,
    room: RoomId,
    clients: Vec<Client>,
    members: BTreeMap<ParticipantId, Member>,
    locked: bool,
    next_participant: u32,
    /// Which ids the participants get: makes either side the polite one.
    descending: bool,
    /// Restarted with its key: whoever shows a ticket is who it was.
    knows_tickets: bool,
}

impl Relay {
    pub fn new(room: RoomId, clients: usize, descending: bool) -> Self {
        Self {
            heard: Heard::default(),
            down: false,
            ice_servers: Vec::new(),
            fallback: Outcome::Failed,
            unplugged: None,
            room,
            clients: vec![Client::default(); clients],
            members: BTreeMap::new(),
            locked: false,
            next_participant: 0,
            descending,
            knows_tickets: false,
        }
    }

    pub fn open(&mut self, at: usize, socket: SocketId) {
        if self.unplugged == Some(at) {
            return;
        }
        let client = &mut self.clients[at];
        assert!(client.socket.is_none(), "a second socket at the same time");
        if self.down {
            let closed = SocketEvent::Closed { code: None };
            client.events.push_back((socket, closed));
            return;
        }
        client.socket = Some(socket);
        client.events.push_back((socket, SocketEvent::Opened));
    }

    /// There is no fallback here, so the request ends as `fallback` says.
    pub fn no_fallback(&mut self, at: usize, socket: SocketId) {
        let ended = SocketEvent::Ended(self.fallback);
        self.clients[at].events.push_back((socket, ended));
    }

    /// The client closes its socket.
    pub fn close(&mut self, at: usize, socket: SocketId) {
        let client = &mut self.clients[at];
        client.events.retain(|(it, _)| *it != socket);
        if self.unplugged == Some(at) {
            return;
        }
        // It may have been cut, which the client did not know yet.
        if client.socket == Some(socket) {
            self.forget(at);
        }
    }

    /// The network loses the client's socket, and all that was on its way.
    pub fn cut(&mut self, at: usize) {
        if let Some(socket) = self.clients[at].socket {
            self.clients[at].events.clear();
            let closed = SocketEvent::Closed { code: None };
            self.clients[at].events.push_back((socket, closed));
            self.forget(at);
        }
    }

    fn forget(&mut self, at: usize) {
        self.clients[at].socket = None;
        self.clients[at].looks = false;
        if let Some(id) = self.clients[at].joined.take()
            && let Some(member) = self.members.get_mut(&id)
        {
            member.client = None;
            member.about.connected = false;
            self.tell_others(
                &id,
                &ServerMessage::ParticipantConnection {
                    participant: id.clone(),
                    connected: false,
                    missed: false,
                },
            );
        }
    }

    pub fn has_event(&self, at: usize) -> bool {
        !self.clients[at].events.is_empty()
    }

    pub fn next_event(&mut self, at: usize) -> Option<(SocketId, SocketEvent)> {
        self.clients[at].events.pop_front()
    }

    /// The kinds of what a client has said since the last look.
    pub fn said(&mut self, at: usize) -> Vec<&'static str> {
        let heard = std::mem::take(&mut self.heard.0);
        let of_it = heard.iter().filter(|(from, _)| *from == at);
        of_it.map(|(_, message)| message.kind()).collect()
    }

    /// The server says something of its own accord.
    pub fn inject(&mut self, at: usize, message: ServerMessage) {
        self.say(at, message);
    }

    /// What is on the way to a client is lost.
    pub fn drop_events(&mut self, at: usize) {
        self.clients[at].events.clear();
    }

    /// The server closes a client's socket.
    pub fn kick(&mut self, at: usize, code: CloseCode) {
        if let Some(socket) = self.clients[at].socket {
            self.forget(at);
            let code = Some(code.as_u16());
            self.clients[at]
                .events
                .push_back((socket, SocketEvent::Closed { code }));
        }
    }

    /// The server is started anew: it knows of nobody. Tickets are still good if it keeps its key.
    pub fn restart(&mut self, keeps_key: bool) {
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        self.members.clear();
        self.locked = false;
        self.knows_tickets = keeps_key;
    }

    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    fn say(&mut self, at: usize, message: ServerMessage) {
        if self.unplugged == Some(at) {
            return;
        }
        let client = &mut self.clients[at];
        if let Some(socket) = client.socket {
            let event = SocketEvent::Message(message);
            client.events.push_back((socket, event));
        }
    }

    fn refuse(&mut self, at: usize, message: &ClientMessage, code: ErrorCode) {
        let refused = Some(message.kind().to_owned());
        self.say(
            at,
            ServerMessage::Error(Error {
                code,
                message: String::new(),
                refused,
                retry_after_ms: None,
            }),
        );
    }

    fn tell_others(&mut self, but: &ParticipantId, message: &ServerMessage) {
        let others: Vec<_> = self
            .members
            .iter()
            .filter(|(id, _)| *id != but)
            .filter_map(|(_, member)| member.client)
            .collect();
        for at in others {
            self.say(at, message.clone());
        }
    }

    fn show_lobby(&mut self, at: usize) {
        let names = self.members.values().filter(|it| it.about.connected);
        let names = names.map(|it| it.about.name.clone()).collect();
        let room = self.room.clone();
        self.say(
            at,
            ServerMessage::Lobby {
                room,
                names,
                ice_servers: self.ice_servers.clone(),
            },
        );
    }

    fn show_lobbies(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].looks {
                self.show_lobby(at);
            }
        }
    }
}
