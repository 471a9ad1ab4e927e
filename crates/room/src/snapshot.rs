//! A look at what is there now, for an operator: no names, secrets or addresses.

use protocol::{ParticipantId, Role, RoomId};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What there is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Open connections, of participants and others.
    pub connections: usize,
    /// Those of them that look into a room before they enter.
    pub lobbies: usize,
    /// Participants, connected or held.
    pub participants: usize,
    /// Call codes that work.
    pub codes: usize,
    pub rooms: Vec<RoomView>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomView {
    /// Tells rooms apart; the room id cannot be found from it.
    pub label: String,
    pub age_seconds: u64,
    pub locked: bool,
    pub participants: Vec<ParticipantView>,
}

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParticipantView {
    pub id: ParticipantId,
    pub role: Role,
    pub connected: bool,
    pub age_seconds: u64,
}

/// How much there is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub connections: usize,
    pub rooms: usize,
    /// Connected or held.
    pub participants: usize,
}

/// A short name for a room that is safe to show: the start of a hash of its id.
pub(crate) fn label(id: &RoomId) -> String {
    let hash = Sha256::new()
        .chain_update(b"crabcall room label\0")
        .chain_update(id.as_str())
        .finalize();
    hash.iter()
        .take(3)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
