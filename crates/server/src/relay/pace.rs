//! Under load a thread waits for a moment before it asks for packets again, as network cards do
//! before they interrupt. To sleep and to be woken costs the system as much as to pass on a packet
//! or two: one wake-up is then for several. Nobody notices the moment, for it is short beside what
//! any network does to a packet, and with little to do there is none. Where packets come together
//! anyway there is none either, for it would be one wake-up more, nor where they don't come
//! together for all the waiting.

use std::time::{Duration, Instant};

/// How far apart wake-ups are at least under load. The system may add its timers' slack, 50 µs.
const APART: Duration = Duration::from_micros(100);
/// Load begins with so many wake-ups within such a time, 10,000 in a second, and ends with fewer
/// packets.
const MANY: u32 = 100;
const WINDOW: Duration = Duration::from_millis(10);
/// Where waiting was not worth it, it is not tried again for such a time.
const IN_VAIN: Duration = Duration::from_secs(1);

/// How much there was to do lately.
#[derive(Debug)]
pub(super) struct Pace {
    /// Since when they are counted.
    since: Instant,
    wake_ups: u32,
    packets: u32,
    is_under_load: bool,
    /// Before that it is not tried.
    not_before: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            wake_ups: 0,
            packets: 0,
            is_under_load: false,
            not_before: now,
        }
    }

    /// Another packet.
    pub(super) fn count(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// Keeps the thread, which has nothing else to do, until it is to look again.
    pub(super) fn wait(&mut self, woken: Instant) {
        if let Some(next) = self.next(woken) {
            // Nothing is left of it where what there was to do took as long.
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }

    /// When to look for packets again at the earliest, after this wake-up; `None` for at once.
    fn next(&mut self, woken: Instant) -> Option<Instant> {
        self.wake_ups = self.wake_ups.saturating_add(1);
        let time = woken - self.since;
        if time >= WINDOW {
            // Few in a long time are no load, and neither are many before a long silence.
            let is_dense = time < 2 * WINDOW;
            if self.is_under_load {
                let is_worth_it = self.packets >= self.wake_ups;
                if !is_worth_it {
                    self.not_before = woken + IN_VAIN;
                }
                self.is_under_load = is_dense && self.packets >= MANY && is_worth_it;
            } else {
                let is_load = is_dense && self.wake_ups >= MANY;
                self.is_under_load = is_load && woken >= self.not_before;
            }
            self.since = woken;
            self.wake_ups = 0;
            self.packets = 0;
        }
        self.is_under_load.then(|| woken + APART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wakes up for so many packets every so often; at how many of a hundred wake-ups it waits.
    fn waits(pace: &mut Pace, now: &mut Instant, every: Duration, packets: u32) -> usize {
        let mut waits = 0;
        for _ in 0..100 {
            *now += every;
            for _ in 0..packets {
                pace.count();
            }
            waits += usize::from(pace.next(*now).is_some());
        }
        waits
    }

    const SELDOM: Duration = Duration::from_millis(1);
    const OFTEN: Duration = Duration::from_micros(50);

    #[test]
    fn it_waits_under_load_only() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(
            waits(&mut pace, &mut now, SELDOM, 1),
            0,
            "a thousand a second"
        );
        for _ in 0..10 {
            waits(&mut pace, &mut now, OFTEN, 1);
        }
        assert_eq!(waits(&mut pace, &mut now, OFTEN, 1), 100, "twenty thousand");
        assert_eq!(pace.next(now), Some(now + APART));
        waits(&mut pace, &mut now, SELDOM, 1);
        assert_eq!(waits(&mut pace, &mut now, SELDOM, 1), 0, "and it is over");
    }

    #[test]
    fn packets_that_come_together_are_not_waited_for() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..100 {
            assert_eq!(waits(&mut pace, &mut now, Duration::from_micros(200), 8), 0);
        }
    }

    #[test]
    fn a_silence_is_no_load() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..1_000 {
            pace.count();
            pace.next(now);
        }
        now += Duration::from_secs(1);
        assert_eq!(pace.next(now), None);
    }
}
