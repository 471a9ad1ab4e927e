//! The names and measures of the fallback, in which the messages of the WebSocket go as
//! server-sent events and POSTs. How it works is in PROTOCOL.md.

/// Where the events come from. A POST without [`SESSION`] opens a session.
pub const EVENTS_PATH: &str = "/events";
/// Where messages go.
pub const SEND_PATH: &str = "/send";

/// Request header: [`crate::SUBPROTOCOL`]. A page of another site cannot send it unasked.
pub const PROTOCOL: &str = "crabcall-protocol";
/// Request header: the [`crate::SessionId`].
pub const SESSION: &str = "crabcall-session";
/// Request header: the number of the last message that was received, 0 for none.
pub const RECEIVED: &str = "crabcall-received";
/// Request header: the number of the first message of a POST; the first of a session is 1.
pub const FIRST: &str = "crabcall-first";
/// Request header: `1` asks for an answer that ends with the first thing to say, for a way that
/// passes answers on only when they are whole.
pub const WHOLE: &str = "crabcall-whole";

/// The event that begins every answer; its data is the session id.
pub const EVENT_SESSION: &str = "session";
/// The event that asks for a POST, be it empty.
pub const EVENT_PING: &str = "ping";
/// The event that ends a session; its data is the close code.
pub const EVENT_CLOSE: &str = "close";

/// How many messages a POST may hold.
pub const POST_MESSAGES: usize = 64;
/// How many bytes a POST may hold.
pub const POST_BYTES: usize = 256 * 1024;
/// How long an answer that ends with the first thing to say waits for that, in milliseconds.
pub const WHOLE_WAIT_MS: u64 = 25_000;
