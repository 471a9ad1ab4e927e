//! The way between clients and the relay: datagrams, of which some are lost, some come twice, and
//! any may overtake another.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use turn::Client;
use web_time::Instant;

use crate::network::between;

/// Where a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Server,
    Client,
}

/// A datagram of a client, or to it.
#[derive(Debug, Clone)]
pub(super) struct Datagram {
    pub(super) to: To,
    pub(super) client: Client,
    pub(super) bytes: Vec<u8>,
}

/// What becomes of datagrams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// The shortest and the longest way; each datagram has its own.
    pub(crate) delay: (Duration, Duration),
    /// How many of a hundred are lost.
    pub(crate) lost_percent: u8,
    /// How many of a hundred come twice.
    pub(crate) doubled_percent: u8,
    /// None gets through.
    pub(crate) blocked: bool,
}

#[derive(Debug)]
pub(super) struct Wire {
    /// In the order in which they arrive.
    on_the_way: BTreeMap<(Instant, u64), Datagram>,
    sent: u64,
    rng: Rng,
    pub(super) weather: Weather,
}

impl Wire {
    pub(super) fn new(weather: Weather, rng: Rng) -> Self {
        Self {
            on_the_way: BTreeMap::new(),
            sent: 0,
            rng,
            weather,
        }
    }

    pub(super) fn send(&mut self, now: Instant, to: To, client: Client, bytes: Vec<u8>) {
        if self.weather.blocked || self.happens(self.weather.lost_percent) {
            return;
        }
        let copies = 1 + u32::from(self.happens(self.weather.doubled_percent));
        for _ in 0..copies {
            let (least, most) = self.weather.delay;
            let at = now + between(least, most, &mut self.rng);
            self.sent += 1;
            let bytes = bytes.clone();
            let datagram = Datagram { to, client, bytes };
            self.on_the_way.insert((at, self.sent), datagram);
        }
    }

    fn happens(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// When the next one arrives.
    pub(super) fn next(&self) -> Option<Instant> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    /// The next one that arrives now.
    pub(super) fn arrive(&mut self, now: Instant) -> Option<Datagram> {
        let first = self.on_the_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
