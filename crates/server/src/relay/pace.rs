//! Under load the relay waits for a moment before it asks for packets again, as network cards do
//! before they interrupt. To sleep and to be woken costs the system as much as to pass on a packet:
//! one wake-up is then for several. Nobody notices the moment, for it is short beside what any
//! network does to a packet, and with little to do there is none. Where packets come together
//! anyway there is none either: it would be one wake-up more.

use std::time::{Duration, Instant};

/// How far apart wake-ups are at least under load. The system may add its timers' slack, 50 µs.
const APART: Duration = Duration::from_micros(100);
/// Load begins with so many wake-ups within such a time, 10,000 in a second, and ends with fewer
/// packets.
const MANY: u32 = 100;
const WINDOW: Duration = Duration::from_millis(10);

/// How much there was to do lately.
#[derive(Debug)]
pub(super) struct Pace {
    /// Since when they are counted.
    since: Instant,
    wake_ups: u32,
    packets: u32,
    is_under_load: bool,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            wake_ups: 0,
            packets: 0,
            is_under_load: false,
        }
    }

    /// Another packet.
    pub(super) fn count(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// When to look for packets again at the earliest, after this wake-up; `None` for at once.
    pub(super) fn next(&mut self, woken: Instant) -> Option<Instant> {
        self.wake_ups = self.wake_ups.saturating_add(1);
        let time = woken - self.since;
        if time >= WINDOW {
            let count = if self.is_under_load {
                self.packets
            } else {
                self.wake_ups
            };
            // Few in a long time are no load, and neither are many before a long silence.
            self.is_under_load = count >= MANY && time < 2 * WINDOW;
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

    /// Wakes up for one packet every so often; at how many of a hundred wake-ups it waits.
    fn waits(pace: &mut Pace, now: &mut Instant, every: Duration) -> usize {
        let mut waits = 0;
        for _ in 0..100 {
            *now += every;
            pace.count();
            waits += usize::from(pace.next(*now).is_some());
        }
        waits
    }

    #[test]
    fn it_waits_under_load_only() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let (seldom, often) = (Duration::from_millis(1), Duration::from_micros(50));
        assert_eq!(waits(&mut pace, &mut now, seldom), 0, "a thousand a second");
        for _ in 0..10 {
            waits(&mut pace, &mut now, often);
        }
        assert_eq!(waits(&mut pace, &mut now, often), 100, "twenty thousand");
        assert_eq!(pace.next(now), Some(now + APART));
        waits(&mut pace, &mut now, seldom);
        assert_eq!(waits(&mut pace, &mut now, seldom), 0, "and it is over");
    }

    #[test]
    fn packets_that_come_together_are_not_waited_for() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..100 {
            now += Duration::from_micros(200);
            for _ in 0..8 {
                pace.count();
            }
            assert_eq!(pace.next(now), None);
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
