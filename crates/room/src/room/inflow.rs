//! How much the others in a room may say to one participant.
//!
//! The messages are counted at the receiver, so that a sender does not get a new allowance by joining
//! again. The allowance is small enough that the connection of a slow reader is not closed over it.

use std::time::Duration;

use protocol::{ChatText, ClientMessage, Sdp};
use web_time::Instant;

use crate::Config;
use crate::rate::{Bucket, Rate};

/// How many bytes a second one other participant may say in the long run. A negotiation is about
/// 30 kB.
const BYTES_PER_SECOND: u32 = 32 * 1024;
/// How many bytes one other participant may say at once. The server gives a connection up after ten
/// seconds in which nothing was read; this burst and ten seconds of the rate fit into an outbox.
const BURST_BYTES: u32 = 512 * 1024;
/// The allowance grows with the number of other participants, up to this factor.
const MOST_SENDERS: u32 = 3;
/// A message counts as this many bytes at least, because a short one makes work too.
const LEAST_BYTES: u32 = 2 * 1024;
/// An offer counts as this many bytes at least, because it can make the receiver open a new peer
/// connection.
const LEAST_OFFER_BYTES: u32 = 16 * 1024;

/// How much may be said to each participant, by all others together.
pub(super) fn rate(config: &Config) -> Rate {
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

/// What is left of the allowance of one participant.
#[derive(Debug)]
pub(super) struct Inflow(Bucket);

impl Inflow {
    pub(super) fn new(now: Instant) -> Self {
        Self(Bucket::full(now))
    }

    /// Counts a message that is to be passed on, or says after what time there is room for it.
    pub(super) fn take(
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
            // Their own limits keep these messages hardly longer than the least.
            _ => self.0.take_many(rate, LEAST_BYTES, now),
        }
    }

    /// Whether there is room for a text; if not, how long until there is.
    pub(super) fn check_chat(
        &self,
        rate: Rate,
        text: &ChatText,
        now: Instant,
    ) -> Result<(), Duration> {
        self.0.check_many(rate, chat_bytes(text), now)
    }

    /// Counts a text for which there is room.
    pub(super) fn take_chat(&mut self, rate: Rate, text: &ChatText, now: Instant) {
        // If there were no room nothing would be counted; the caller has checked that there is.
        let _ = self.0.take_many(rate, chat_bytes(text), now);
    }

    /// Counts an offer, or says after what time there is room for it.
    pub(super) fn offer(&mut self, rate: Rate, sdp: &Sdp, now: Instant) -> Result<(), Duration> {
        let bytes = size(sdp).max(LEAST_OFFER_BYTES);
        self.0.take_many(rate, bytes, now)
    }
}

fn chat_bytes(text: &ChatText) -> u32 {
    let bytes = u32::try_from(text.as_str().len()).unwrap_or(u32::MAX);
    bytes.max(LEAST_BYTES)
}

fn size(sdp: &Sdp) -> u32 {
    u32::try_from(sdp.bytes()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_document() {
        let document = include_str!("../../../../PROTOCOL.md");
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
