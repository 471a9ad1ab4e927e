//! How much the others may have said to one participant.
//!
//! It is counted where it goes to, so that whoever sends too much waits, however often they come
//! anew; and never so much that a participant is closed for not reading it.

use std::time::Duration;

use protocol::{ClientMessage, Sdp};
use web_time::Instant;

use crate::Config;
use crate::rate::{Bucket, Rate};

/// From one other participant in the long run, in bytes. A negotiation is some 30 kB.
const BYTES_PER_SECOND: u32 = 32 * 1024;
/// The same at once. With ten seconds of the rate, after which one who reads nothing is given up,
/// it is less than an outbox takes.
const BURST_BYTES: u32 = 512 * 1024;
/// For more participants than two there is more, up to so many times.
const MOST_SENDERS: u32 = 3;
/// What a message counts as at least: for the work that it makes.
const LEAST_BYTES: u32 = 2 * 1024;
/// The same for an offer, which may have the other make a new peer connection.
const LEAST_OFFER_BYTES: u32 = 16 * 1024;

/// The allowance of each participant.
pub(crate) fn rate(config: &Config) -> Rate {
    if config.messages_per_second == 0 {
        return Rate::new(0, Duration::from_secs(1), 0);
    }
    let senders = config.max_participants.saturating_sub(1);
    let senders = senders.clamp(1, MOST_SENDERS);
    Rate::new(
        BYTES_PER_SECOND * senders,
        Duration::from_secs(1),
        BURST_BYTES * senders,
    )
}

/// What is said to one participant by the others.
#[derive(Debug)]
pub(crate) struct Inflow(Bucket);

impl Inflow {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Bucket::full(now))
    }

    /// Takes in a message that is to be passed on, or says when there is room for it.
    pub(crate) fn take(
        &mut self,
        rate: Rate,
        message: &ClientMessage,
        now: Instant,
    ) -> Result<(), Duration> {
        match message {
            ClientMessage::Offer { sdp, .. } => self.offer(rate, sdp, now),
            ClientMessage::Answer { sdp, .. } => {
                let bytes = size(sdp).max(LEAST_BYTES);
                self.0.take_many(rate, bytes, now)
            }
            // Shorter than that by their own limits, or as good as.
            _ => self.0.take_many(rate, LEAST_BYTES, now),
        }
    }

    /// The same for an offer by itself.
    pub(crate) fn offer(&mut self, rate: Rate, sdp: &Sdp, now: Instant) -> Result<(), Duration> {
        let bytes = size(sdp).max(LEAST_OFFER_BYTES);
        self.0.take_many(rate, bytes, now)
    }
}

fn size(sdp: &Sdp) -> u32 {
    u32::try_from(sdp.bytes()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_document() {
        let document = include_str!("../../../PROTOCOL.md");
        let row = format!(
            "{} KiB at once, {} KiB a second in the long run; an `offer` counts as {} KiB at least, the others as {} KiB at least",
            BURST_BYTES / 1024,
            BYTES_PER_SECOND / 1024,
            LEAST_OFFER_BYTES / 1024,
            LEAST_BYTES / 1024
        );
        assert!(document.contains(&row), "{row}");
    }

    #[test]
    fn offers_come_at_a_rate_however_short_they_are() {
        let start = Instant::now();
        let rate = rate(&Config::default());
        let mut inflow = Inflow::new(start);
        let mut offers = |now| {
            let offer = Sdp::new("v=0");
            (0..1_000)
                .take_while(|_| inflow.offer(rate, &offer, now).is_ok())
                .count()
        };
        assert_eq!(offers(start), 32);
        assert_eq!(offers(start + Duration::from_secs(1)), 2);
        let long = Sdp::new("x".repeat(48 * 1024));
        let later = start + Duration::from_secs(60);
        assert!((0..10).all(|_| inflow.offer(rate, &long, later).is_ok()));
        assert!(inflow.offer(rate, &long, later).is_err());
    }
}
