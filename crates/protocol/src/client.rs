//! What a client says.

use serde::{Deserialize, Serialize};

use crate::{
    CallCode, Candidate, ChatText, DeviceToken, Media, Name, ParticipantId, RoomId, RoomSecret,
    Sdp, SessionId, Ticket,
};

/// A message from a client to the server. Who sends it is known from the connection, never from
/// the message.
///
/// A connection begins with `peek`, `find` or `join`. The messages with a `to` are relayed to
/// another participant of the same room and arrive there with `from` in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(feature = "schema", ts(optional_fields))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Looks into a room from its lobby: answered with `lobby` now and at every change until
    /// the connection joins. The others do not learn of it.
    Peek { room: RoomId },
    /// Asks which room a short call code stands for: answered with `found`.
    Find { code: CallCode },
    /// Enters a room: answered with `joined`. With the room's `secret` the participant is a host
    /// and the room is created if it is not there; without, a room that is not there is
    /// `unavailable`. With a `ticket` it is the same participant as before (and `secret` is not
    /// looked at).
    Join {
        room: RoomId,
        /// What the others see. Without it the holder of a ticket keeps the name it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<RoomSecret>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<Ticket>,
        /// What the participant sends. Without it the holder of a ticket sends what it sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        media: Option<Media>,
        /// How many counted messages the client has got in this call. A client that says it gets
        /// those that it missed when it comes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<u64>,
        /// An offer that was prepared in the lobby, so that it does not wait for `joined`: passed
        /// on, as of connection 1, to the first participant there that is connected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<Sdp>,
        /// Tells this device from others, in this room alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceToken>,
    },
    /// A session description that asks for an answer (RFC 9429, section 4.1.8). `connection`
    /// counts the peer connections between the two: see PROTOCOL.md.
    Offer {
        to: ParticipantId,
        connection: u32,
        sdp: Sdp,
    },
    /// The session description that answers an offer.
    Answer {
        to: ParticipantId,
        connection: u32,
        sdp: Sdp,
    },
    /// An ICE candidate (RFC 8838); without `candidate`, the end of candidates.
    Candidate {
        to: ParticipantId,
        connection: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<Candidate>,
    },
    /// Tells the other why ICE is in trouble here, as `RTCPeerConnectionIceErrorEvent` has it.
    IceError {
        to: ParticipantId,
        connection: u32,
        code: u16,
        text: String,
    },
    /// What the participant sends now.
    Media { media: Media },
    /// Takes another name.
    Rename { name: Name },
    /// Writes to the others. `id` is a number that the sender has used for no other text.
    Chat {
        id: u64,
        text: ChatText,
        /// Only this participant gets it: it may have missed a text that all the others got.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ParticipantId>,
    },
    /// Asks for the room's short call code: answered with `code`.
    Code {},
    /// Removes a participant from the room and keeps that person out (host only).
    Remove { participant: ParticipantId },
    /// Lets somebody who was removed in again (host only).
    Readmit { participant: ParticipantId },
    /// Makes a participant a host (host only).
    MakeHost { participant: ParticipantId },
    /// Locks or unlocks the room (host only): nobody new enters a locked one.
    Lock { locked: bool },
    /// Leaves the room for good. The connection is as before `join`.
    Leave {},
    /// The page goes away and may be loaded anew: the place is held for a moment.
    Away {},
    /// How many counted messages the client has got: answered with `received`.
    Received { count: u64 },
    /// Answered with `pong` and the same `id`.
    Ping { id: u32 },
    /// The first message on a WebSocket that takes over a session of the fallback. `received` is
    /// the number of the last message that came in the session. Answered with `attached`.
    Attach { session: SessionId, received: u64 },
    /// Any `type` that this version does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip), ts(skip))]
    Unknown,
}

impl ClientMessage {
    /// The `type` on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Peek { .. } => "peek",
            Self::Find { .. } => "find",
            Self::Join { .. } => "join",
            Self::Offer { .. } => "offer",
            Self::Answer { .. } => "answer",
            Self::Candidate { .. } => "candidate",
            Self::IceError { .. } => "ice_error",
            Self::Media { .. } => "media",
            Self::Rename { .. } => "rename",
            Self::Chat { .. } => "chat",
            Self::Code {} => "code",
            Self::Remove { .. } => "remove",
            Self::Readmit { .. } => "readmit",
            Self::MakeHost { .. } => "make_host",
            Self::Lock { .. } => "lock",
            Self::Leave {} => "leave",
            Self::Away {} => "away",
            Self::Received { .. } => "received",
            Self::Ping { .. } => "ping",
            Self::Attach { .. } => "attach",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is counted, so that it can be said again after the connection was lost.
    pub fn is_counted(&self) -> bool {
        Self::is_counted_type(self.kind())
    }

    /// Whether messages of this `type` are counted, also those that are refused because they
    /// can't be read.
    pub fn is_counted_type(kind: &str) -> bool {
        matches!(
            kind,
            "offer"
                | "answer"
                | "candidate"
                | "ice_error"
                | "media"
                | "rename"
                | "chat"
                | "code"
                | "remove"
                | "readmit"
                | "make_host"
                | "lock"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, ErrorCode, ServerMessage};

    #[test]
    fn unknown_fields_are_ignored_and_unknown_types_are_told_apart() {
        let ping: ClientMessage =
            serde_json::from_str(r#"{"type":"ping","id":7,"new":{"a":[1]}}"#).unwrap();
        assert_eq!(ping, ClientMessage::Ping { id: 7 });
        let unknown: ClientMessage = serde_json::from_str(r#"{"type":"dance","speed":3}"#).unwrap();
        assert_eq!(unknown, ClientMessage::Unknown);
        assert!(serde_json::from_str::<ClientMessage>(r#"{"id":7}"#).is_err());
    }

    #[test]
    fn an_error_is_flat_and_a_newer_code_is_other() {
        let error = ServerMessage::Error(Error {
            code: ErrorCode::Full,
            message: "x".into(),
            refused: Some("join".into()),
            retry_after_ms: None,
        });
        let text = serde_json::to_string(&error).unwrap();
        assert_eq!(
            text,
            r#"{"type":"error","code":"full","message":"x","refused":"join"}"#
        );
        let newer: ServerMessage =
            serde_json::from_str(r#"{"type":"error","code":"new_code","message":""}"#).unwrap();
        assert!(matches!(
            newer,
            ServerMessage::Error(Error {
                code: ErrorCode::Other,
                ..
            })
        ));
    }
}
