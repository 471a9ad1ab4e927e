//! What must hold after every step, and in the end.

use room::Snapshot;

use crate::clients::id;
use crate::parts::State;
use crate::picture::view;
use crate::world::World;

impl World {
    /// The rooms are as the model has them, and everybody knows.
    pub fn check(&mut self) {
        self.model.settle_waiting();
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
                (it.id.clone(), it.standing.role(), it.link.is_ok(), locked)
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
