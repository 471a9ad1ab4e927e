//! What there is and has been, for metrics.

use std::collections::BTreeMap;

/// Counts for metrics. The keys are fixed words, never anything that a client sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that are open now.
    pub connections: usize,
    /// Those of them that no WebSocket serves.
    pub fallback_sessions: usize,
    /// Rooms that there are now.
    pub rooms: usize,
    /// Participants that there are now, connected or held.
    pub participants: usize,
    /// Connections opened since the start.
    pub connections_opened: u64,
    /// Rooms created since the start.
    pub rooms_created: u64,
    /// Participants that entered since the start.
    pub participants_entered: u64,
    /// Messages from clients by their `type`; what could not be read is `undecodable`.
    pub messages_in: BTreeMap<&'static str, u64>,
    /// Messages to clients by their `type`.
    pub messages_out: BTreeMap<&'static str, u64>,
    /// Refusals by their reason: the error codes of the protocol, and of upgrade requests
    /// `origin`, `subprotocol` and `request`.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Messages that were dropped because their reader was too slow.
    pub outbox_drops: u64,
}

/// Why an upgrade request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UpgradeRefusal {
    Origin,
    Subprotocol,
    Request,
}

impl UpgradeRefusal {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Subprotocol => "subprotocol",
            Self::Request => "request",
        }
    }
}
