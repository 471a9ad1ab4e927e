//! What the tabs of one browser tell each other, and the pass with which a page goes on as the
//! participant that an earlier page was.

use protocol::{ParticipantId, RoomId, Ticket};
use serde::{Deserialize, Serialize};

/// What a page needs to go on as a participant of a call. A tab keeps it for a reload of its page,
/// and gives it to another tab that takes the call over. It is a secret of this browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    pub room: RoomId,
    pub ticket: Ticket,
    /// The numbers of the last connections with the others. New connections are numbered on from
    /// there.
    #[serde(default)]
    pub numbers: Vec<Numbered>,
}

/// The number of the last connection with a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    pub participant: ParticipantId,
    pub number: u32,
}

/// What a tab tells the other tabs of this browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// The sender asks whether another tab is in this call.
    Asks { room: RoomId },
    /// The sender is in this call.
    Here { room: RoomId },
    /// The sender is no longer in this call.
    Gone { room: RoomId },
    /// The sender wants to take this call over.
    Wants { room: RoomId },
    /// The sender has stopped, and gives its call over.
    Gives { pass: Pass },
}
