//! What there should be, written as plainly as it can be: lists and loops, no timers and no
//! indexes, nothing shared with the real thing.

use protocol::{CallCode, CloseCode, ErrorCode, Media, Name, ParticipantId, Role};
use room::ConnectionId;

pub const HOLD_MS: u64 = 60_000;
pub const FIRST_MESSAGE_MS: u64 = 2_000;
const CODE_MS: u64 = 600_000;
const SETTLE_MS: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: ParticipantId,
    pub room: usize,
    pub role: Role,
    pub name: Name,
    pub media: Media,
    /// The connection, or when it was lost.
    pub link: Result<ConnectionId, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Fresh { since: u64 },
    Idle,
    Lobby { room: usize },
    Joined,
}

/// A ticket that was given: for whom, when, and what it tells of the call.
#[derive(Debug, Clone)]
pub struct Given {
    pub room: usize,
    pub id: ParticipantId,
    pub role: Role,
    pub at: u64,
    pub call: Call,
    pub removed: Vec<ParticipantId>,
}

/// The call in a room.
#[derive(Debug, Clone)]
pub struct Call {
    pub room: usize,
    pub opened: u64,
    pub version: u64,
    pub locked: bool,
    pub by_ticket: bool,
    /// Until when it takes no newcomers.
    pub settles: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Model {
    pub now: u64,
    pub max: usize,
    pub connections: Vec<(ConnectionId, State)>,
    pub people: Vec<Person>,
    /// When the server was started, and the last room made.
    pub started: u64,
    pub last_opened: u64,
    /// One for each room.
    pub calls: Vec<Call>,
    /// Room, code, and when it expires.
    pub codes: Vec<(usize, CallCode, u64)>,
    /// Who was in a room that still is: so it is known there that it is gone.
    pub gone: Vec<(usize, ParticipantId)>,
    pub removed: Vec<(usize, ParticipantId)>,
}

impl Model {
    pub fn state(&self, connection: ConnectionId) -> Option<State> {
        let found = self.connections.iter().find(|(id, _)| *id == connection);
        found.map(|(_, state)| *state)
    }

    pub fn set_state(&mut self, connection: ConnectionId, new: State) {
        for (id, state) in &mut self.connections {
            if *id == connection {
                *state = new;
            }
        }
    }

    pub fn exists(&self, room: usize) -> bool {
        self.people.iter().any(|person| person.room == room)
    }

    pub fn in_room(&self, room: usize) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |person| person.room == room)
    }

    pub fn me(&self, connection: ConnectionId) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.link == Ok(connection))
    }

    pub fn me_mut(&mut self, connection: ConnectionId) -> Option<&mut Person> {
        self.people
            .iter_mut()
            .find(|person| person.link == Ok(connection))
    }

    pub fn call(&self, room: usize) -> Option<&Call> {
        self.calls.iter().find(|it| it.room == room)
    }

    pub fn is_locked(&self, room: usize) -> bool {
        self.call(room).is_some_and(|it| it.locked)
    }

    /// Takes nobody without secret or ticket.
    pub fn is_closed(&self, room: usize) -> bool {
        let closed = |it: &Call| it.locked || it.settles.is_some();
        self.call(room).is_some_and(closed)
    }

    pub fn set_lock(&mut self, room: usize, locked: bool) {
        for call in self.calls.iter_mut().filter(|it| it.room == room) {
            call.version += u64::from(call.locked != locked);
            call.locked = locked;
        }
    }

    /// The ticket that somebody gets now.
    pub fn give(&self, connection: ConnectionId) -> Option<Given> {
        let me = self.me(connection)?;
        let removed: Vec<_> = self
            .removed
            .iter()
            .filter(|(room, _)| *room == me.room)
            .map(|(_, id)| id.clone())
            .collect();
        Some(Given {
            room: me.room,
            id: me.id.clone(),
            role: me.role,
            at: self.now,
            call: self.call(me.room)?.clone(),
            removed: removed[removed.len().saturating_sub(16)..].to_vec(),
        })
    }

    /// Takes somebody out of a room that stays; the connection that is closed for it.
    fn expel(&mut self, id: &ParticipantId, room: usize) -> Option<ConnectionId> {
        let at = self
            .people
            .iter()
            .position(|it| it.id == *id && it.room == room)?;
        let link = self.people.remove(at).link.ok();
        self.gone.push((room, id.clone()));
        self.connections.retain(|(id, _)| Some(*id) != link);
        link
    }

    /// What is learnt from a ticket.
    fn recall(&mut self, given: &Given) -> Result<Vec<(ConnectionId, CloseCode)>, ErrorCode> {
        let room = given.room;
        let mut closed = Vec::new();
        let (now, started) = (self.now, self.started);
        if self.removed.contains(&(room, given.id.clone())) {
            return Err(ErrorCode::BadTicket);
        }
        let Some(call) = self.calls.iter_mut().find(|it| it.room == room) else {
            return Ok(closed);
        };
        if given.call.opened > call.opened {
            *call = Call {
                by_ticket: true,
                settles: Some(now + SETTLE_MS),
                ..given.call.clone()
            };
            for person in self.people.clone() {
                if person.room == room {
                    let link = self.expel(&person.id, room);
                    closed.extend(link.map(|it| (it, CloseCode::GoingAway)));
                }
            }
            self.codes.retain(|(it, ..)| *it != room);
            self.gone.retain(|(it, _)| *it != room);
            self.removed.retain(|(it, _)| *it != room);
            let removed = given.removed.iter().map(|id| (room, id.clone()));
            self.removed.extend(removed);
            return Ok(closed);
        }
        if given.call.opened < call.opened {
            let may_be_it = !call.by_ticket
                && now - started <= HOLD_MS
                && given.call.opened < started
                && given.at / 1_000 <= started / 1_000
                && call.opened >= started;
            if !may_be_it {
                return Err(ErrorCode::BadTicket);
            }
            call.opened = given.call.opened;
            call.by_ticket = true;
            if call.version == 0 {
                call.locked = given.call.locked;
            }
            call.version += given.call.version;
        }
        if given.call.version > call.version {
            call.version = given.call.version;
            call.locked = given.call.locked;
        }
        for id in &given.removed {
            if !self.removed.contains(&(room, id.clone())) {
                self.removed.push((room, id.clone()));
                let link = self.expel(id, room);
                closed.extend(link.map(|it| (it, CloseCode::Removed)));
            }
        }
        Ok(closed)
    }

    /// The room is made if it is not there, and open when a host enters.
    fn entered(&mut self, room: usize, role: Role, given: Option<&Given>) {
        if self.call(room).is_none() {
            let call = match given {
                Some(given) => {
                    let removed = given.removed.iter().map(|id| (room, id.clone()));
                    self.removed.extend(removed);
                    Call {
                        by_ticket: true,
                        settles: Some(self.now + SETTLE_MS),
                        ..given.call.clone()
                    }
                }
                None => {
                    self.last_opened = self.now.max(self.last_opened + 1);
                    Call {
                        room,
                        opened: self.last_opened,
                        version: 0,
                        locked: false,
                        by_ticket: false,
                        settles: None,
                    }
                }
            };
            self.calls.push(call);
        }
        if role == Role::Host {
            for call in self.calls.iter_mut().filter(|it| it.room == room) {
                call.settles = None;
            }
        }
    }

    /// Whom a lobby shows.
    pub fn shown(&self, room: usize) -> Vec<Name> {
        if self.is_closed(room) {
            return Vec::new();
        }
        let mut people: Vec<_> = self.in_room(room).filter(|it| it.link.is_ok()).collect();
        people.sort_by(|a, b| a.id.cmp(&b.id));
        people.into_iter().map(|it| it.name.clone()).collect()
    }

    /// A person is gone for good.
    pub fn gone(&mut self, id: &ParticipantId, room: usize) {
        self.people
            .retain(|person| !(person.id == *id && person.room == room));
        self.gone.push((room, id.clone()));
        if !self.exists(room) {
            self.calls.retain(|it| it.room != room);
            self.codes.retain(|(it, ..)| *it != room);
            self.gone.retain(|(it, _)| *it != room);
            self.removed.retain(|(it, _)| *it != room);
        }
    }

    /// A connection is gone; who was on it is held.
    pub fn disconnected(&mut self, connection: ConnectionId) {
        let now = self.now;
        self.connections.retain(|(id, _)| *id != connection);
        if let Some(person) = self.me_mut(connection) {
            person.link = Err(now);
        }
    }

    /// Makes place in a room for one more, if there can be.
    pub fn make_place(&mut self, room: usize) -> Result<(), ErrorCode> {
        if self.in_room(room).count() < self.max {
            return Ok(());
        }
        let lost = self
            .in_room(room)
            .filter_map(|person| person.link.err().map(|since| (since, person.id.clone())))
            .min();
        let (_, lost) = lost.ok_or(ErrorCode::Full)?;
        // The room goes on, even if it was the last: the newcomer is in it.
        self.people
            .retain(|person| !(person.id == lost && person.room == room));
        self.gone.push((room, lost));
        Ok(())
    }

    /// What a join is answered with, if it is refused.
    pub fn enter(
        &mut self,
        connection: ConnectionId,
        room: usize,
        how: &How,
        name: &Name,
    ) -> Result<Entered, ErrorCode> {
        let mut entered = Entered {
            id: None,
            role: Role::Guest,
            resumed: false,
            replaced: None,
            closed: Vec::new(),
        };
        let mut ticket = None;
        match how {
            How::Host => entered.role = Role::Host,
            How::WrongSecret => return Err(ErrorCode::BadSecret),
            How::Guest if !self.exists(room) || self.is_closed(room) => {
                return Err(ErrorCode::Unavailable);
            }
            How::Guest => {}
            How::Ticket(given) => {
                let key = (given.room, given.id.clone());
                if given.room != room {
                    return Err(ErrorCode::BadTicket);
                }
                entered.closed = self.recall(given)?;
                ticket = Some(given);
                entered.role = given.role;
                entered.id = Some(given.id.clone());
                entered.resumed = !self.gone.contains(&key);
                let known = self
                    .people
                    .iter_mut()
                    .find(|it| it.id == given.id && it.room == room);
                if let Some(person) = known {
                    entered.resumed = true;
                    entered.replaced = person.link.ok();
                    person.link = Ok(connection);
                    person.name = name.clone();
                    person.media = Media::default();
                    self.connections
                        .retain(|(id, _)| Some(*id) != entered.replaced);
                    return Ok(entered);
                }
            }
        }
        self.make_place(room)?;
        self.entered(room, entered.role, ticket);
        if let Some(id) = &entered.id {
            self.gone.retain(|it| *it != (room, id.clone()));
        }
        Ok(entered)
    }

    pub fn code(&mut self, room: usize, code: &CallCode) -> u64 {
        let now = self.now;
        match self.codes.iter_mut().find(|(it, ..)| *it == room) {
            Some((_, known, expires)) => {
                assert_eq!(known, code, "a room has one code at a time");
                if *expires - now <= CODE_MS / 2 {
                    *expires = now + CODE_MS;
                }
                *expires - now
            }
            None => {
                assert!(self.codes.iter().all(|(_, known, _)| known != code));
                self.codes.push((room, code.clone(), now + CODE_MS));
                CODE_MS
            }
        }
    }

    /// The next moment at which something happens by itself.
    pub fn next_deadline(&self) -> Option<u64> {
        let fresh = self
            .connections
            .iter()
            .filter_map(|(_, state)| match state {
                State::Fresh { since } => Some(since + FIRST_MESSAGE_MS),
                _ => None,
            });
        let held = self
            .people
            .iter()
            .filter_map(|it| it.link.err().map(|since| since + HOLD_MS));
        let codes = self.codes.iter().map(|(_, _, expires)| *expires);
        let settles = self.calls.iter().filter_map(|it| it.settles);
        fresh.chain(held).chain(codes).chain(settles).min()
    }

    /// Lets happen what is due now; the connections that are closed for silence.
    pub fn due(&mut self) -> Vec<ConnectionId> {
        let now = self.now;
        self.codes.retain(|(.., expires)| *expires > now);
        for call in &mut self.calls {
            call.settles = call.settles.filter(|at| *at > now);
        }
        let held: Vec<_> = self
            .people
            .iter()
            .filter(|it| it.link.is_err_and(|since| since + HOLD_MS <= now))
            .map(|it| (it.id.clone(), it.room))
            .collect();
        for (id, room) in held {
            self.gone(&id, room);
        }
        let silent = |state: &State| matches!(state, State::Fresh { since } if since + FIRST_MESSAGE_MS <= now);
        let closed = self.connections.iter().filter(|(_, state)| silent(state));
        let closed: Vec<_> = closed.map(|(id, _)| *id).collect();
        self.connections.retain(|(_, state)| !silent(state));
        closed
    }
}

/// How somebody asks to enter.
#[derive(Debug, Clone)]
pub enum How {
    Host,
    Guest,
    WrongSecret,
    Ticket(Given),
}

/// How somebody entered.
#[derive(Debug)]
pub struct Entered {
    /// Who it was before; a newcomer's id is the server's to choose.
    pub id: Option<ParticipantId>,
    pub role: Role,
    pub resumed: bool,
    pub replaced: Option<ConnectionId>,
    /// Connections that were closed for what the ticket tells.
    pub closed: Vec<(ConnectionId, CloseCode)>,
}
