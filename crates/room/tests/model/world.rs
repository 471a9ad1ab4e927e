//! The real rooms beside the model, and connections that come, go and wait.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use protocol::{CallCode, ClientMessage, CloseCode, ErrorCode, ServerMessage, Ticket};
use room::{Anchor, Config, Input, Keys, Output, Rooms, Snapshot, SocketId, TicketKey};
use web_time::Instant;

use crate::model::Model;
use crate::parts::{Given, State};
use crate::picture::Client;

pub struct World {
    pub rooms: Rooms,
    pub model: Model,
    start: Instant,
    next_connection: u64,
    starts: u8,
    pub clients: BTreeMap<SocketId, Client>,
    pub tickets: Vec<(Ticket, Given)>,
    /// Given since the last look.
    pub new_tickets: BTreeMap<SocketId, Ticket>,
    pub codes: Vec<CallCode>,
}

fn start_rooms(max: u32, now: Instant, unix_ms: u64, seed: u8) -> Rooms {
    let config = Config {
        max_participants: max,
        // The limits have tests of their own.
        messages_per_second: 0,
        max_connections_per_address: usize::MAX,
        code_tries_per_minute: 0,
        code_tries_per_minute_in_all: 0,
        ..Config::default()
    };
    let keys = Keys {
        ticket: TicketKey::new(&[1; 32]),
    };
    let anchor = Anchor {
        instant: now,
        unix_ms,
    };
    // Each start has a seed of its own, as in life.
    Rooms::new(config, keys, anchor, [seed; 32])
}

impl World {
    pub fn new(max: u32) -> Self {
        let start = Instant::now();
        Self {
            rooms: start_rooms(max, start, 0, 0),
            model: Model {
                max: max as usize,
                ..Model::default()
            },
            start,
            next_connection: 0,
            starts: 0,
            clients: BTreeMap::new(),
            tickets: Vec::new(),
            new_tickets: BTreeMap::new(),
            codes: Vec::new(),
        }
    }

    pub fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.model.now)
    }

    pub fn handle(&mut self, input: Input) {
        self.rooms.handle(self.now(), input);
        self.drain();
    }

    pub fn say(&mut self, connection: SocketId, message: ClientMessage) {
        self.handle(Input::Message {
            connection,
            message,
        });
    }

    fn drain(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { to, message } => self.sent(to, message),
                Output::SendMany { to, message } => {
                    for to in to {
                        self.sent(to, message.clone());
                    }
                }
                Output::Close { connection, code } => {
                    let client = self.clients.get_mut(&connection).expect("closed when open");
                    assert_eq!(client.closed.replace(code), None, "closed once");
                }
                Output::Grant { user, .. } => panic!("no relay, and {user:?} is granted"),
                // Everyone answers at once.
                Output::Probe { connection } => {
                    let now = self.now();
                    self.rooms.handle(now, Input::Alive { connection });
                }
                Output::Revoke { user } => panic!("no relay, and {user:?} is revoked"),
            }
        }
    }

    fn sent(&mut self, to: SocketId, message: ServerMessage) {
        let client = self
            .clients
            .get_mut(&to)
            .expect("sent to an open connection");
        assert_eq!(client.closed, None, "nothing comes after a close");
        if let ServerMessage::Ticket { ticket } = message {
            self.new_tickets.insert(to, ticket);
        } else {
            client.inbox.push_back(message);
        }
    }

    pub fn who(&self, who: usize) -> Option<SocketId> {
        let open = &self.model.connections;
        open.get(who.checked_rem(open.len())?).map(|(id, _)| *id)
    }

    /// The answer to what was just said, when there is exactly one.
    pub fn answer(&mut self, connection: SocketId) -> ServerMessage {
        let inbox = &mut self.clients.get_mut(&connection).unwrap().inbox;
        inbox.pop_front().expect("an answer")
    }

    /// The code of the error that answers what was just said. A ticket can change the room that
    /// its bearer watches from the lobby before the join is refused, so news of the lobby can come
    /// before the error.
    pub fn refusal(&mut self, connection: SocketId) -> ErrorCode {
        let client = self.clients.get_mut(&connection).unwrap();
        client.read_lobby();
        match self.answer(connection) {
            ServerMessage::Error(error) => error.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    pub fn open(&mut self) {
        self.next_connection += 1;
        let connection = SocketId(self.next_connection);
        self.clients.insert(connection, Client::default());
        let address = Ipv4Addr::LOCALHOST.into();
        let since = self.model.now;
        self.model
            .connections
            .push((connection, State::Fresh { since }));
        self.handle(Input::Opened {
            connection,
            address,
            ice: None,
        });
    }

    pub fn lose(&mut self, connection: SocketId) {
        self.clients.remove(&connection);
        self.model.disconnected(connection);
        self.handle(Input::Closed { connection });
    }

    /// A connection that the server closed is gone.
    pub fn was_closed(&mut self, connection: SocketId, code: CloseCode) {
        let client = self.clients.remove(&connection).expect("it was open");
        assert_eq!(client.closed, Some(code));
        // The shell reports it; the rooms know already.
        self.handle(Input::Closed { connection });
    }

    pub fn wait(&mut self, ms: u64) {
        self.model.settle_waiting();
        let until = self.model.now + ms;
        while let Some(at) = self.model.next_deadline().filter(|at| *at <= until) {
            let expected = self.start + Duration::from_millis(at);
            assert_eq!(
                self.rooms.poll_timeout(),
                Some(expected),
                "wants to be called then"
            );
            self.model.now = at;
            self.rooms.handle_timeout(expected);
            self.drain();
            for connection in self.model.due() {
                self.was_closed(connection, CloseCode::NoFirstMessage);
            }
            self.check();
        }
        self.model.now = until;
        self.rooms.handle_timeout(self.now());
        self.drain();
    }

    pub fn restart(&mut self) {
        // Told to all first, as a server that is stopped does.
        self.handle(Input::Stop);
        for connection in std::mem::take(&mut self.clients).into_values() {
            assert_eq!(connection.closed, Some(CloseCode::GoingAway));
        }
        assert_eq!(self.rooms.snapshot(self.now()), Snapshot::default());
        assert_eq!(self.rooms.poll_timeout(), None);
        let (now, max) = (self.model.now, self.model.max);
        self.starts = self.starts.wrapping_add(1);
        self.rooms = start_rooms(max as u32, self.now(), now, self.starts);
        self.model = Model {
            now,
            max,
            started: now,
            ..Model::default()
        };
    }
}
