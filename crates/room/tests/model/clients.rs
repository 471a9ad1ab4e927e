//! What clients do, and what the model says that comes of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{
    CallCode, ClientMessage, CloseCode, DeviceToken, ErrorCode, Media, Name, ParticipantId, Role,
    RoomId, RoomSecret, Sdp, ServerMessage, Ticket,
};
use room::{Input, SocketId, Standing, Undecodable, room_of};

use crate::parts::{Gone, How, Person, Removed, State};
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
                it.join(from, room, How::Ticket(Box::new(given)), None, Some(ticket));
            }),
            Step::Offer { who, whom } => self.with(who, |it, from| it.offer(from, whom)),
            Step::Media { who, camera } => self.with(who, |it, from| it.media(from, camera)),
            Step::Rename { who, name } => self.with(who, |it, from| it.rename(from, name)),
            Step::Code { who } => self.with(who, Self::code),
            Step::Remove { who, whom } => self.with(who, |it, from| it.remove(from, whom)),
            Step::Readmit { who, which } => self.with(who, |it, from| it.readmit(from, which)),
            Step::MakeHost { who, whom } => self.with(who, |it, from| it.make_host(from, whom)),
            Step::Away { who } => self.with(who, Self::away),
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

    fn with(&mut self, who: usize, then: impl FnOnce(&mut Self, SocketId)) {
        if let Some(connection) = self.who(who) {
            then(self, connection);
        }
    }

    fn peek(&mut self, from: SocketId, room: usize) {
        self.say(from, ClientMessage::Peek { room: id(room) });
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
        } else {
            self.model.waits_no_more(from);
            self.model.set_state(from, State::Lobby { room });
            let last = self.clients[&from].inbox.back();
            assert!(
                matches!(last, Some(ServerMessage::Lobby { .. })),
                "{last:?}"
            );
        }
    }

    fn begun(&mut self, from: SocketId) {
        if matches!(self.model.state(from), Some(State::Fresh { .. })) {
            self.model.set_state(from, State::Idle);
        }
    }

    fn find(&mut self, from: SocketId, which: usize) {
        let made_up = CallCode::parse("00000000").unwrap();
        let code = self.codes.get(which).cloned().unwrap_or(made_up);
        self.say(from, ClientMessage::Find { code: code.clone() });
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
            return;
        }
        self.begun(from);
        self.model.waits_no_more(from);
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
        from: SocketId,
        room: usize,
        how: How,
        secret: Option<RoomSecret>,
        ticket: Option<Ticket>,
    ) {
        let name = Name::clean(&format!("n{}", from.0 % 5));
        let device = [None, Some('a'), Some('b'), Some('c')][from.0 as usize % 4];
        let message = ClientMessage::Join {
            room: id(room),
            name: Some(name.clone()),
            secret,
            ticket,
            media: Some(Media::default()),
            received: None,
            offer: None,
            device: device.map(token),
        };
        self.say(from, message);
        if self.model.state(from) == Some(State::Joined) {
            assert_eq!(self.refusal(from), ErrorCode::WrongState);
            return;
        }
        self.begun(from);
        let mut closed = Vec::new();
        let entered = self
            .model
            .enter(from, room, &how, &name, device, &mut closed);
        for (connection, code) in closed {
            self.was_closed(connection, code);
        }
        let entered = match entered {
            Ok(entered) => entered,
            Err(code) => return assert_eq!(self.refusal(from), code),
        };
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
        let (role, resumed) = (*role, *resumed);
        assert_eq!((role, resumed), (entered.standing.role(), entered.resumed));
        let known = self.model.people.iter().any(|it| it.link == Ok(from));
        match &entered.id {
            Some(id) => assert_eq!(participant, id),
            None => assert!(self.tickets.iter().all(|(_, it)| it.id != *participant)),
        }
        if !known {
            self.model.people.push(Person {
                id: participant.clone(),
                room,
                standing: entered.standing,
                arrived: entered.arrived,
                name,
                device,
                media: Media::default(),
                link: Ok(from),
            });
        }
        // What it was given before anything else came of its being here.
        let given = self.model.give(from).expect("who joined is somebody");
        self.tickets.push((ticket.clone(), given));
        self.model.set_state(from, State::Joined);
        if known {
            self.model.fill_host(room);
        } else {
            self.model.has_entered(room, entered.standing);
        }
    }

    /// A participant: somebody's roommate, oneself, or of another room.
    fn whom(&self, whom: usize) -> ParticipantId {
        let nobody = || ParticipantId::parse("nobody--here").unwrap();
        let people = &self.model.people;
        let at = whom.checked_rem(people.len());
        at.and_then(|at| people.get(at))
            .map_or_else(nobody, |it| it.id.clone())
    }

    fn offer(&mut self, from: SocketId, whom: usize) {
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

    fn media(&mut self, from: SocketId, camera: bool) {
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

    fn rename(&mut self, from: SocketId, name: u8) {
        let name = Name::clean(&format!("n{name}"));
        self.say(from, ClientMessage::Rename { name: name.clone() });
        match self.model.me_mut(from) {
            Some(me) => me.name = name,
            None => assert_eq!(self.refusal(from), ErrorCode::WrongState),
        }
    }

    fn code(&mut self, from: SocketId) {
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

    fn remove(&mut self, from: SocketId, whom: usize) {
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
        if me.standing.role() != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        let other = self
            .model
            .in_room(me.room)
            .find(|it| it.id == participant && it.id != me.id);
        let other = other.cloned();
        let Some(link) = other.as_ref().map(|it| it.link) else {
            return assert_eq!(self.refusal(from), ErrorCode::NoSuchParticipant);
        };
        let device = other.as_ref().and_then(|it| it.device);
        let name = other.map(|it| it.name).unwrap_or_default();
        let removed = Removed {
            id: participant.clone(),
            name,
            device,
        };
        self.model
            .readmitted
            .retain(|it| *it != (me.room, participant.clone()));
        self.model.removed.push((me.room, removed));
        self.model.gone(&participant, me.room, Gone::Removed);
        if let Ok(connection) = link {
            self.model.connections.retain(|(id, _)| *id != connection);
            assert_eq!(
                self.clients[&connection].inbox.back(),
                Some(&ServerMessage::Removed {})
            );
            self.was_closed(connection, CloseCode::Removed);
        }
    }

    fn lock(&mut self, from: SocketId, locked: bool) {
        self.say(from, ClientMessage::Lock { locked });
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        if me.standing.role() != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        self.model.set_lock(me.room, locked);
    }

    fn leave(&mut self, from: SocketId) {
        self.say(from, ClientMessage::Leave {});
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        self.model.gone(&me.id, me.room, Gone::Left);
        self.model.set_state(from, State::Idle);
        self.clients.get_mut(&from).unwrap().view = None;
    }

    fn away(&mut self, from: SocketId) {
        self.say(from, ClientMessage::Away {});
        if self.model.me(from).is_none() {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        }
        self.model.hold(from, true);
        self.model.set_state(from, State::Idle);
        self.clients.get_mut(&from).unwrap().view = None;
    }

    fn readmit(&mut self, from: SocketId, which: usize) {
        let room = self.model.me(from).map(|it| it.room);
        let removed = self.model.removed.iter();
        let removed: Vec<_> = removed.filter(|(it, _)| Some(*it) == room).collect();
        let at = which.checked_rem(removed.len());
        let participant = at.and_then(|at| removed.get(at)).map_or_else(
            || ParticipantId::parse("nobody--here").unwrap(),
            |(_, it)| it.id.clone(),
        );
        self.say(
            from,
            ClientMessage::Readmit {
                participant: participant.clone(),
            },
        );
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        if me.standing.role() != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        let before = self.model.removed.len();
        let is_it = |it: &(usize, Removed)| it.0 == me.room && it.1.id == participant;
        self.model.removed.retain(|it| !is_it(it));
        if self.model.removed.len() == before {
            return assert_eq!(self.refusal(from), ErrorCode::NoSuchParticipant);
        }
        self.model.readmitted.push((me.room, participant));
    }

    fn make_host(&mut self, from: SocketId, whom: usize) {
        let participant = self.whom(whom);
        self.say(
            from,
            ClientMessage::MakeHost {
                participant: participant.clone(),
            },
        );
        let Some(me) = self.model.me(from).cloned() else {
            return assert_eq!(self.refusal(from), ErrorCode::WrongState);
        };
        if me.standing.role() != Role::Host {
            return assert_eq!(self.refusal(from), ErrorCode::NotHost);
        }
        let mut people = self.model.people.iter_mut();
        let other = people.find(|it| it.room == me.room && it.id == participant && it.id != me.id);
        let Some(other) = other else {
            return assert_eq!(self.refusal(from), ErrorCode::NoSuchParticipant);
        };
        other.standing = match (me.standing, other.standing) {
            (_, Standing::Secret) => Standing::Secret,
            (Standing::Acting, Standing::Made) => Standing::Made,
            (Standing::Acting, _) => Standing::Acting,
            _ => Standing::Made,
        };
    }
}

fn token(letter: char) -> DeviceToken {
    DeviceToken::parse(&letter.to_string().repeat(22)).unwrap()
}
