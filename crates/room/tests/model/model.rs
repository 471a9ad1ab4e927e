//! What there should be, written as plainly as it can be: lists and loops, no timers and no
//! indexes, nothing shared with the real thing.

use protocol::{CallCode, CloseCode, ErrorCode, Media, Name, ParticipantId};
use room::{SocketId, Standing};

use crate::parts::{Call, Entered, Given, Gone, HOLD_MS, How, Lost, Over, Person, Removed, State};

pub const FIRST_MESSAGE_MS: u64 = 2_000;
const CODE_MS: u64 = 600_000;
const HOLD_ALONE_MS: u64 = 10_000;
const HOLD_AWAY_MS: u64 = 10_000;
const GIVE_AWAY_MS: u64 = 10_000;
const TICKET_MS: u64 = 24 * 60 * 60 * 1_000;

#[derive(Debug, Default)]
pub struct Model {
    pub now: u64,
    pub max: usize,
    pub connections: Vec<(SocketId, State)>,
    pub people: Vec<Person>,
    /// When the server was started, and the last room made.
    pub started: u64,
    pub last_opened: u64,
    /// One for each room.
    pub calls: Vec<Call>,
    /// Room, code, and when it expires.
    pub codes: Vec<(usize, CallCode, u64)>,
    /// Who was in a room that still is: so it is known there that it is gone, and why.
    pub gone: Vec<(usize, ParticipantId, Gone)>,
    pub removed: Vec<(usize, Removed)>,
    pub readmitted: Vec<(usize, ParticipantId)>,
    pub over: Vec<Over>,
}

impl Model {
    pub fn state(&self, connection: SocketId) -> Option<State> {
        let found = self.connections.iter().find(|(id, _)| *id == connection);
        found.map(|(_, state)| *state)
    }

    pub fn set_state(&mut self, connection: SocketId, new: State) {
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

    pub fn me(&self, connection: SocketId) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.link == Ok(connection))
    }

    pub fn me_mut(&mut self, connection: SocketId) -> Option<&mut Person> {
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
            call.recalls &= !(locked && call.locked != locked);
            call.locked = locked;
        }
    }

    /// The people in a room in the order in which they came.
    pub fn in_order(&self, room: usize) -> Vec<&Person> {
        let mut people: Vec<_> = self.in_room(room).collect();
        people.sort_by_key(|it| (it.arrived, it.id.clone()));
        people
    }

    /// The ticket that somebody gets now.
    pub fn give(&self, connection: SocketId) -> Option<Given> {
        let me = self.me(connection)?;
        let removed = self.removed.iter().filter(|(room, _)| *room == me.room);
        let removed: Vec<_> = removed.map(|(_, it)| it.clone()).collect();
        let left = self
            .gone
            .iter()
            .filter(|(room, _, why)| *room == me.room && *why == Gone::Left);
        let left: Vec<_> = left.map(|(_, id, _)| id.clone()).collect();
        Some(Given {
            room: me.room,
            id: me.id.clone(),
            standing: me.standing,
            at: self.now,
            arrived: me.arrived,
            call: self.call(me.room)?.clone(),
            removed: removed[removed.len().saturating_sub(16)..].to_vec(),
            left: left[left.len().saturating_sub(16)..].to_vec(),
        })
    }

    /// Takes somebody out of a room that stays; the connection that is closed for it.
    pub fn expel(&mut self, id: &ParticipantId, room: usize, why: Gone) -> Option<SocketId> {
        let at = self
            .people
            .iter()
            .position(|it| it.id == *id && it.room == room)?;
        let link = self.people.remove(at).link.ok();
        self.note_gone(room, id, why);
        self.connections.retain(|(id, _)| Some(*id) != link);
        link
    }

    /// False if that was known.
    pub fn note_gone(&mut self, room: usize, id: &ParticipantId, why: Gone) -> bool {
        let is_known = self.gone.iter().any(|(at, it, _)| *at == room && it == id);
        if !is_known {
            self.gone.push((room, id.clone(), why));
        }
        !is_known
    }

    pub fn is_removed(&self, room: usize, id: &ParticipantId) -> bool {
        self.removed
            .iter()
            .any(|(at, it)| *at == room && it.id == *id)
    }

    /// Whether somebody like this is kept out.
    fn is_kept_out(&self, room: usize, name: &Name, device: Option<char>) -> bool {
        let is_same = |it: &Removed| it.name == *name || it.device.is_some() && it.device == device;
        self.removed
            .iter()
            .any(|(at, it)| *at == room && is_same(it))
    }

    pub fn comes_late(&self) -> bool {
        self.now - self.started > HOLD_MS
    }

    /// The moment at which somebody arrives now.
    fn arrival(&mut self, room: usize) -> u64 {
        let now = self.now;
        let call = self.calls.iter_mut().find(|it| it.room == room);
        call.map_or(now, |call| {
            call.last_arrival = now.max(call.last_arrival + 1);
            call.last_arrival
        })
    }

    /// Somebody has entered, or come back.
    pub fn has_entered(&mut self, room: usize, standing: Standing) {
        let count = self.in_room(room).count();
        let lasts = matches!(standing, Standing::Secret | Standing::Made);
        for call in self.calls.iter_mut().filter(|it| it.room == room) {
            call.has_met |= count > 1;
            if lasts {
                call.settles = None;
                call.host_until = None;
            }
        }
        if lasts {
            for person in self.people.iter_mut().filter(|it| it.room == room) {
                if person.standing == Standing::Acting {
                    person.standing = Standing::Guest;
                }
            }
        }
        self.fill_host(room);
    }

    /// Where no host is left, who was there longest becomes one.
    pub fn fill_host(&mut self, room: usize) {
        if self.call(room).is_none_or(|it| it.host_until.is_some()) {
            return;
        }
        let is_guest = |it: &Person| it.standing == Standing::Guest;
        let first = self.in_order(room).into_iter().find(|it| it.link.is_ok());
        let Some(first) = first.map(|it| it.id.clone()) else {
            return;
        };
        if self.in_room(room).all(is_guest) {
            let mut people = self.people.iter_mut();
            if let Some(it) = people.find(|it| it.room == room && it.id == first) {
                it.standing = Standing::Acting;
            }
        }
    }

    /// Whom a lobby shows.
    pub fn shown(&self, room: usize) -> Vec<Name> {
        if self.is_closed(room) {
            return Vec::new();
        }
        let people = self.in_order(room).into_iter();
        let here = people.filter(|it| it.link.is_ok());
        here.map(|it| it.name.clone()).collect()
    }

    /// A person is gone for good.
    pub fn gone(&mut self, id: &ParticipantId, room: usize, why: Gone) {
        self.people
            .retain(|person| !(person.id == *id && person.room == room));
        self.note_gone(room, id, why);
        self.settle(room);
    }

    /// A room in which nobody is left is over; any other has a host.
    fn settle(&mut self, room: usize) {
        if self.exists(room) {
            self.fill_host(room);
        } else if let Some(at) = self.calls.iter().position(|it| it.room == room) {
            let call = self.calls.remove(at);
            let removed = self.removed.iter().filter(|(it, _)| *it == room);
            let mut removed: Vec<_> = removed.map(|(_, it)| it.clone()).collect();
            let excess = removed.len().saturating_sub(16);
            removed.drain(..excess);
            let might_come_back = call.opened < self.started && !self.comes_late();
            if call.locked || !removed.is_empty() || might_come_back {
                self.over.retain(|it| it.room != room);
                self.over.push(Over {
                    room,
                    until: self.now + TICKET_MS,
                    opened: call.opened,
                    locked: call.locked || excess > 0,
                    removed,
                });
            }
            self.codes.retain(|(it, ..)| *it != room);
            self.forget(room);
        }
    }

    /// A connection is gone; who was on it is held.
    pub fn disconnected(&mut self, connection: SocketId) {
        self.connections.retain(|(id, _)| *id != connection);
        self.hold(connection, false);
    }

    /// The place of who was on a connection is held.
    pub fn hold(&mut self, connection: SocketId, away: bool) {
        let now = self.now;
        let room = self.me(connection).map(|it| it.room);
        let has_met = room
            .and_then(|it| self.call(it))
            .is_some_and(|it| it.has_met);
        let time = match (away, has_met) {
            (true, _) => HOLD_AWAY_MS,
            (false, true) => HOLD_MS,
            (false, false) => HOLD_ALONE_MS,
        };
        if let Some(person) = self.me_mut(connection) {
            person.link = Err(Lost {
                since: now,
                until: now + time,
                away,
            });
        }
    }

    /// Makes place in a room for one more, if there can be.
    pub fn make_place(&mut self, room: usize, standing: Standing) -> Result<(), ErrorCode> {
        if self.in_room(room).count() < self.max {
            return Ok(());
        }
        let is_host = |it: Standing| it != Standing::Guest;
        let free = self.in_room(room).filter_map(|person| {
            let lost = person.link.err()?;
            let is_to_give = is_host(standing) || !is_host(person.standing);
            let is_free = is_to_give && lost.since + GIVE_AWAY_MS <= self.now;
            is_free.then(|| (is_host(person.standing), lost.since, person.id.clone()))
        });
        let (.., lost) = free.min().ok_or(ErrorCode::Full)?;
        // The room goes on, even if it was the last: the newcomer is in it.
        self.people
            .retain(|person| !(person.id == lost && person.room == room));
        self.note_gone(room, &lost, Gone::Lost);
        Ok(())
    }

    /// What a join is answered with, if it is refused. Connections that are closed for what its
    /// ticket tells are closed also then.
    pub fn enter(
        &mut self,
        connection: SocketId,
        room: usize,
        how: &How,
        name: &Name,
        device: Option<char>,
        closed: &mut Vec<(SocketId, CloseCode)>,
    ) -> Result<Entered, ErrorCode> {
        let entered = self.try_to_enter(connection, room, how, name, device, closed);
        if entered.is_err() {
            self.settle(room);
        }
        entered
    }

    fn try_to_enter(
        &mut self,
        connection: SocketId,
        room: usize,
        how: &How,
        name: &Name,
        device: Option<char>,
        closed: &mut Vec<(SocketId, CloseCode)>,
    ) -> Result<Entered, ErrorCode> {
        let mut entered = Entered {
            id: None,
            standing: Standing::Guest,
            resumed: false,
            replaced: None,
            arrived: 0,
        };
        let mut ticket = None;
        match how {
            How::Host => entered.standing = Standing::Secret,
            How::WrongSecret => return Err(ErrorCode::BadSecret),
            How::Guest if self.is_kept_out(room, name, device) => return Err(ErrorCode::Removed),
            How::Guest if !self.exists(room) || self.is_closed(room) => {
                self.waits(connection, room);
                return Err(ErrorCode::Unavailable);
            }
            How::Guest => {}
            How::Ticket(given) => {
                if given.room != room {
                    return Err(ErrorCode::BadTicket);
                }
                self.recall(given, closed)?;
                ticket = Some(&**given);
                entered.id = Some(given.id.clone());
                let known = self
                    .people
                    .iter_mut()
                    .find(|it| it.id == given.id && it.room == room);
                if let Some(person) = known {
                    entered.resumed = true;
                    entered.replaced = person.link.ok();
                    entered.standing = person.standing;
                    person.link = Ok(connection);
                    person.name = name.clone();
                    person.device = device.or(person.device);
                    person.media = Media::default();
                    self.connections
                        .retain(|(id, _)| Some(*id) != entered.replaced);
                    return Ok(entered);
                }
                let is_same = |it: &Removed| it.device.is_some() && it.device == device;
                let is_kept_out = self
                    .removed
                    .iter()
                    .any(|(at, it)| *at == room && is_same(it));
                if given.standing != Standing::Secret && is_kept_out {
                    return Err(ErrorCode::Removed);
                }
                let has_host = self.in_room(room).any(|it| it.standing != Standing::Guest);
                entered.standing = match given.standing {
                    Standing::Acting if has_host => Standing::Guest,
                    standing => standing,
                };
                let is_known =
                    |(at, id, _): &(usize, ParticipantId, Gone)| *at == room && *id == given.id;
                entered.resumed = !self.gone.iter().any(is_known);
                entered.arrived = given.arrived;
            }
        }
        self.make_place(room, entered.standing)?;
        self.make(room, ticket);
        if !entered.resumed {
            entered.arrived = self.arrival(room);
        }
        if let Some(id) = &entered.id {
            self.gone.retain(|(at, it, _)| !(*at == room && it == id));
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
            .filter_map(|it| it.link.err().map(|lost| lost.until));
        let codes = self.codes.iter().map(|(_, _, expires)| *expires);
        let settles = self.calls.iter().filter_map(|it| it.settles);
        let host_until = self.calls.iter().filter_map(|it| it.host_until);
        let waiting = self.calls.iter().filter_map(|it| it.waiting.deadline());
        let all = fresh.chain(held).chain(codes).chain(settles);
        let all = all.chain(waiting);
        all.chain(host_until).min()
    }

    /// Lets happen what is due now; the connections that are closed for silence.
    pub fn due(&mut self) -> Vec<SocketId> {
        let now = self.now;
        self.codes.retain(|(.., expires)| *expires > now);
        for call in &mut self.calls {
            call.settles = call.settles.filter(|at| *at > now);
        }
        let is_due = |it: &Person| it.link.is_err_and(|lost| lost.until <= now);
        let held: Vec<_> = self
            .people
            .iter()
            .filter(|it| is_due(it))
            .cloned()
            .collect();
        for person in held {
            let away = person.link.is_err_and(|lost| lost.away);
            let why = if away { Gone::Left } else { Gone::Lost };
            self.gone(&person.id, person.room, why);
        }
        for call in &mut self.calls {
            call.host_until = call.host_until.filter(|at| *at > now);
        }
        for room in self.calls.iter().map(|it| it.room).collect::<Vec<_>>() {
            self.fill_host(room);
        }
        let silent = |state: &State| matches!(state, State::Fresh { since } if since + FIRST_MESSAGE_MS <= now);
        let closed = self.connections.iter().filter(|(_, state)| silent(state));
        let closed: Vec<_> = closed.map(|(id, _)| *id).collect();
        self.connections.retain(|(_, state)| !silent(state));
        closed
    }
}
