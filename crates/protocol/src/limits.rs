//! What each side may send. A message beyond a limit is answered with a typed error.

/// A whole message, in bytes. A larger one closes the connection.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// A session description (RFC 8866), in bytes.
pub const SDP_BYTES: usize = 48 * 1024;
/// One candidate line or its user fragment (RFC 8839), in bytes.
pub const CANDIDATE_BYTES: usize = 1024;
/// A person's name, in characters after cleaning.
pub const NAME_CHARS: usize = 64;
/// A text message, in characters after cleaning.
pub const CHAT_CHARS: usize = 2_000;
/// The text of an ICE error, in characters after cleaning.
pub const ERROR_TEXT_CHARS: usize = 256;
/// A resume ticket, in bytes.
pub const TICKET_BYTES: usize = 1024;
/// The first message must come within this time, in milliseconds.
pub const FIRST_MESSAGE_MS: u64 = 2_000;
