//! What the tabs of one browser tell each other, and what makes a page the participant that an
//! earlier one was.

use protocol::json::{FromJson, Json, ToJson, read, write};
use protocol::{ParticipantId, RoomId, Ticket, json_record};

/// What a page needs to go on as the participant of a call: kept by its tab for when it is loaded
/// anew, and given to another tab that takes the call over. A secret of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub room: RoomId,
    pub ticket: Ticket,
    /// The last connections with the others: new ones go on from their numbers.
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
    /// Whether a tab is in this call.
    Asks { room: RoomId },
    /// This tab is in it.
    Here { room: RoomId },
    /// No longer.
    Gone { room: RoomId },
    /// Another tab wants to go on with it.
    Wants { room: RoomId },
    /// It may: this tab has stopped.
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
