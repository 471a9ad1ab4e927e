//! Who waits outside of a locked room: connections whose `join` was refused because of the lock, and
//! which go on asking. The hosts are told how many there are, and nothing else, for a lock keeps
//! strangers out, and a name is a stranger's text.
//!
//! Those at one address count as one, and the hosts are told once a second at most, so that nobody
//! outside can make much of a stir.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::AddressGroup;
use web_time::Instant;

use super::per_address::PerAddress;
use crate::SocketId;

/// Whoever has not asked again for so long does not wait any more. Clients ask every five seconds at
/// least.
const ASKS_WITHIN: Duration = Duration::from_secs(12);
/// How often the hosts are told.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// How many addresses are counted for a room.
const MAX_ADDRESSES: usize = 100;

/// Who waits outside of one room, and what its hosts know of it.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// From where each one asks, and until when it counts.
    connections: BTreeMap<SocketId, (AddressGroup, Instant)>,
    /// The same in the order in which they are forgotten.
    by_time: BTreeSet<(Instant, SocketId)>,
    /// How many of them are at each address.
    per_address: PerAddress,
    /// The count that the hosts were told last.
    told: u32,
    /// The hosts are not told anything before then.
    quiet_until: Option<Instant>,
}

impl Waiting {
    fn count(&self) -> u32 {
        u32::try_from(self.per_address.groups()).unwrap_or(u32::MAX)
    }

    /// Notes that somebody asks to come in. False if too many are noted already.
    pub(super) fn add(&mut self, connection: SocketId, group: AddressGroup, now: Instant) -> bool {
        self.remove(connection);
        let until = now + ASKS_WITHIN;
        let is_new = self.per_address.of(group) == 0;
        if is_new && self.per_address.groups() >= MAX_ADDRESSES {
            return false;
        }
        self.connections.insert(connection, (group, until));
        self.by_time.insert((until, connection));
        self.per_address.add(group);
        true
    }

    pub(super) fn remove(&mut self, connection: SocketId) {
        let Some((group, until)) = self.connections.remove(&connection) else {
            return;
        };
        self.by_time.remove(&(until, connection));
        self.per_address.remove(group);
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

    /// Forgets those who ask no more. Returns the count if the hosts have to be told of it now.
    pub(super) fn settle(&mut self, now: Instant, is_locked: bool) -> Option<u32> {
        if is_locked {
            self.expire(now);
        } else {
            self.end();
        }
        self.news(now)
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
    pub(super) fn next(&self) -> Option<Instant> {
        if self.count() == self.told {
            self.by_time.first().map(|(at, _)| *at)
        } else {
            self.quiet_until
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
            let connection = SocketId(n.into());
            let is_kept = waiting.add(connection, AddressGroup::V4(n), now);
            assert_eq!(is_kept, n < 100);
        }
        assert_eq!(waiting.count(), 100);
        waiting.expire(now + ASKS_WITHIN);
        assert_eq!(waiting.count(), 0);
        assert!(waiting.connections.is_empty() && waiting.by_time.is_empty());
    }
}
