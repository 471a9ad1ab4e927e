//! Wrong call codes, counted so that guessing one is hopeless.
//!
//! Each address group has a few tries a minute, each wider network a few more, and each provider's
//! network some more than that. While wrong codes come from everywhere at once, one wrong code costs a
//! group all its tries of a minute. That slows guessers down a lot, but not somebody who types a code
//! for the first time, so nobody can lock others out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::AddressGroup;
use web_time::Instant;

use crate::Config;
use crate::rate::{Bucket, Rate};

/// How many groups are remembered. The one forgotten for another is the one that had waited
/// longest.
const MAX_GROUPS: usize = 50_000;
/// How much more a wider network may try than one address group.
const WIDE_FACTOR: u32 = 4;
/// How much more a provider's network (a /16 or a /32) may try than one address group.
const WIDEST_FACTOR: u32 = 16;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) struct Tries {
    narrow: Buckets,
    wide: Buckets,
    widest: Buckets,
    all: Bucket,
    all_rate: Rate,
    /// More wrong codes came from everywhere than `all_rate` allows. It ends when half of `all` is free
    /// again.
    is_flood: bool,
    /// How many tries a wrong code costs a group during a flood.
    flood_cost: u32,
}

impl Tries {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let rate = |per_minute: u32| Rate::new(per_minute, MINUTE, per_minute);
        Self {
            narrow: Buckets::new(rate(config.code_tries_per_minute)),
            wide: Buckets::new(rate(
                config.code_tries_per_minute.saturating_mul(WIDE_FACTOR),
            )),
            widest: Buckets::new(rate(
                config.code_tries_per_minute.saturating_mul(WIDEST_FACTOR),
            )),
            all: Bucket::full(now),
            all_rate: rate(config.code_tries_per_minute_in_all),
            is_flood: false,
            flood_cost: config.code_tries_per_minute.max(1),
        }
    }

    /// Whether `group` may try a code now; if not, how long it has to wait.
    pub(super) fn check(&mut self, group: AddressGroup, now: Instant) -> Result<(), Duration> {
        self.forget(now);
        self.narrow
            .bucket(group, now)
            .check(self.narrow.rate, now)?;
        self.wide
            .bucket(group.wide(), now)
            .check(self.wide.rate, now)?;
        self.widest
            .bucket(group.widest(), now)
            .check(self.widest.rate, now)?;
        if self.is_flood(now) {
            self.narrow.bucket(group, now).check_full(now)?;
        }
        Ok(())
    }

    /// Counts a wrong code.
    pub(super) fn failed(&mut self, group: AddressGroup, now: Instant) {
        let cost = if self.is_flood(now) {
            self.flood_cost
        } else {
            1
        };
        for _ in 0..cost {
            self.narrow.take(group, now);
        }
        self.wide.take(group.wide(), now);
        self.widest.take(group.widest(), now);
        // Beyond its limit the count for all stays where it is: it must not grow into a debt.
        self.is_flood |= self.all.take(self.all_rate, now).is_err();
    }

    fn is_flood(&mut self, now: Instant) -> bool {
        self.is_flood &= self.all.full_at.saturating_duration_since(now) > MINUTE / 2;
        self.is_flood
    }

    /// Forgets those that have all their tries again.
    pub(super) fn forget(&mut self, now: Instant) {
        self.narrow.forget(now);
        self.wide.forget(now);
        self.widest.forget(now);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let all = [&self.narrow, &self.wide, &self.widest];
        all.into_iter().map(|it| it.by_group.len()).sum()
    }
}

/// Buckets by group, and the same in the order in which they will be full.
struct Buckets {
    rate: Rate,
    by_group: BTreeMap<AddressGroup, Bucket>,
    by_time: BTreeSet<(Bucket, AddressGroup)>,
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            by_group: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    fn bucket(&self, group: AddressGroup, now: Instant) -> Bucket {
        self.by_group
            .get(&group)
            .copied()
            .unwrap_or(Bucket::full(now))
    }

    fn take(&mut self, group: AddressGroup, now: Instant) {
        let old = self.bucket(group, now);
        self.by_time.remove(&(old, group));
        let mut new = old;
        // An empty bucket stays empty: tries are checked before they are counted.
        let _empty = new.take(self.rate, now);
        self.by_group.insert(group, new);
        self.by_time.insert((new, group));
        if self.by_group.len() > MAX_GROUPS
            && let Some((_, group)) = self.by_time.pop_first()
        {
            self.by_group.remove(&group);
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some((bucket, group)) = self.by_time.first().copied() {
            if bucket.full_at > now {
                break;
            }
            self.by_time.pop_first();
            self.by_group.remove(&group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(n: u32) -> AddressGroup {
        AddressGroup::V4(n)
    }

    #[test]
    fn one_address_has_its_tries_and_no_more() {
        let now = Instant::now();
        let mut tries = Tries::new(&Config::default(), now);
        for _ in 0..10 {
            assert_eq!(tries.check(group(1), now), Ok(()));
            tries.failed(group(1), now);
        }
        let wait = tries.check(group(1), now).unwrap_err();
        assert_eq!(wait, Duration::from_secs(6));
        assert_eq!(tries.check(group(2), now), Ok(()));
        assert_eq!(tries.check(group(1), now + wait), Ok(()));
    }

    #[test]
    fn a_network_of_addresses_is_bounded_too() {
        let now = Instant::now();
        let mut tries = Tries::new(&Config::default(), now);
        for n in 0..40 {
            assert_eq!(tries.check(group(n), now), Ok(()));
            tries.failed(group(n), now);
        }
        assert!(tries.check(group(41), now).is_err());
        assert_eq!(tries.check(group(256), now), Ok(()));
    }

    #[test]
    fn guessing_from_everywhere_locks_nobody_out() {
        let now = Instant::now();
        let mut tries = Tries::new(&Config::default(), now);
        for n in 0..20_000 {
            tries.failed(group(n * 0x1_0001), now);
        }
        let guesser = group(19_999 * 0x1_0001);
        assert!(tries.check(guesser, now).is_err());
        assert_eq!(tries.check(group(u32::MAX), now), Ok(()));
        assert!(tries.len() <= 3 * MAX_GROUPS);
        tries.forget(now + MINUTE);
        assert_eq!((tries.len(), tries.narrow.by_time.len()), (0, 0));
        assert_eq!(tries.check(guesser, now + MINUTE), Ok(()));
    }

    /// How many wrong codes these groups can try in ten minutes when each tries whenever it may.
    fn guesses(tries: &mut Tries, begin: Instant, groups: &[AddressGroup]) -> usize {
        let mut count = 0;
        for second in 0..600 {
            let now = begin + Duration::from_secs(second);
            for group in groups {
                while tries.check(*group, now).is_ok() {
                    tries.failed(*group, now);
                    count += 1;
                }
            }
        }
        count
    }

    #[test]
    fn the_holder_of_a_provider_s_network_guesses_no_faster_by_its_many_parts() {
        let now = Instant::now();
        let mut tries = Tries::new(&Config::default(), now);
        let parts: Vec<_> = (0..200_u64)
            .map(|n| AddressGroup::V6(0x2001_0db8_0000_0000 | n << 16))
            .collect();
        let count = guesses(&mut tries, now, &parts);
        assert!(count <= 160 * 11, "{count}");
    }

    #[test]
    fn when_codes_are_guessed_from_everywhere_each_address_has_one_try_a_minute() {
        let now = Instant::now();
        let mut tries = Tries::new(&Config::default(), now);
        let many: Vec<_> = (0..500).map(|n| group(n * 0x1_0001)).collect();
        let count = guesses(&mut tries, now, &many);
        // Each minute: as many as it takes to notice the flood, and one of each address.
        assert!(count <= 11 * (600 + 500), "{count}");
        let later = now + 11 * MINUTE;
        assert!(!tries.is_flood(later));
    }
}
