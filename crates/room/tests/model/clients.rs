//! What clients do, and what the model says that comes of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{
    CallCode, ClientMessage, CloseCode, ErrorCode, Media, Name, ParticipantId, Role, RoomId,
    RoomSecret, Sdp, ServerMessage, Ticket,
};
use room::{ConnectionId, Input, Undecodable, room_of};

use crate::model::{How, Person, State};
use crate::steps::Step;
use crate::world::World;

fn secret(room: usize) -> RoomSecret {
    RoomSecret::parse(&URL_SAFE_NO_PAD.encode([room as u8; 32])).unwrap()
}

pub fn id(room: usize) -> RoomId {
    room_of(&secret(room)).unwrap()
}

impl World {
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
        let sdp = Sdp::new("v=0");
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
}
