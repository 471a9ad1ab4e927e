//! What the server says.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::fields::{Fields, Value, WrongShape};
use crate::optional::or_default;
use crate::{
    CallCode, Candidate, ChatText, Error, IceServer, Name, ParticipantId, RoomId, Sdp, Ticket,
    TrackKind,
};

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Showed the room's secret, or was made a host: may lock the room, remove people, let them
    /// in again and make others hosts.
    Host,
    /// Everyone else. So is a role of a newer server.
    #[serde(other)]
    Guest,
}

/// What a participant sends now. All of it off is to watch and listen only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Media {
    /// The microphone is there and not muted.
    #[serde(default, deserialize_with = "or_default")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<bool>"),
        ts(as = "Option<bool>", optional)
    )]
    pub microphone: bool,
    /// The camera is there and on.
    #[serde(default, deserialize_with = "or_default")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<bool>"),
        ts(as = "Option<bool>", optional)
    )]
    pub camera: bool,
    /// The screen is shared, beside the camera.
    #[serde(default, deserialize_with = "or_default")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<bool>"),
        ts(as = "Option<bool>", optional)
    )]
    pub screen: bool,
    /// What is heard on the shared screen is sent as well.
    #[serde(default, deserialize_with = "or_default")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<bool>"),
        ts(as = "Option<bool>", optional)
    )]
    pub screen_sound: bool,
}

impl Media {
    /// Whether a track of this kind is sent.
    pub fn sends(&self, kind: TrackKind) -> bool {
        match kind {
            TrackKind::Microphone => self.microphone,
            TrackKind::Camera => self.camera,
            TrackKind::Screen => self.screen,
            TrackKind::ScreenSound => self.screen_sound,
        }
    }

    /// Whether anything is sent.
    pub fn sends_anything(&self) -> bool {
        TrackKind::ALL.into_iter().any(|kind| self.sends(kind))
    }
}

/// A participant as the others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Participant {
    pub id: ParticipantId,
    pub name: Name,
    pub role: Role,
    pub media: Media,
    /// False while its signalling connection is lost and it may still come back.
    pub connected: bool,
}

/// Somebody who was removed from a room and is kept out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct KeptOut {
    /// Who it was.
    pub id: ParticipantId,
    /// Under which name; empty if the server does not know it any more.
    pub name: Name,
}

/// Why a participant is no longer in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// A host removed it.
    Removed,
    /// Its connection was lost and did not come back in time.
    Lost,
    /// It said so. A reason of a newer server counts as this one.
    #[serde(other)]
    Left,
}

/// A message from the server to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(feature = "schema", ts(optional_fields))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Who is in the room, for its lobby. A room that is locked or not there looks empty.
    /// `ice_servers` let the browser prepare its connection before it joins.
    Lobby {
        room: RoomId,
        names: Vec<Name>,
        ice_servers: Vec<IceServer>,
    },
    /// The room that a short call code stands for.
    Found { room: RoomId },
    /// The client is in the room. `participants` are the others, `resumed` tells that it is the
    /// participant it was before (its peer connections still stand), `ticket` is what to show
    /// next time, and `max_participants` counts everyone.
    Joined {
        room: RoomId,
        participant: ParticipantId,
        role: Role,
        resumed: bool,
        participants: Vec<Participant>,
        locked: bool,
        max_participants: u32,
        ticket: Ticket,
        ice_servers: Vec<IceServer>,
        /// How many counted messages of the client the server has got in this call.
        received: u64,
        /// Messages to the client were lost, and both sides count from 0 again.
        missed: bool,
        /// To whom the `offer` of the `join` was passed on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offered: Option<ParticipantId>,
    },
    /// Somebody entered. The one who enters is the one who offers.
    ParticipantJoined { participant: Participant },
    /// Somebody is gone for good.
    ParticipantLeft {
        participant: ParticipantId,
        reason: LeaveReason,
    },
    /// A participant's signalling connection was lost (it may come back) or is back.
    ParticipantConnection {
        participant: ParticipantId,
        connected: bool,
        /// It is back, but some of what was said to it is lost.
        #[serde(
            default,
            deserialize_with = "or_default",
            skip_serializing_if = "std::ops::Not::not"
        )]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<bool>"),
            ts(as = "Option<bool>", optional)
        )]
        missed: bool,
    },
    /// A participant sends other media now.
    Media { from: ParticipantId, media: Media },
    /// A participant has another name now.
    Renamed { from: ParticipantId, name: Name },
    /// A participant has written this. One that came before from this participant with the same
    /// `id` is the same text, said again.
    Chat {
        from: ParticipantId,
        id: u64,
        text: ChatText,
    },
    /// A participant is a host or a guest from now on.
    Role {
        participant: ParticipantId,
        role: Role,
    },
    /// All those who are kept out of the room, to its hosts.
    KeptOut { participants: Vec<KeptOut> },
    /// How many people wait outside of the room because it is locked, to its hosts. Those at one
    /// address count as one.
    Waiting { count: u32 },
    /// The `offer` of the participant `from`, passed on.
    Offer {
        from: ParticipantId,
        connection: u32,
        sdp: Sdp,
    },
    /// The `answer` of the participant `from`, passed on.
    Answer {
        from: ParticipantId,
        connection: u32,
        sdp: Sdp,
    },
    /// The `candidate` of the participant `from`, passed on. Without `candidate` it is the end
    /// of candidates.
    Candidate {
        from: ParticipantId,
        connection: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<Candidate>,
    },
    /// The `ice_error` of the participant `from`, passed on.
    IceError {
        from: ParticipantId,
        connection: u32,
        code: u16,
        text: String,
    },
    /// The room's short call code and for how long it still works, in milliseconds.
    Code { code: CallCode, expires_in_ms: u64 },
    /// New STUN and TURN servers in place of those of `lobby` or `joined`, before the credentials
    /// of those expire.
    IceServers { ice_servers: Vec<IceServer> },
    /// The room was locked or unlocked.
    Locked { locked: bool },
    /// A new ticket; it takes the place of the one before.
    Ticket { ticket: Ticket },
    /// A host removed the client from the room. The connection is then closed.
    Removed {},
    /// The server is stopping and expects to be back after this many milliseconds.
    Stopping { retry_after_ms: u64 },
    /// How many counted messages the server has got from the client.
    Received { count: u64 },
    /// The answer to `ping`.
    Pong { id: u32 },
    /// The WebSocket goes on with the session's connection. `received` is the number of the last
    /// message that the server took from the session.
    Attached { received: u64 },
    /// A message was refused. The connection goes on unless a close follows.
    Error(Error),
    /// Any `type` that this version does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip), ts(skip))]
    Unknown,
}

/// The `type` of each message on the wire, and the fields that are read. One with `or_default` may be
/// left out.
macro_rules! messages {
    ($($kind:literal => $message:ident { $($field:ident $($or_default:ident)?),* },)*) => {
        impl ServerMessage {
            /// The `type` on the wire.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$message { .. } => $kind,)*
                    Self::Error(_) => "error",
                    Self::Unknown => "unknown",
                }
            }

            fn read(kind: &str, mut fields: Fields) -> Result<Self, WrongShape> {
                Ok(match kind {
                    $($kind => Self::$message {
                        $($field: messages!(@ fields, $field $($or_default)?)),*
                    },)*
                    "error" => Self::Error(fields.rest()?),
                    _ => Self::Unknown,
                })
            }
        }
    };
    (@ $fields:ident, $field:ident) => { $fields.take(stringify!($field))? };
    (@ $fields:ident, $field:ident or_default) => {
        $fields.take::<Option<_>>(stringify!($field))?.unwrap_or_default()
    };
}

messages! {
    "lobby" => Lobby { room, names, ice_servers },
    "found" => Found { room },
    "joined" => Joined {
        room, participant, role, resumed, participants, locked, max_participants, ticket,
        ice_servers, received, missed, offered
    },
    "participant_joined" => ParticipantJoined { participant },
    "participant_left" => ParticipantLeft { participant, reason },
    "participant_connection" => ParticipantConnection { participant, connected, missed or_default },
    "media" => Media { from, media },
    "renamed" => Renamed { from, name },
    "chat" => Chat { from, id, text },
    "role" => Role { participant, role },
    "kept_out" => KeptOut { participants },
    "waiting" => Waiting { count },
    "offer" => Offer { from, connection, sdp },
    "answer" => Answer { from, connection, sdp },
    "candidate" => Candidate { from, connection, candidate },
    "ice_error" => IceError { from, connection, code, text },
    "code" => Code { code, expires_in_ms },
    "ice_servers" => IceServers { ice_servers },
    "locked" => Locked { locked },
    "ticket" => Ticket { ticket },
    "removed" => Removed {},
    "stopping" => Stopping { retry_after_ms },
    "received" => Received { count },
    "pong" => Pong { id },
    "attached" => Attached { received },
}

impl<'de> Deserialize<'de> for ServerMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of_fields(Fields::read(deserializer)?).map_err(de::Error::custom)
    }
}

impl ServerMessage {
    /// Makes a message from a JSON value; none if the value is not a message.
    pub fn of_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Self::of_fields(fields).ok(),
            _ => None,
        }
    }

    fn of_fields(mut fields: Fields) -> Result<Self, WrongShape> {
        let kind: String = fields.take("type")?;
        Self::read(&kind, fields)
    }

    /// Whether it is counted, so that it can be said again after the connection was lost.
    pub const fn is_counted(&self) -> bool {
        matches!(
            self,
            Self::ParticipantJoined { .. }
                | Self::ParticipantLeft { .. }
                | Self::ParticipantConnection { .. }
                | Self::Media { .. }
                | Self::Renamed { .. }
                | Self::Chat { .. }
                | Self::Role { .. }
                | Self::Offer { .. }
                | Self::Answer { .. }
                | Self::Candidate { .. }
                | Self::IceError { .. }
                | Self::Locked { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<ServerMessage> {
        let read = serde_json::from_str(text).ok();
        let parsed: Option<Value> = serde_json::from_str(text).ok();
        assert_eq!(parsed.and_then(ServerMessage::of_value), read, "{text}");
        read
    }

    #[test]
    fn fields_are_read_in_any_order_and_unknown_ones_are_ignored() {
        let text = r#"{"new":[1.5,-2,null,{"a":{}}],"participant":"A","type":"participant_connection",
            "connected":true}"#;
        let text = text.replace("\"A\"", &format!("\"{}\"", "A".repeat(12)));
        let Some(ServerMessage::ParticipantConnection {
            connected, missed, ..
        }) = read(&text)
        else {
            panic!("not read: {text}");
        };
        assert!(connected && !missed);
    }

    #[test]
    fn what_is_missing_or_of_another_shape_is_no_message() {
        for text in [
            "7",
            "[]",
            r#"{"id":7}"#,
            r#"{"type":7,"id":7}"#,
            r#"{"type":"pong"}"#,
            r#"{"type":"pong","id":null}"#,
            r#"{"type":"pong","id":-7}"#,
            r#"{"type":"pong","id":7.5}"#,
            r#"{"type":"pong","id":4294967296}"#,
            r#"{"type":"pong","id":"7"}"#,
            r#"{"type":"locked","locked":0}"#,
            r#"{"type":"found","room":"too short"}"#,
            r#"{"type":"error","code":"full"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(
            read(r#"{"type":"pong","id":7}"#),
            Some(ServerMessage::Pong { id: 7 })
        );
    }

    #[test]
    fn messages_and_words_of_a_newer_server_are_told_apart() {
        assert_eq!(
            read(r#"{"type":"dance","speed":3}"#),
            Some(ServerMessage::Unknown)
        );
        let participant = "A".repeat(12);
        let text = format!(r#"{{"type":"role","participant":"{participant}","role":"new_role"}}"#);
        let Some(ServerMessage::Role { role, .. }) = read(&text) else {
            panic!("not read: {text}");
        };
        assert_eq!(role, Role::Guest);
    }
}
