//! Numbered messages, one close after the other: what becomes of them tells round trip and loss.

use std::time::Duration;

use web_time::Instant;

use crate::link::Measured;

/// How many messages are sent.
pub const MESSAGES: u16 = 50;
/// As often as packets of sound are.
const EVERY: Duration = Duration::from_millis(20);
/// The shortest time after which a message counts as lost.
const PATIENCE: Duration = Duration::from_millis(500);
/// The same while none has come yet.
const FIRST_PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Debug, Clone)]
pub(super) struct Train {
    /// When each was sent, and how long it took. Both ends are here: there and back is from one
    /// of them by the server to the other.
    messages: Vec<(Instant, Option<Duration>)>,
    next: Instant,
}

impl Train {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            messages: Vec::new(),
            next: now,
        }
    }

    /// The number of the message that is due, which is sent with that.
    pub(super) fn due(&mut self, now: Instant) -> Option<u16> {
        let number = self.sent();
        if number >= MESSAGES || now < self.next {
            return None;
        }
        self.messages.push((now, None));
        // A timer that rang late is made up for.
        self.next += EVERY;
        Some(number)
    }

    pub(super) fn arrived(&mut self, now: Instant, number: u16) {
        if let Some((sent, trip)) = self.messages.get_mut(usize::from(number)) {
            trip.get_or_insert(now.saturating_duration_since(*sent));
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        match self.messages.last() {
            Some((sent, _)) if self.sent() >= MESSAGES => *sent + self.patience(),
            _ => self.next,
        }
    }

    /// Nothing more is to be learnt.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        let all_came = self.messages.iter().all(|(_, trip)| trip.is_some());
        self.sent() >= MESSAGES && (all_came || now >= self.deadline())
    }

    /// What is known now; none if nothing came.
    pub(super) fn measured(&self, now: Instant) -> Option<Measured> {
        let came = self.trips().count();
        // The median, found without sorting: the code of std's sorting would be larger than the rest of
        // this file.
        let exceeds_half =
            |trip: &Duration| self.trips().filter(|it| it <= trip).count() > came / 2;
        let round_trip = Some(self.trips().filter(exceeds_half).min()?);
        let patience = self.patience();
        let lost = self
            .messages
            .iter()
            .filter(|(sent, trip)| trip.is_none() && now >= *sent + patience);
        let lost = u16::try_from(lost.count()).unwrap_or(MESSAGES);
        let came = u16::try_from(came).unwrap_or(MESSAGES);
        Some(Measured {
            way: None,
            round_trip,
            lost,
            of: came.saturating_add(lost),
        })
    }

    fn patience(&self) -> Duration {
        let longest = self.trips().max();
        longest.map_or(FIRST_PATIENCE, |trip| PATIENCE.max(trip * 2))
    }

    fn trips(&self) -> impl Iterator<Item = Duration> {
        self.messages.iter().filter_map(|(_, trip)| *trip)
    }

    fn sent(&self) -> u16 {
        u16::try_from(self.messages.len()).unwrap_or(MESSAGES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Sends all, of which those arrive that `trip` gives a time for.
    fn run(trip: impl Fn(u16) -> Option<Duration>) -> (Measured, Duration) {
        let start = Instant::now();
        let mut train = Train::new(start);
        let mut now = start;
        let mut coming = Vec::new();
        while !train.is_over(now) {
            while let Some(number) = train.due(now) {
                coming.extend(trip(number).map(|trip| (now + trip, number)));
            }
            coming.retain(|(at, number)| {
                if *at <= now {
                    train.arrived(now, *number);
                }
                *at > now
            });
            now += MS;
        }
        (train.measured(now).unwrap(), now - start)
    }

    #[test]
    fn the_middle_round_trip_and_what_was_lost_are_told() {
        let (measured, took) = run(|_| Some(MS * 30));
        assert_eq!(measured.round_trip, Some(MS * 30));
        assert_eq!((measured.lost, measured.of), (0, MESSAGES));
        assert!(took < MS * 1_100, "{took:?}");
        let (measured, took) = run(|number| (number % 10 != 3).then_some(MS * 80));
        assert_eq!((measured.lost, measured.of), (5, MESSAGES));
        assert!(measured.is_lossy());
        assert!(took < MS * 1_600, "{took:?}");
    }

    #[test]
    fn a_long_way_is_no_loss() {
        let (measured, _) = run(|_| Some(MS * 900));
        assert_eq!((measured.lost, measured.of), (0, MESSAGES));
        assert!(measured.is_long() && !measured.is_lossy());
    }

    #[test]
    fn what_may_still_come_is_not_lost() {
        let start = Instant::now();
        let mut train = Train::new(start);
        let mut now = start;
        for _ in 0..4 {
            assert!(train.due(now).is_some());
            assert!(train.due(now).is_none(), "one at a time");
            now += EVERY;
        }
        assert!(train.measured(now).is_none());
        train.arrived(now, 0);
        train.arrived(now + MS, 0);
        // One that was never sent.
        train.arrived(now, 40);
        let measured = train.measured(now).unwrap();
        assert_eq!((measured.lost, measured.of), (0, 1));
        let measured = train.measured(now + PATIENCE).unwrap();
        assert_eq!((measured.lost, measured.of), (3, 4));
    }

    #[test]
    fn timers_that_ring_late_are_made_up_for() {
        let start = Instant::now();
        let mut train = Train::new(start);
        let late = start + MS * 1_000;
        let mut sent = 0;
        while train.due(late).is_some() {
            sent += 1;
        }
        assert_eq!(sent, MESSAGES);
    }
}
