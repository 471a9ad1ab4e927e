//! What the tabs of one browser tell each other, and the pass with which a page goes on as the
//! participant that an earlier page was.

use protocol::json::{FromJson, Json, ToJson, read, write};
use protocol::{ParticipantId, RoomId, Ticket, json_record};

/// What a page needs to go on as a participant of a call. A tab keeps it for a reload of its page,
/// and gives it to another tab that takes the call over. It is a secret of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub room: RoomId,
    pub ticket: Ticket,
    /// The numbers of the last connections with the others. New connections are numbered on from
    /// there.
    pub numbers: Vec<Numbered>,
}

/// The number of the last connection with a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub participant: ParticipantId,
    pub number: u32,
}

json_record!(Pass { room, ticket } or_default { numbers });
json_record!(Numbered { participant, number } or_default {});

/// What a tab tells the other tabs of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl FromJson for TabMessage {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        let room = || read(json, "room");
        let kind: String = read(json, "type")?;
        Some(match kind.as_str() {
            "asks" => Self::Asks { room: room()? },
            "here" => Self::Here { room: room()? },
            "gone" => Self::Gone { room: room()? },
            "wants" => Self::Wants { room: room()? },
            "gives" => Self::Gives {
                pass: read(json, "pass")?,
            },
            _ => return None,
        })
    }
}

impl ToJson for TabMessage {
    fn to_json<J: Json>(&self) -> Option<J> {
        let mut json = J::object();
        let kind = match self {
            Self::Asks { .. } => "asks",
            Self::Here { .. } => "here",
            Self::Gone { .. } => "gone",
            Self::Wants { .. } => "wants",
            Self::Gives { .. } => "gives",
        };
        json.set("type", J::text(kind));
        match self {
            Self::Asks { room }
            | Self::Here { room }
            | Self::Gone { room }
            | Self::Wants { room } => write(&mut json, "room", room),
            Self::Gives { pass } => write(&mut json, "pass", pass),
        }
        Some(json)
    }
}
