//! What is learnt from a ticket, and how a room is made.

use protocol::{CloseCode, ErrorCode};
use room::SocketId;

use crate::model::Model;
use crate::parts::{Call, Given, Gone, Origin, Over};
use crate::waiting::Waiting;

impl Model {
    /// What is learnt from a ticket: the connections that are closed for it, and whether its holder
    /// may come in.
    pub fn recall(
        &mut self,
        given: &Given,
        closed: &mut Vec<(SocketId, CloseCode)>,
    ) -> Result<(), ErrorCode> {
        let room = given.room;
        let (now, started) = (self.now, self.started);
        let is_news = given.at / 1_000 <= started / 1_000;
        let is_earlier = is_news && given.call.opened < started && !self.comes_late();
        let Some(call) = self.calls.iter_mut().find(|it| it.room == room) else {
            let has_ended = |it: &Over| it.room == room && given.call.opened <= it.opened;
            if is_earlier && !self.over.iter().any(has_ended) {
                return Ok(());
            }
            return Err(ErrorCode::BadTicket);
        };
        if given.call.opened > call.opened {
            if given.call.opened > now || call.origin != Origin::BroughtBack {
                return Err(ErrorCode::BadTicket);
            }
            *call = given.brought_back(now);
            for person in self.people.clone() {
                if person.room == room {
                    let link = self.expel(&person.id, room, Gone::Lost);
                    closed.extend(link.map(|it| (it, CloseCode::GoingAway)));
                }
            }
            self.codes.retain(|(it, ..)| *it != room);
            self.forget(room);
            self.learn_all(given);
            return Ok(());
        }
        if given.call.opened < call.opened {
            if !is_earlier || call.origin != Origin::Made || call.locked {
                return Err(ErrorCode::BadTicket);
            }
            call.opened = given.call.opened;
            call.origin = Origin::GoesOn;
            call.recalls = true;
            if call.version == 0 {
                call.locked = given.call.locked;
            }
            call.version += given.call.version;
        }
        if given.call.version > call.version {
            call.version = given.call.version;
            call.locked = given.call.locked;
        }
        if is_news {
            for removed in &given.removed {
                let is_known = self.is_removed(room, &removed.id)
                    || self.readmitted.contains(&(room, removed.id.clone()));
                if !is_known {
                    self.removed.push((room, removed.clone()));
                    let link = self.expel(&removed.id, room, Gone::Removed);
                    closed.extend(link.map(|it| (it, CloseCode::Removed)));
                }
            }
            for left in &given.left {
                if self.note_gone(room, left, Gone::Left) {
                    let link = self.expel(left, room, Gone::Left);
                    closed.extend(link.map(|it| (it, CloseCode::GoingAway)));
                }
            }
        }
        if self.is_removed(room, &given.id) {
            return Err(ErrorCode::Removed);
        }
        let is_here = self.in_room(room).any(|it| it.id == given.id);
        let gone = self
            .gone
            .iter()
            .find(|(at, id, _)| *at == room && *id == given.id);
        let recalls = self.call(room).is_some_and(|it| it.recalls);
        let may_return = gone.map_or(recalls, |(.., why)| *why == Gone::Lost);
        if is_here || may_return {
            Ok(())
        } else {
            Err(ErrorCode::BadTicket)
        }
    }

    /// Who was removed and who left, as the first ticket of a room tells.
    fn learn_all(&mut self, given: &Given) {
        let room = given.room;
        let removed = given.removed.iter().map(|it| (room, it.clone()));
        self.removed.extend(removed);
        for left in &given.left {
            self.note_gone(room, left, Gone::Left);
        }
    }

    pub fn forget(&mut self, room: usize) {
        self.gone.retain(|(it, ..)| *it != room);
        self.removed.retain(|(it, _)| *it != room);
        self.readmitted.retain(|(it, _)| *it != room);
    }

    /// The room is made if it is not there.
    pub fn make(&mut self, room: usize, given: Option<&Given>) {
        if self.call(room).is_some() {
            return;
        }
        let call = match given {
            Some(given) => {
                self.learn_all(given);
                given.brought_back(self.now)
            }
            None => {
                self.last_opened = self.now.max(self.last_opened + 1);
                let now = self.now;
                let at = self.over.iter().position(|it| it.room == room);
                let over = at
                    .map(|at| self.over.remove(at))
                    .filter(|it| it.until > now);
                let locked = over.as_ref().is_some_and(|it| it.locked);
                let removed = over.into_iter().flat_map(|it| it.removed);
                self.removed.extend(removed.map(|it| (room, it)));
                Call {
                    room,
                    opened: self.last_opened,
                    version: 0,
                    locked,
                    origin: Origin::Made,
                    settles: None,
                    host_until: None,
                    has_met: false,
                    recalls: false,
                    last_arrival: 0,
                    waiting: Waiting::default(),
                }
            }
        };
        self.calls.push(call);
    }
}
