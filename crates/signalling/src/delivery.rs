//! What was said to the room and may not have arrived, and how much has come from it.
//!
//! Both sides count (PROTOCOL.md, "Losing the connection and coming back"). When the connection
//! was lost, each says again what the other has not got, so that a negotiation that was under
//! way goes on as if nothing had been.

use std::collections::VecDeque;

use protocol::{ClientMessage, ServerMessage};

/// How many messages are kept: less than a server takes at once.
const MAX_MESSAGES: usize = 100;
/// After so many the server is told what has come, so that it need not keep them.
const TELL_AFTER: u64 = 32;

/// What is lost after the connection was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Nothing: it comes, or is said again.
    None,
    /// What the server said, or may have. Who negotiated knows of it, on both sides.
    Missed,
    /// What was said here, and nobody else knows.
    Unsaid,
}

/// The counted messages of a call, in both directions.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// How many have come.
    received: u64,
    /// How many of them the server knows to have come.
    told: u64,
    /// How many were said.
    said: u64,
    /// The last of them.
    kept: VecDeque<ClientMessage>,
}

impl Delivery {
    /// Something came. How many have, if the server is to be told.
    pub fn heard(&mut self, message: &ServerMessage) -> Option<u64> {
        if message.is_counted() {
            self.received = self.received.saturating_add(1);
        }
        let waits = matches!(message, ServerMessage::Pong { .. });
        let untold = self.received.saturating_sub(self.told);
        let due = untold >= TELL_AFTER || (waits && (untold > 0 || !self.kept.is_empty()));
        due.then(|| {
            self.told = self.received;
            self.received
        })
    }

    /// How many have come.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Something is said.
    pub fn say(&mut self, message: &ClientMessage) {
        if message.is_counted() {
            self.said = self.said.saturating_add(1);
            self.kept.push_back(message.clone());
            if self.kept.len() > MAX_MESSAGES {
                self.kept.pop_front();
            }
        }
    }

    /// The server has got so many.
    pub fn arrived(&mut self, count: u64) {
        while self.first() < count && self.kept.pop_front().is_some() {}
    }

    /// The server has got so many and goes on counting. What is to be said again; none if that
    /// is not kept any more, and then it is lost.
    pub fn go_on(&mut self, count: u64) -> Option<Vec<ClientMessage>> {
        self.told = self.received;
        if count < self.first() || count > self.said {
            self.said = count;
            self.kept.clear();
            return None;
        }
        self.arrived(count);
        Some(self.kept.iter().cloned().collect())
    }

    /// Both sides count from 0 again. Commands that may not have arrived; they can be said twice.
    pub fn begin_again(&mut self) -> Vec<ClientMessage> {
        let kept = std::mem::take(self).kept.into_iter();
        kept.filter(|it| {
            matches!(
                it,
                ClientMessage::Remove { .. }
                    | ClientMessage::Readmit { .. }
                    | ClientMessage::MakeHost { .. }
                    | ClientMessage::Lock { .. }
            )
        })
        .collect()
    }

    /// How many were said before the oldest that is kept.
    fn first(&self) -> u64 {
        let kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        self.said.saturating_sub(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(locked: bool) -> ClientMessage {
        ClientMessage::Lock { locked }
    }

    #[test]
    fn what_did_not_arrive_is_said_again() {
        let mut delivery = Delivery::default();
        for at in 0..4 {
            delivery.say(&lock(at % 2 == 0));
            delivery.say(&ClientMessage::Ping { id: at });
        }
        assert_eq!(delivery.go_on(3), Some(vec![lock(false)]));
        assert_eq!(delivery.go_on(4), Some(vec![]));
        // Arrived before, so it is not kept.
        assert_eq!(delivery.go_on(2), None);
        delivery.say(&lock(true));
        assert_eq!(delivery.go_on(2), Some(vec![lock(true)]));
    }

    #[test]
    fn no_more_is_kept_than_may_be_said_at_once() {
        let mut delivery = Delivery::default();
        for _ in 0..101 {
            delivery.say(&lock(true));
        }
        assert_eq!(delivery.kept.len(), MAX_MESSAGES);
        assert_eq!(delivery.clone().go_on(0), None);
        assert_eq!(delivery.go_on(1).map(|it| it.len()), Some(100));
    }

    #[test]
    fn the_server_is_told_now_and_then_what_has_come() {
        let mut delivery = Delivery::default();
        let locked = ServerMessage::Locked { locked: true };
        let pong = ServerMessage::Pong { id: 1 };
        assert_eq!(delivery.heard(&pong), None);
        assert_eq!(delivery.heard(&locked), None);
        assert_eq!(delivery.heard(&pong), Some(1));
        assert_eq!(delivery.heard(&pong), None);
        let told = (0..32).filter_map(|_| delivery.heard(&locked));
        assert_eq!(told.collect::<Vec<_>>(), [33]);
    }

    #[test]
    fn commands_outlast_a_server_that_forgot_all() {
        let mut delivery = Delivery::default();
        delivery.heard(&ServerMessage::Locked { locked: true });
        delivery.say(&ClientMessage::Code {});
        delivery.say(&lock(true));
        assert_eq!(delivery.begin_again(), [lock(true)]);
        assert_eq!((delivery.received(), delivery.first()), (0, 0));
    }
}
