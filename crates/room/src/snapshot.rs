//! A look at what is there now, for an operator: no names, secrets or addresses.

use protocol::{ParticipantId, Role, RoomId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use web_time::Instant;

use crate::Rooms;
use crate::rooms::State;

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

impl Rooms {
    /// How much there is, without looking closer.
    pub fn totals(&self) -> Totals {
        Totals {
            connections: self.connections.len(),
            rooms: self.rooms.len(),
            participants: self.rooms.values().map(|room| room.members.len()).sum(),
        }
    }

    /// What there is at `now`.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let age = |since| now.saturating_duration_since(since).as_secs();
        let rooms: Vec<_> = self
            .rooms
            .iter()
            .map(|(id, room)| RoomView {
                label: label(id),
                age_seconds: age(room.created),
                locked: room.locked,
                participants: room
                    .members
                    .iter()
                    .map(|(id, member)| ParticipantView {
                        id: id.clone(),
                        role: member.standing.role(),
                        connected: member.connection().is_some(),
                        age_seconds: age(member.entered),
                    })
                    .collect(),
            })
            .collect();
        Snapshot {
            connections: self.connections.len(),
            lobbies: self
                .connections
                .values()
                .filter(|connection| matches!(connection.state, State::Lobby(_)))
                .count(),
            participants: rooms.iter().map(|room| room.participants.len()).sum(),
            codes: self.codes.len(),
            rooms,
        }
    }
}

/// A short name for a room that is safe to show: the start of a hash of its id.
fn label(id: &RoomId) -> String {
    let hash = Sha256::new()
        .chain_update(b"crabcall room label\0")
        .chain_update(id.as_str())
        .finalize();
    hash.iter()
        .take(3)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
