//! What outlives a call: its lock, and the list of those whom the room keeps out. Both hold again when
//! somebody makes the same room anew while tickets of the ended call are still good.
//!
//! The number of remembered calls is bounded, for each address and in all. When a call had to be
//! forgotten, new rooms begin locked: those of the address that made the forgotten room, or those of
//! everyone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use protocol::{AddressGroup, RoomId};
use sha2::{Digest, Sha256};
use web_time::Instant;

use crate::room::Left;

/// How many calls are remembered for one address.
const MAX_PER_ADDRESS: usize = 256;
/// How many calls are remembered in all. As many addresses are remembered that had calls forgotten.
const MAX_IN_ALL: usize = 10_000;

/// The calls that ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// For how long a call is remembered.
    lifetime: Duration,
    calls: BTreeMap<Key, Over>,
    /// The keys of `calls`, in the order in which they expire.
    by_time: BTreeSet<(Instant, Key)>,
    /// The calls of each address, the oldest first.
    by_address: BTreeMap<AddressGroup, VecDeque<Key>>,
    /// The same addresses, ordered by how many calls each one has.
    by_count: BTreeSet<(usize, AddressGroup)>,
    /// Until when the rooms that an address makes begin locked.
    forgot: BTreeMap<AddressGroup, Instant>,
    /// Until when the rooms that anybody makes begin locked.
    forgot_any: Option<Instant>,
}

/// The hash of a room id. It is shorter than the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn of(id: &RoomId) -> Self {
        let hash = Sha256::new()
            .chain_update(b"crabcall ended room\0")
            .chain_update(id.as_str())
            .finalize();
        let bytes = hash.iter().take(8);
        Self(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// What is remembered of a call that ended.
#[derive(Debug)]
struct Over {
    until: Instant,
    made_by: AddressGroup,
    opened: u64,
    left: Left,
}

impl Ended {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            calls: BTreeMap::new(),
            by_time: BTreeSet::new(),
            by_address: BTreeMap::new(),
            by_count: BTreeSet::new(),
            forgot: BTreeMap::new(),
            forgot_any: None,
        }
    }

    /// Remembers a call that ended, in a room that somebody at the address `made_by` had made.
    pub(super) fn remember(
        &mut self,
        now: Instant,
        id: &RoomId,
        made_by: AddressGroup,
        opened: u64,
        mut left: Left,
    ) {
        left.shorten();
        let key = Key::of(id);
        self.remove(key);
        self.make_room_for_one(now, made_by);
        let until = now + self.lifetime;
        let over = Over {
            until,
            made_by,
            opened,
            left,
        };
        self.calls.insert(key, over);
        self.by_time.insert((until, key));
        self.change_those_of(made_by, |keys| keys.push_back(key));
    }

    fn change_those_of(&mut self, group: AddressGroup, change: impl FnOnce(&mut VecDeque<Key>)) {
        let keys = self.by_address.entry(group).or_default();
        self.by_count.remove(&(keys.len(), group));
        change(keys);
        if keys.is_empty() {
            self.by_address.remove(&group);
        } else {
            self.by_count.insert((keys.len(), group));
        }
    }

    /// Says what an earlier call left to a room that somebody at the address `maker` makes anew, and
    /// forgets that call.
    pub(super) fn take(&mut self, now: Instant, id: &RoomId, maker: AddressGroup) -> Left {
        if let Some(over) = self.remove(Key::of(id)).filter(|it| it.until > now) {
            return over.left;
        }
        let forgot = self.forgot.get(&maker).into_iter().chain(&self.forgot_any);
        Left::only_lock(forgot.max().is_some_and(|until| *until > now))
    }

    /// Whether the call that was opened at that time in this room may have ended on this server.
    pub(super) fn may_have(&self, id: &RoomId, opened: u64) -> bool {
        let known = self.calls.get(&Key::of(id));
        let forgets = !self.forgot.is_empty() || self.forgot_any.is_some();
        forgets || known.is_some_and(|over| opened <= over.opened)
    }

    fn remove(&mut self, key: Key) -> Option<Over> {
        let over = self.calls.remove(&key)?;
        self.by_time.remove(&(over.until, key));
        self.change_those_of(over.made_by, |keys| keys.retain(|it| *it != key));
        Some(over)
    }

    /// Forgets calls until there is room for one more of this address.
    fn make_room_for_one(&mut self, now: Instant, made_by: AddressGroup) {
        let of = |it: &Self| it.by_address.get(&made_by).map_or(0, VecDeque::len);
        self.expire(now);
        if of(self) >= MAX_PER_ADDRESS {
            self.forget_first_of(now, made_by);
        }
        if self.calls.len() >= MAX_IN_ALL
            && let Some((_, group)) = self.by_count.last().copied()
        {
            self.forget_first_of(now, group);
        }
    }

    fn forget_first_of(&mut self, now: Instant, group: AddressGroup) {
        let keys = self.by_address.get(&group);
        if let Some(key) = keys.and_then(|keys| keys.front()).copied() {
            self.remove(key);
        }
        let until = now + self.lifetime;
        if self.forgot.len() >= MAX_IN_ALL {
            self.forgot.retain(|_, until| *until > now);
        }
        if self.forgot.len() < MAX_IN_ALL {
            self.forgot.insert(group, until);
        } else {
            self.forgot_any = Some(until);
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((_, key)) = self.by_time.first().filter(|(at, _)| *at <= now).copied() {
            self.remove(key);
        }
        self.forgot_any = self.forgot_any.filter(|until| *until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn room(n: u32) -> RoomId {
        RoomId::parse(&format!("{n:022}")).unwrap()
    }

    fn locked() -> Left {
        Left::only_lock(true)
    }

    #[test]
    fn a_lock_is_remembered_for_as_long_as_tickets_are_good() {
        let now = Instant::now();
        let mut ended = Ended::new(DAY);
        let maker = AddressGroup::V4(1);
        for n in 0..2 {
            ended.remember(now, &room(n), maker, 5, locked());
        }
        assert!(ended.may_have(&room(0), 5) && !ended.may_have(&room(0), 6));
        assert!(ended.take(now + DAY / 2, &room(0), maker).is_locked());
        assert!(!ended.take(now, &room(0), maker).is_locked());
        assert!(!ended.take(now + DAY, &room(1), maker).is_locked());
        assert!(ended.calls.is_empty() && ended.by_address.is_empty());
        assert!(ended.by_time.is_empty() && ended.by_count.is_empty());
    }

    #[test]
    fn an_address_that_ends_too_many_harms_only_itself_and_its_rooms_begin_locked() {
        let now = Instant::now();
        let mut ended = Ended::new(DAY);
        let (many, few) = (AddressGroup::V4(1), AddressGroup::V4(2));
        ended.remember(now, &room(0), few, 5, locked());
        for n in 1..2_000 {
            ended.remember(now, &room(n), many, 5, Left::default());
        }
        assert!(ended.calls.len() <= MAX_PER_ADDRESS + 1);
        assert!(ended.take(now, &room(0), few).is_locked());
        assert!(!ended.take(now, &room(6_000), few).is_locked());
        assert!(ended.take(now, &room(1), many).is_locked());
        assert!(ended.may_have(&room(7_000), 1));
        assert!(!ended.take(now + DAY, &room(1), many).is_locked());
    }

    #[test]
    fn many_addresses_are_bounded_together() {
        let now = Instant::now();
        let mut ended = Ended::new(DAY);
        let victim = AddressGroup::V4(u32::MAX);
        ended.remember(now, &room(0), victim, 5, locked());
        for n in 1..15_000_u32 {
            let maker = AddressGroup::V4(n / 20);
            ended.remember(now, &room(n), maker, 5, Left::default());
        }
        assert!(ended.calls.len() <= MAX_IN_ALL && ended.forgot.len() <= MAX_IN_ALL);
        assert!(ended.take(now, &room(0), victim).is_locked());
    }
}
