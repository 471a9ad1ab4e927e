//! Refusals, each with a code that a program can act on.

use serde::{Deserialize, Serialize};

/// What was refused and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(feature = "schema", ts(optional_fields))]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// For developers, in English. A page draws its own words from `code`.
    pub message: String,
    /// The `type` of the message that was refused, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// When it makes sense to ask again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, not an object, a field missing or of the wrong shape, binary.
    BadMessage,
    /// A `type` that this server does not know. The connection goes on.
    UnknownType,
    /// A field that is longer than it may be.
    TooLarge,
    /// Too many messages, or too many tries at codes; `retry_after_ms` says when to go on.
    TooManyMessages,
    /// Not now: not joined yet, or joined already.
    WrongState,
    /// The call cannot be joined. It has not begun, it is locked, it is over, or the code is
    /// wrong: which of these it is, the server does not say, so that nobody can find out by
    /// guessing.
    Unavailable,
    /// The room has all the people it takes; `retry_after_ms` says when to ask again.
    Full,
    /// A host removed this person, and only a host can let that person in again.
    Removed,
    /// Only a host may do this.
    NotHost,
    /// The room has no such participant.
    NoSuchParticipant,
    /// The ticket is not of this server, has expired, or its participant is gone. Join anew.
    BadTicket,
    /// The secret is not that of the room.
    BadSecret,
    /// The server has as many rooms or connections as it takes.
    ServerBusy,
    /// A code of a newer server, which this client does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip), ts(skip))]
    Other,
}

/// WebSocket close codes (RFC 6455, section 7.4) that Crabcall uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum CloseCode {
    /// The client left, or all is said.
    Normal = 1000,
    /// The server is stopping; come back soon.
    GoingAway = 1001,
    /// Broken WebSocket framing.
    ProtocolError = 1002,
    /// A text message that is not UTF-8.
    InvalidText = 1007,
    /// A message was larger than [`crate::limits::MESSAGE_BYTES`].
    TooLarge = 1009,
    /// The server has as many connections as it takes, in all or from this address.
    ServerBusy = 1013,
    /// No message within [`crate::limits::FIRST_MESSAGE_MS`].
    NoFirstMessage = 4000,
    /// Nothing was heard of the client for too long.
    Idle = 4001,
    /// The client did not read what was sent to it.
    SlowReader = 4002,
    /// It kept on sending after it was told to slow down.
    TooManyMessages = 4003,
    /// A host removed the participant. Don't come back by yourself.
    Removed = 4004,
    /// The same participant is here over a newer connection.
    Replaced = 4005,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn as_u16(self) -> u16 {
        self as u16
    }
}
