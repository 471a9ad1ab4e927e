//! The real rooms beside the model, and clients that believe what they are told.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{
    CallCode, ClientMessage, CloseCode, ErrorCode, Media, Name, ParticipantId, Role, RoomId,
    RoomSecret, Sdp, ServerMessage, Ticket,
};
use room::{
    Anchor, Config, ConnectionId, Input, Keys, Output, Rooms, Snapshot, TicketKey, Undecodable,
    room_of,
};
use web_time::Instant;

use crate::model::{Given, How, Model, Person, State};
use crate::picture::{Client, view};
use crate::steps::Step;

pub struct World {
    rooms: Rooms,
    model: Model,
    start: Instant,
    next_connection: u64,
    starts: u8,
    clients: BTreeMap<ConnectionId, Client>,
    tickets: Vec<(Ticket, Given)>,
    /// Given since the last look.
    new_tickets: Vec<(ConnectionId, Ticket)>,
    codes: Vec<CallCode>,
}

fn secret(room: usize) -> RoomSecret {
    RoomSecret::parse(&URL_SAFE_NO_PAD.encode([room as u8; 32])).unwrap()
}

pub fn id(room: usize) -> RoomId {
    room_of(&secret(room)).unwrap()
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
            new_tickets: Vec::new(),
            codes: Vec::new(),
        }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.model.now)
    }

    fn handle(&mut self, input: Input) {
        self.rooms.handle(self.now(), input);
        self.drain();
    }

    fn say(&mut self, connection: ConnectionId, message: ClientMessage) {
        self.handle(Input::Message {
            connection,
            message,
        });
    }

    fn drain(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { to, message } => {
                    let client = self
                        .clients
                        .get_mut(&to)
                        .expect("sent to an open connection");
                    assert_eq!(client.closed, None, "nothing comes after a close");
                    if let ServerMessage::Ticket { ticket } = message {
                        self.new_tickets.push((to, ticket));
                    } else {
                        client.inbox.push_back(message);
                    }
                }
                Output::Close { connection, code } => {
                    let client = self.clients.get_mut(&connection).expect("closed when open");
                    assert_eq!(client.closed.replace(code), None, "closed once");
                }
                Output::Revoke { user } => panic!("no relay, and {user:?} is revoked"),
            }
        }
    }

    fn who(&self, who: usize) -> Option<ConnectionId> {
        let open = &self.model.connections;
        open.get(who.checked_rem(open.len())?).map(|(id, _)| *id)
    }

    /// The answer to what was just said, when there is exactly one.
    fn answer(&mut self, connection: ConnectionId) -> ServerMessage {
        let inbox = &mut self.clients.get_mut(&connection).unwrap().inbox;
        inbox.pop_front().expect("an answer")
    }

    fn refusal(&mut self, connection: ConnectionId) -> ErrorCode {
        match self.answer(connection) {
            ServerMessage::Error(error) => error.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    pub fn run(&mut self, step: &Step) {
        match *step {
            Step::Open => self.open(),
            Step::Wait { ms } => self.wait(ms),
            Step::Restart => self.restart(),
            Step::Lose { who } => {
                if let Some(connection) = self.who(who) {
                    self.lose(connection);
                }
            }
            _ => self.run_of_somebody(step),
        }
    }

    fn run_of_somebody(&mut self, step: &Step) {
        match *step {
            Step::Peek { who, room } => self.with(who, |it, from| it.peek(from, room)),
            Step::Find { who, which } => self.with(who, |it, from| it.find(from, which)),
            Step::JoinAsHost { who, room } => self.with(who, |it, from| {
                it.join(from, room, How::Host, Some(secret(room)), None);
            }),
            Step::JoinAsGuest { who, room } => self.with(who, |it, from| {
                it.join(from, room, How::Guest, None, None);
            }),
            Step::JoinWithWrongSecret { who, room } => self.with(who, |it, from| {
                it.join(from, room, How::WrongSecret, Some(secret(room + 1)), None);
            }),
            Step::JoinWithTicket { who, which, right } => self.with(who, |it, from| {
                let Some((ticket, given)) = it.tickets.iter().rev().nth(which).cloned() else {
                    return;
                };
                let room = if right { given.room } else { given.room + 1 };
                it.join(from, room, How::Ticket(given), None, Some(ticket));
            }),
            Step::Offer { who, whom } => self.with(who, |it, from| it.offer(from, whom)),
            Step::Media { who, camera } => self.with(who, |it, from| it.media(from, camera)),
            Step::Rename { who, name } => self.with(who, |it, from| it.rename(from, name)),
            Step::Code { who } => self.with(who, Self::code),
            Step::Remove { who, whom } => self.with(who, |it, from| it.remove(from, whom)),
            Step::Lock { who, locked } => self.with(who, |it, from| it.lock(from, locked)),
            Step::Leave { who } => self.with(who, Self::leave),
            Step::Ping { who } => self.with(who, |it, from| {
                it.say(from, ClientMessage::Ping { id: 3 });
                assert_eq!(it.answer(from), ServerMessage::Pong { id: 3 });
            }),
            Step::Unknown { who } => self.with(who, |it, from| {
                it.say(from, ClientMessage::Unknown);
                assert_eq!(it.refusal(from), ErrorCode::UnknownType);
            }),
            Step::Undecodable { who } => self.with(who, |it, connection| {
                let why = Undecodable {
                    code: ErrorCode::BadMessage,
                    message: String::new(),
                    refused: None,
                };
                it.handle(Input::Undecodable { connection, why });
                assert_eq!(it.refusal(connection), ErrorCode::BadMessage);
            }),
            Step::Open | Step::Wait { .. } | Step::Restart | Step::Lose { .. } => {}
        }
    }

    fn with(&mut self, who: usize, then: impl FnOnce(&mut Self, ConnectionId)) {
        if let Some(connection) = self.who(who) {
            then(self, connection);
        }
    }

    fn open(&mut self) {
        self.next_connection += 1;
        let connection = ConnectionId(self.next_connection);
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

    fn lose(&mut self, connection: ConnectionId) {
        self.clients.remove(&connection);
        self.model.disconnected(connection);
        self.handle(Input::Closed { connection });
    }

    /// A connection that the server closed is gone.
    fn was_closed(&mut self, connection: ConnectionId, code: CloseCode) {
        let client = self.clients.remove(&connection).expect("it was open");
        assert_eq!(client.closed, Some(code));
        // The shell reports it; the rooms know already.
        self.handle(Input::Closed { connection });
    }

    fn wait(&mut self, ms: u64) {
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

    fn restart(&mut self) {
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

    fn peek(&mut self, from: ConnectionId, room: usize) {
        self.say(from, ClientMessage::Peek { room: id(room) });
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
        } else {
            self.model.set_state(from, State::Lobby { room });
            let last = self.clients[&from].inbox.back();
            assert!(
                matches!(last, Some(ServerMessage::Lobby { .. })),
                "{last:?}"
            );
        }
    }

    fn begun(&mut self, from: ConnectionId) {
        if matches!(self.model.state(from), Some(State::Fresh { .. })) {
            self.model.set_state(from, State::Idle);
        }
    }

    fn find(&mut self, from: ConnectionId, which: usize) {
        let made_up = CallCode::parse("00000000").unwrap();
        let code = self.codes.get(which).cloned().unwrap_or(made_up);
        self.say(from, ClientMessage::Find { code: code.clone() });
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
            return;
        }
        self.begun(from);
        let known = self.model.codes.iter().find(|(_, known, _)| *known == code);
        match known
            .map(|(room, ..)| *room)
            .filter(|it| !self.model.is_closed(*it))
        {
            Some(room) => assert_eq!(self.answer(from), ServerMessage::Found { room: id(room) }),
            None => assert_eq!(self.refusal(from), ErrorCode::Unavailable),
        }
    }

    fn join(
        &mut self,
        from: ConnectionId,
        room: usize,
        how: How,
        secret: Option<RoomSecret>,
        ticket: Option<Ticket>,
    ) {
        let name = Name::clean(&format!("n{}", from.0 % 3));
        let message = ClientMessage::Join {
            room: id(room),
            name: name.clone(),
            secret,
            ticket,
            media: Media::default(),
            received: None,
            offer: None,
        };
        self.say(from, message);
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
            return;
        }
        self.begun(from);
        let entered = match self.model.enter(from, room, &how, &name) {
            Ok(entered) => entered,
            Err(code) => return assert_eq!(self.refusal(from), code),
        };
        for (connection, code) in &entered.closed {
            self.was_closed(*connection, *code);
        }
        if let Some(old) = entered.replaced {
            self.was_closed(old, CloseCode::Replaced);
        }
        let inbox = &self.clients[&from].inbox;
        let joined = inbox
            .iter()
            .find(|it| matches!(it, ServerMessage::Joined { .. }));
        let Some(ServerMessage::Joined {
            participant,
            role,
            resumed,
            ticket,
            ..
        }) = joined
        else {
            panic!("expected to join, got {inbox:?}");
        };
        assert_eq!((*role, *resumed), (entered.role, entered.resumed));
        let known = self.model.people.iter().any(|it| it.link == Ok(from));
        match &entered.id {
            Some(id) => assert_eq!(participant, id),
            None => assert!(self.tickets.iter().all(|(_, it)| it.id != *participant)),
        }
        if !known {
            self.model.people.push(Person {
                id: participant.clone(),
                room,
                role: *role,
                name,
                media: Media::default(),
                link: Ok(from),
            });
        }
        let given = self.model.give(from).expect("who joined is somebody");
        self.tickets.push((ticket.clone(), given));
        self.model.set_state(from, State::Joined);
    }

    /// A participant: somebody's roommate, oneself, or of another room.
    fn whom(&self, whom: usize) -> ParticipantId {
        let nobody = || ParticipantId::parse("nobody--here").unwrap();
        let people = &self.model.people;
        let at = whom.checked_rem(people.len());
        at.and_then(|at| people.get(at))
            .map_or_else(nobody, |it| it.id.clone())
    }

    fn offer(&mut self, from: ConnectionId, whom: usize) {
        let to = self.whom(whom);
        let sdp = Sdp("v=0".into());
        self.say(
            from,
            ClientMessage::Offer {
                to: to.clone(),
                connection: 1,
                sdp: sdp.clone(),
            },
        );
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        let other = self
            .model
            .in_room(me.room)
            .find(|it| it.id == to && it.id != me.id);
        match other.map(|it| it.link) {
            None => assert_eq!(self.refusal(from), ErrorCode::NoSuchParticipant),
            Some(Err(_)) => {}
            Some(Ok(connection)) => {
                let expected = ServerMessage::Offer {
                    from: me.id,
                    connection: 1,
                    sdp,
                };
                assert_eq!(self.answer(connection), expected);
            }
        }
    }

    fn media(&mut self, from: ConnectionId, camera: bool) {
        let media = Media {
            camera,
            ..Media::default()
        };
        self.say(from, ClientMessage::Media { media });
        match self.model.me_mut(from) {
            Some(me) => me.media = media,
            None => assert_eq!(self.refusal(from), ErrorCode::WrongState),
        }
    }

    fn rename(&mut self, from: ConnectionId, name: u8) {
        let name = Name::clean(&format!("n{name}"));
        self.say(from, ClientMessage::Rename { name: name.clone() });
        match self.model.me_mut(from) {
            Some(me) => me.name = name,
            None => assert_eq!(self.refusal(from), ErrorCode::WrongState),
        }
    }

    fn code(&mut self, from: ConnectionId) {
        self.say(from, ClientMessage::Code {});
        let Some(room) = self.model.me(from).map(|it| it.room) else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        let ServerMessage::Code {
            code,
            expires_in_ms,
        } = self.answer(from)
        else {
            panic!("expected a code");
        };
        assert_eq!(self.model.code(room, &code), expires_in_ms);
        self.codes.insert(0, code);
    }

    fn remove(&mut self, from: ConnectionId, whom: usize) {
        let participant = self.whom(whom);
        self.say(
            from,
            ClientMessage::Remove {
                participant: participant.clone(),
            },
        );
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        if me.role != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        let other = self
            .model
            .in_room(me.room)
            .find(|it| it.id == participant && it.id != me.id);
        let Some(link) = other.map(|it| it.link) else {
            return assert_eq!(self.refusal(from), ErrorCode::NoSuchParticipant);
        };
        self.model.gone(&participant, me.room);
        self.model.removed.push((me.room, participant));
        if let Ok(connection) = link {
            self.model.connections.retain(|(id, _)| *id != connection);
            assert_eq!(
                self.clients[&connection].inbox.back(),
                Some(&ServerMessage::Removed {})
            );
            self.was_closed(connection, CloseCode::Removed);
        }
    }

    fn lock(&mut self, from: ConnectionId, locked: bool) {
        self.say(from, ClientMessage::Lock { locked });
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        if me.role != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        self.model.set_lock(me.room, locked);
    }

    fn leave(&mut self, from: ConnectionId) {
        self.say(from, ClientMessage::Leave {});
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        self.model.gone(&me.id, me.room);
        self.model.set_state(from, State::Idle);
        self.clients.get_mut(&from).unwrap().view = None;
    }

    /// The rooms are as the model has them, and everybody knows.
    pub fn check(&mut self) {
        for (connection, ticket) in std::mem::take(&mut self.new_tickets) {
            if let Some(given) = self.model.give(connection) {
                self.tickets.push((ticket, given));
            }
        }
        let snapshot = self.rooms.snapshot(self.now());
        assert_eq!(snapshot.connections, self.model.connections.len());
        let mut people: Vec<_> = self.model.people.iter().collect();
        people.sort_by(|a, b| (id(a.room), &a.id).cmp(&(id(b.room), &b.id)));
        let real: Vec<_> = snapshot
            .rooms
            .iter()
            .flat_map(|room| room.participants.iter().map(|it| (room.locked, it)))
            .map(|(locked, it)| (it.id.clone(), it.role, it.connected, locked))
            .collect();
        let expected: Vec<_> = people
            .iter()
            .map(|it| {
                let locked = self.model.is_locked(it.room);
                (it.id.clone(), it.role, it.link.is_ok(), locked)
            })
            .collect();
        assert_eq!(real, expected);
        assert!(
            snapshot.rooms.iter().all(|it| !it.participants.is_empty()),
            "an empty room"
        );
        assert_eq!(snapshot.codes, self.model.codes.len());
        for (connection, state) in self.model.connections.clone() {
            let client = self.clients.get_mut(&connection).expect("an open client");
            assert_eq!(client.closed, None, "closed for no reason");
            client.read();
            match state {
                State::Lobby { room } => {
                    let expected = Some((id(room), self.model.shown(room)));
                    assert_eq!(client.lobby, expected);
                    assert_eq!(client.view, None);
                }
                State::Joined => {
                    let expected = view(&self.model, connection);
                    assert_eq!(client.view, Some(expected));
                }
                State::Fresh { .. } | State::Idle => assert_eq!(client.view, None),
            }
        }
    }

    /// Everybody goes, time passes: nothing is left.
    pub fn end(mut self) {
        for (connection, _) in self.model.connections.clone() {
            self.lose(connection);
        }
        self.wait(1_000_000);
        assert_eq!(self.rooms.snapshot(self.now()), Snapshot::default());
        assert_eq!(self.rooms.totals(), room::Totals::default());
        assert_eq!(self.rooms.poll_timeout(), None);
    }
}
