//! The wire: what a Crabcall client and server say to each other.
//!
//! JSON text messages over a WebSocket at `/ws`, subprotocol [`SUBPROTOCOL`]. Every message is an
//! object whose `type` names it. Unknown fields are ignored; an unknown `type` is answered with
//! [`ErrorCode::UnknownType`] by the server and ignored by the client, so that either side can be
//! the newer one. `PROTOCOL.md` says the same in prose, and a test holds the two together. Where no
//! WebSocket gets through, the same messages go as server-sent events and POSTs: [`fallback`].

mod address_group;
mod chat;
mod client;
mod error;
pub mod fallback;
mod fields;
mod ice;
mod ice_uri;
mod ids;
pub mod limits;
mod name;
mod optional;
mod refusal;
mod sdp;
mod server;
mod track;

pub use address_group::AddressGroup;
pub use chat::ChatText;
pub use client::ClientMessage;
pub use error::{CloseCode, Error, ErrorCode};
pub use fields::{Fields, Value};
pub use ice::{Candidate, IceServer};
pub use ice_uri::{IceLink, IceUri};
pub use ids::{
    CallCode, DeviceToken, InvalidId, ParticipantId, RoomId, RoomSecret, SessionId, Ticket,
};
pub use name::{Name, clean_text};
pub use refusal::{REFUSED, WrongOrigin};
pub use sdp::Sdp;
pub use server::{KeptOut, LeaveReason, Media, Participant, Role, ServerMessage};
pub use track::TrackKind;

/// The WebSocket subprotocol (RFC 6455, section 1.9) a client must ask for.
pub const SUBPROTOCOL: &str = "crabcall.v1";

/// What is hashed in front of a room secret, so that the hash means nothing elsewhere.
///
/// A room id is the first 16 bytes of `SHA-256(ROOM_ID_CONTEXT || secret)`, in base64url without
/// padding, where `secret` is the 32 decoded bytes of the [`RoomSecret`].
pub const ROOM_ID_CONTEXT: &[u8] = b"crabcall room v1\0";
