//! When to ask for a certificate: well before the end of the one there is, and after a failure
//! again, less and less often. Pure: time comes in.

use time::{Duration, OffsetDateTime};

use crate::tls::certificate::Lifetime;

/// After the first failure; authorities count failures by the hour.
const FIRST_WAIT: Duration = Duration::MINUTE;
/// Each failure makes the wait so many times longer.
const LONGER: i32 = 3;
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::hours(6);
/// While a certificate is still good, the next try comes before this part of the rest is over.
const PART_OF_REST: i32 = 4;
/// But not sooner than this part of its lifetime, nor than the first wait.
const PART_OF_LIFETIME: i32 = 20;
/// The longest wait that an authority can impose; a longer one is cut to this. Let's Encrypt's
/// limits count certificates by the week.
const LONGEST_ASKED: Duration = Duration::days(8);
/// By chance, a wait is up to this much shorter: servers that failed together don't come together.
const JITTER_PERCENT: u64 = 20;

/// When the next try is due.
#[derive(Debug, Clone)]
pub struct Schedule {
    lifetime: Option<Lifetime>,
    failures: u32,
    due: OffsetDateTime,
    /// The authority asked us not to try again before this moment.
    not_before: Option<OffsetDateTime>,
    seed: u64,
}

/// A series of failed attempts, as it is kept for the next start of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// How many attempts have failed since the last success.
    pub failures: u32,
    /// When the next attempt is made.
    pub due: OffsetDateTime,
    /// The authority asked us not to try again before this moment.
    pub not_before: Option<OffsetDateTime>,
}

impl Schedule {
    /// With the certificate there is, if there is one that is for all it should be.
    pub fn new(kept: Option<Lifetime>, now: OffsetDateTime, seed: u64) -> Self {
        Self {
            lifetime: kept,
            failures: 0,
            due: kept.map_or(now, renewal),
            not_before: None,
            seed,
        }
    }

    /// Continues the waits of an earlier run of the program, in which attempts failed.
    pub fn resume(&mut self, failing: Failing, now: OffsetDateTime) {
        let latest = now + LONGEST_ASKED;
        self.failures = failing.failures;
        self.not_before = failing.not_before.map(|it| it.min(latest));
        self.due = failing.due.clamp(self.due.min(latest), latest);
    }

    /// The failed attempts since the last success, if there are any.
    pub fn failing(&self) -> Option<Failing> {
        (self.failures > 0).then_some(Failing {
            failures: self.failures,
            due: self.due,
            not_before: self.not_before,
        })
    }

    /// Somebody says that the cause of the failure is mended. The next attempt is made at once,
    /// unless the authority asked for a wait.
    pub fn hurry(&mut self, now: OffsetDateTime) {
        if self.failures > 0 {
            self.due = self.not_before.map_or(now, |it| it.max(now)).min(self.due);
        }
    }

    /// When to try next; it may be over already.
    pub fn due(&self) -> OffsetDateTime {
        self.due
    }

    /// It went well.
    pub fn renewed(&mut self, lifetime: Lifetime, now: OffsetDateTime) {
        self.lifetime = Some(lifetime);
        self.failures = 0;
        self.not_before = None;
        // Whatever an authority says, not at once again.
        self.due = renewal(lifetime).max(now + Duration::SECOND);
    }

    /// An attempt failed. `asked` is the wait that the authority asked for, if it did.
    pub fn failed(&mut self, now: OffsetDateTime, asked: Option<Duration>) {
        let steps = i32::try_from(self.failures).unwrap_or(i32::MAX);
        let usual = (0..steps)
            .try_fold(FIRST_WAIT, |wait, _| {
                (wait < LONGEST_WAIT).then(|| wait * LONGER)
            })
            .map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT));
        self.failures = self.failures.saturating_add(1);
        let wait = match self.lifetime {
            Some(lifetime) if lifetime.not_after > now => {
                let least = (length(lifetime) / PART_OF_LIFETIME).min(FIRST_WAIT);
                let rest = (lifetime.not_after - now) / PART_OF_REST;
                usual.min(rest.max(least))
            }
            _ => usual,
        };
        self.not_before = asked.map(|asked| now + asked.min(LONGEST_ASKED));
        let due = now + self.shortened(wait);
        self.due = self.not_before.map_or(due, |it| it.max(due));
    }

    fn shortened(&self, wait: Duration) -> Duration {
        let percent = mixed(self.seed ^ u64::from(self.failures)) % (JITTER_PERCENT + 1);
        wait * (100.0 - percent as f64) / 100.0
    }
}

fn length(lifetime: Lifetime) -> Duration {
    lifetime.not_after - lifetime.not_before
}

/// After two thirds of the lifetime: 30 days before the end of 90, 2 days before that of 6.
fn renewal(lifetime: Lifetime) -> OffsetDateTime {
    lifetime.not_before + length(lifetime) * 2 / 3
}

/// The finalizer of SplitMix64.
fn mixed(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn lifetime(length: Duration) -> Lifetime {
        Lifetime {
            not_before: START,
            not_after: START + length,
        }
    }

    #[test]
    fn is_due_at_once_without_a_certificate_and_after_two_thirds_with_one() {
        assert_eq!(Schedule::new(None, START, 7).due(), START);
        let due = |length| Schedule::new(Some(lifetime(length)), START, 7).due();
        assert_eq!(due(Duration::days(90)), START + Duration::days(60));
        assert_eq!(due(Duration::hours(160)), START + Duration::minutes(6400));
        let mut schedule = Schedule::new(None, START, 7);
        schedule.renewed(lifetime(Duration::days(90)), START);
        assert_eq!(schedule.due(), START + Duration::days(60));
    }

    #[test]
    fn waits_longer_after_each_failure_up_to_hours() {
        let mut schedule = Schedule::new(None, START, 7);
        let mut now = START;
        let mut waits = Vec::new();
        for _ in 0..9 {
            schedule.failed(now, None);
            waits.push((schedule.due() - now).as_seconds_f64() / 60.0);
            now = schedule.due();
        }
        for (wait, most) in waits
            .iter()
            .zip([1.0, 3.0, 9.0, 27.0, 81.0, 243.0, 360.0, 360.0, 360.0])
        {
            assert!((0.8 * most..=most).contains(wait), "{wait} of {most}");
        }
        schedule.renewed(lifetime(Duration::days(90)), now);
        schedule.failed(now, None);
        assert!(schedule.due() - now <= Duration::MINUTE);
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_hurry() {
        let mut schedule = Schedule::new(None, START, 7);
        let now = START + Duration::days(900);
        schedule.renewed(lifetime(Duration::days(90)), now);
        assert_eq!(schedule.due(), now + Duration::SECOND);
        schedule.failed(now, None);
        assert!(schedule.due() - now >= Duration::seconds(48));
    }

    #[test]
    fn waits_as_long_as_the_authority_asks_over_a_restart_too() {
        let mut schedule = Schedule::new(None, START, 7);
        schedule.failed(START, Some(Duration::hours(2)));
        assert_eq!(schedule.due(), START + Duration::hours(2));
        let failing = schedule.failing().unwrap();

        let later = START + Duration::minutes(5);
        let mut again = Schedule::new(None, later, 8);
        again.resume(failing, later);
        assert_eq!(again.due(), START + Duration::hours(2));
        again.hurry(later);
        assert_eq!(again.due(), START + Duration::hours(2));

        again.failed(later, None);
        assert!(
            again.due() > later + Duration::minutes(2),
            "the second failure"
        );
        again.hurry(later);
        assert_eq!(again.due(), later, "nobody asked for a wait");
        again.renewed(lifetime(Duration::days(90)), later);
        assert_eq!(again.failing(), None);
    }

    #[test]
    fn a_wait_from_a_wrong_clock_ends() {
        let mut schedule = Schedule::new(None, START, 7);
        let due = START + Duration::days(4000);
        let failing = Failing {
            failures: 1,
            due,
            not_before: Some(due),
        };
        schedule.resume(failing, START);
        assert_eq!(schedule.due(), START + LONGEST_ASKED);
        schedule.failed(START, Some(Duration::days(4000)));
        assert_eq!(schedule.due(), START + LONGEST_ASKED);
    }

    proptest! {
        /// However long a certificate lasts: many tries before its end, and never a rush of them.
        #[test]
        fn tries_often_enough_and_not_too_often(seconds in 60_i64..40_000_000, seed: u64) {
            let lifetime = lifetime(Duration::seconds(seconds));
            let mut schedule = Schedule::new(Some(lifetime), START, seed);
            let (mut tries, mut now) = (0, schedule.due());
            while now < lifetime.not_after {
                tries += 1;
                schedule.failed(now, None);
                let wait = schedule.due() - now;
                let least: Duration = Duration::seconds(seconds) / 20 * 0.8;
                prop_assert!(wait >= least.min(Duration::seconds(48)), "{wait}");
                now = schedule.due();
            }
            let most = 40 + seconds / 3 / (5 * 3600);
            prop_assert!((4..=most).contains(&tries), "{tries} of {most}");
        }
    }
}
