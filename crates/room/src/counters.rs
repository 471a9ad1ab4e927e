//! What has happened since the start, for an operator's metrics.

use std::collections::BTreeMap;

use protocol::{ClientMessage, ErrorCode, ServerMessage};

/// Counts since the start. The keys are fixed words, never anything a client sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections opened, also those refused.
    pub connections: u64,
    /// Rooms created.
    pub rooms: u64,
    /// Participants that entered (not those that came back).
    pub participants: u64,
    /// Messages from clients by their `type`; what could not be read is `undecodable`.
    pub messages_in: BTreeMap<&'static str, u64>,
    /// Messages to clients by their `type`.
    pub messages_out: BTreeMap<&'static str, u64>,
    /// Refusals by their reason.
    pub refusals: BTreeMap<ErrorCode, u64>,
}

impl Counters {
    pub(crate) fn message_in(&mut self, message: &ClientMessage) {
        count(&mut self.messages_in, message.kind(), 1);
    }

    pub(crate) fn undecodable(&mut self) {
        count(&mut self.messages_in, "undecodable", 1);
    }

    /// Counts a message that is sent to so many clients.
    pub(crate) fn message_out(&mut self, message: &ServerMessage, clients: usize) {
        count(&mut self.messages_out, message.kind(), clients);
        if let ServerMessage::Error(error) = message {
            count(&mut self.refusals, error.code, clients);
        }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, more: usize) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
}
