//! How a call goes on in another page: in the same tab after a reload, or in another tab.

use super::session::{MAX_PAST, Session};
use crate::interface::{Numbered, Pass};

impl Session {
    /// Takes the numbers of the connections that the page before had, so that new connections are
    /// numbered on from there.
    pub(crate) fn go_on_from(&mut self, numbers: Vec<Numbered>) {
        let numbers = numbers.into_iter().take(MAX_PAST);
        self.past
            .extend(numbers.map(|it| (it.participant, it.number)));
    }

    /// What another page needs to go on with this call.
    pub(crate) fn pass(&self) -> Pass {
        let peers = self.peers.iter().map(|it| (&it.about.id, it.last_number()));
        let past = self.past.iter().map(|(id, number)| (id, *number));
        let past = past.filter(|(id, _)| self.peers.iter().all(|it| it.about.id != **id));
        let numbers = peers.chain(past).take(MAX_PAST);
        Pass {
            room: self.about.room.clone(),
            ticket: self.about.ticket.clone(),
            numbers: numbers
                .map(|(participant, number)| Numbered {
                    participant: participant.clone(),
                    number,
                })
                .collect(),
        }
    }
}
