//! Who waits outside of a locked room: connections whose `join` was refused because of the lock, and
//! which go on asking. The hosts are told how many there are, and nothing else, for a lock keeps
//! strangers out, and a name is a stranger's text.
//!
//! Those at one address count as one, and the hosts are told once a second at most, so that nobody
//! outside can make much of a stir.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{AddressGroup, ParticipantId, RoomId, ServerMessage};
use web_time::Instant;

use crate::ConnectionId;
use crate::rooms::Rooms;
use crate::timers::Timer;

/// Whoever has not asked again for so long does not wait any more. Clients ask every five seconds at
/// least.
const ASKS_WITHIN: Duration = Duration::from_secs(12);
/// How often the hosts are told.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// How many addresses are counted for a room.
const MAX_ADDRESSES: usize = 100;

/// Who waits outside of one room, and what its hosts know of it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// From where each one asks, and until when it counts.
    connections: BTreeMap<ConnectionId, (AddressGroup, Instant)>,
    /// The same in the order in which they are forgotten.
    by_time: BTreeSet<(Instant, ConnectionId)>,
    /// How many of them are at each address.
    per_address: BTreeMap<AddressGroup, usize>,
    /// The count that the hosts were told last.
    told: u32,
    /// The hosts are not told anything before then.
    quiet_until: Option<Instant>,
    /// When the room is looked at again.
    wake: Option<Instant>,
}

impl Waiting {
    fn count(&self) -> u32 {
        u32::try_from(self.per_address.len()).unwrap_or(u32::MAX)
    }

    /// False if there are too many already.
    fn add(&mut self, connection: ConnectionId, group: AddressGroup, until: Instant) -> bool {
        self.remove(connection);
        let is_new = !self.per_address.contains_key(&group);
        if is_new && self.per_address.len() >= MAX_ADDRESSES {
            return false;
        }
        self.connections.insert(connection, (group, until));
        self.by_time.insert((until, connection));
        *self.per_address.entry(group).or_default() += 1;
        true
    }

    fn remove(&mut self, connection: ConnectionId) {
        let Some((group, until)) = self.connections.remove(&connection) else {
            return;
        };
        self.by_time.remove(&(until, connection));
        if let Some(count) = self.per_address.get_mut(&group) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_address.remove(&group);
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((_, connection)) = self.by_time.first().filter(|(at, _)| *at <= now) {
            self.remove(*connection);
        }
    }

    /// The room is open, as its hosts know, and with that nobody waits.
    fn end(&mut self) {
        self.told = 0;
        self.connections.clear();
        self.by_time.clear();
        self.per_address.clear();
    }

    /// The count that the hosts are to be told now, if it is another than they know.
    fn news(&mut self, now: Instant) -> Option<u32> {
        let count = self.count();
        let is_quiet = self.quiet_until.is_some_and(|until| until > now);
        if count == self.told || is_quiet {
            return None;
        }
        self.told = count;
        self.quiet_until = Some(now + TOLD_EVERY);
        Some(count)
    }

    /// When there may be news.
    fn next(&self) -> Option<Instant> {
        if self.count() == self.told {
            self.by_time.first().map(|(at, _)| *at)
        } else {
            self.quiet_until
        }
    }
}

impl Rooms {
    /// Somebody asked to be let into a room that is closed to newcomers.
    pub(crate) fn knocked(&mut self, now: Instant, connection: ConnectionId, id: &RoomId) {
        let before = self.connections.get(&connection);
        let before = before.and_then(|it| it.waits_at.clone());
        if before.as_ref() != Some(id) {
            self.waits_no_more(now, connection);
        }
        let Some(it) = self.connections.get_mut(&connection) else {
            return;
        };
        let room = self.rooms.get_mut(id).filter(|room| room.locked);
        let Some(room) = room else { return };
        if room.waiting.add(connection, it.group, now + ASKS_WITHIN) {
            it.waits_at = Some(id.clone());
        }
        self.settle_waiting(now, id);
    }

    /// A connection does not ask to be let in any more.
    pub(crate) fn waits_no_more(&mut self, now: Instant, connection: ConnectionId) {
        let it = self.connections.get_mut(&connection);
        let Some(id) = it.and_then(|it| it.waits_at.take()) else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(&id) {
            room.waiting.remove(connection);
            self.settle_waiting(now, &id);
        }
    }

    /// Tells the hosts of a room how many wait, if that has changed and it is time.
    pub(crate) fn settle_waiting(&mut self, now: Instant, id: &RoomId) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        if room.locked {
            room.waiting.expire(now);
        } else {
            room.waiting.end();
        }
        let news = room.waiting.news(now);
        let wake = room.waiting.next();
        let before = std::mem::replace(&mut room.waiting.wake, wake);
        let hosts = room.members.iter().filter(|(_, it)| it.standing.is_host());
        let hosts: Vec<_> = match news {
            Some(_) => hosts.map(|(who, _)| who.clone()).collect(),
            None => Vec::new(),
        };
        if before != wake {
            if let Some(at) = before {
                self.timers.cancel(at, Timer::Waiting(id.clone()));
            }
            if let Some(at) = wake {
                self.timers.set(at, Timer::Waiting(id.clone()));
            }
        }
        for who in hosts {
            let count = news.unwrap_or_default();
            self.tell(id, &who, ServerMessage::Waiting { count });
        }
    }

    /// Tells somebody who is a host now how many wait, if anybody does.
    pub(crate) fn show_waiting(&mut self, id: &RoomId, who: &ParticipantId) {
        let room = self.rooms.get(id);
        let count = room.map_or(0, |room| room.waiting.told);
        if count > 0 {
            self.tell(id, who, ServerMessage::Waiting { count });
        }
    }

    /// The room of these people is about to end, or to be another.
    pub(crate) fn forget_waiting(&mut self, id: &RoomId) {
        let room = self.rooms.get_mut(id);
        let waiting = room.map(|room| std::mem::take(&mut room.waiting));
        if let Some(at) = waiting.and_then(|it| it.wake) {
            self.timers.cancel(at, Timer::Waiting(id.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_all_of_it_is_forgotten() {
        let now = Instant::now();
        let mut waiting = Waiting::default();
        for n in 0..1_000_u32 {
            let connection = ConnectionId(n.into());
            let is_kept = waiting.add(connection, AddressGroup::V4(n), now + ASKS_WITHIN);
            assert_eq!(is_kept, n < 100);
        }
        assert_eq!(waiting.count(), 100);
        waiting.expire(now + ASKS_WITHIN);
        assert_eq!(waiting.count(), 0);
        assert!(waiting.connections.is_empty() && waiting.by_time.is_empty());
    }
}
