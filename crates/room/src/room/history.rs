//! What was said to a participant and may not have arrived.

use std::collections::VecDeque;

use protocol::ServerMessage;

/// How much is kept for each participant. A whole negotiation is some 40 messages and 25 kB.
const MAX_MESSAGES: usize = 128;
const MAX_BYTES: usize = 64 * 1024;
/// What a message takes besides its longest text.
const OVERHEAD: usize = 128;

/// The counted messages of one participant (PROTOCOL.md, "Losing the connection and coming
/// back").
#[derive(Debug, Default)]
pub(super) struct History {
    /// Whether the client counts; for others nothing is kept.
    counts: bool,
    /// Its tickets say that what it counts is this.
    counting: u64,
    /// How many were said to it.
    said: u64,
    /// The last of them.
    kept: VecDeque<ServerMessage>,
    bytes: usize,
    /// How many it has said.
    heard: u64,
}

impl History {
    pub(super) fn new(counts: bool, counting: u64) -> Self {
        Self {
            counts,
            counting,
            ..Self::default()
        }
    }

    /// The number in its tickets that names this count of messages.
    pub(super) fn counting(&self) -> u64 {
        self.counting
    }

    /// How many it has said.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// Counts one more message from the participant.
    pub(super) fn hear(&mut self) {
        self.heard = self.heard.saturating_add(1);
    }

    /// Notes something that is said to it, whether it can be reached now or not.
    pub(super) fn note(&mut self, message: &ServerMessage) {
        if !self.counts || !message.is_counted() {
            return;
        }
        self.said = self.said.saturating_add(1);
        self.bytes += size(message);
        self.kept.push_back(message.clone());
        while self.kept.len() > MAX_MESSAGES || self.bytes > MAX_BYTES {
            self.drop_oldest();
        }
    }

    /// It has got so many.
    pub(super) fn arrived(&mut self, count: u64) {
        while self.first() < count && !self.kept.is_empty() {
            self.drop_oldest();
        }
        if self.kept.is_empty() {
            self.kept = VecDeque::new();
        }
    }

    /// What it has not got, if it has got so many and the rest is kept.
    pub(super) fn since(&self, count: u64) -> Option<Vec<ServerMessage>> {
        let skip = usize::try_from(count.checked_sub(self.first())?).ok()?;
        (self.counts && skip <= self.kept.len())
            .then(|| self.kept.iter().skip(skip).cloned().collect())
    }

    /// How many were said before the oldest that is kept.
    fn first(&self) -> u64 {
        let kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        self.said.saturating_sub(kept)
    }

    fn drop_oldest(&mut self) {
        if let Some(dropped) = self.kept.pop_front() {
            self.bytes = self.bytes.saturating_sub(size(&dropped));
        }
    }
}

fn size(message: &ServerMessage) -> usize {
    OVERHEAD
        + match message {
            ServerMessage::Offer { sdp, .. } | ServerMessage::Answer { sdp, .. } => sdp.bytes(),
            ServerMessage::Candidate {
                candidate: Some(it),
                ..
            } => {
                let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
                it.candidate.len() + length(&it.sdp_mid) + length(&it.username_fragment)
            }
            ServerMessage::Chat { text, .. } => text.as_str().len(),
            ServerMessage::IceError { text, .. } => text.len(),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{ParticipantId, Sdp};

    #[test]
    fn the_limits_are_those_of_the_document() {
        let document = include_str!("../../../../PROTOCOL.md");
        let kib = MAX_BYTES / 1_024;
        let row = format!("| {MAX_MESSAGES} messages, {kib} KiB | `missed: true` |");
        assert!(document.contains(&row), "{row}");
    }

    fn locked(locked: bool) -> ServerMessage {
        ServerMessage::Locked { locked }
    }

    #[test]
    fn what_did_not_arrive_is_said_again_and_what_arrived_is_forgotten() {
        let mut history = History::new(true, 0);
        for at in 0..10 {
            history.note(&locked(at % 2 == 0));
            history.note(&ServerMessage::Pong { id: at });
        }
        assert_eq!(history.since(10), Some(vec![]));
        assert_eq!(history.since(8), Some(vec![locked(true), locked(false)]));
        assert_eq!(history.since(0).map(|it| it.len()), Some(10));
        assert_eq!(history.since(11), None);
        history.arrived(9);
        assert_eq!(history.since(8), None);
        assert_eq!(history.since(9), Some(vec![locked(false)]));
        history.arrived(u64::MAX);
        assert_eq!((history.kept.capacity(), history.bytes), (0, 0));
        assert_eq!(history.since(10), Some(vec![]));
    }

    #[test]
    fn it_keeps_no_more_than_it_may_and_nothing_for_who_does_not_count() {
        let mut history = History::new(true, 0);
        let from = ParticipantId::parse("AAAAAAAAAAAA").unwrap();
        for _ in 0..3 {
            history.note(&ServerMessage::Offer {
                from: from.clone(),
                connection: 1,
                sdp: Sdp::new("x".repeat(40_000)),
            });
        }
        assert_eq!(history.kept.len(), 1);
        assert_eq!(history.since(1), None);
        for _ in 0..1_000 {
            history.note(&locked(true));
        }
        assert!(history.kept.len() <= MAX_MESSAGES && history.bytes <= MAX_BYTES);
        let mut history = History::new(false, 0);
        history.note(&locked(true));
        assert_eq!((history.kept.len(), history.since(0)), (0, None));
    }
}
