//! Text to message and back: each is decoded once and encoded once.

use protocol::{ClientMessage, Error, ErrorCode, ServerMessage, clean_text};
use room::Undecodable;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// How much of a `type` that nobody knows is repeated to the client.
const TYPE_CHARS: usize = 32;
/// How much of a reason is told.
const REASON_CHARS: usize = 200;

/// Reads a message, or says why it is none.
pub fn decode(text: &str) -> Result<ClientMessage, Undecodable> {
    match serde_json::from_str(text) {
        Ok(ClientMessage::Unknown) => Err(Undecodable {
            code: ErrorCode::UnknownType,
            message: "this server does not know the type".to_owned(),
            refused: kind(text),
        }),
        Ok(message) => Ok(message),
        Err(error) => Err(Undecodable {
            code: ErrorCode::BadMessage,
            message: clean_text(&error.to_string(), REASON_CHARS),
            refused: kind(text),
        }),
    }
}

/// Why a binary message is refused.
pub(super) fn binary() -> Undecodable {
    Undecodable {
        code: ErrorCode::BadMessage,
        message: "messages are text".to_owned(),
        refused: None,
    }
}

/// Writes a message.
pub(super) fn encode(message: &ServerMessage) -> Utf8Bytes {
    let text = serde_json::to_string(message).unwrap_or_else(|_| {
        // Our own types have no maps with odd keys and no failing parts.
        tracing::error!(kind = message.kind(), "a message could not be encoded");
        encode_error()
    });
    text.into()
}

fn encode_error() -> String {
    let error = ServerMessage::Error(Error {
        code: ErrorCode::Other,
        message: String::new(),
        refused: None,
        retry_after_ms: None,
    });
    serde_json::to_string(&error).unwrap_or_default()
}

/// The `type` of something that is no message otherwise.
fn kind(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Kind {
        r#type: String,
    }
    let Kind { r#type } = serde_json::from_str(text).ok()?;
    Some(clean_text(&r#type, TYPE_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_named_if_it_can_be() {
        let unknown = decode(r#"{"type":"dance"}"#).unwrap_err();
        assert_eq!(unknown.code, ErrorCode::UnknownType);
        assert_eq!(unknown.refused.as_deref(), Some("dance"));
        let bad = decode(r#"{"type":"find","code":"12"}"#).unwrap_err();
        assert_eq!(bad.code, ErrorCode::BadMessage);
        assert_eq!(bad.refused.as_deref(), Some("find"));
        assert!(bad.message.contains("8 digits"), "{}", bad.message);
        assert_eq!(decode("[1]").unwrap_err().refused, None);
        let long = format!(r#"{{"type":"{}"}}"#, "\u{202E}x".repeat(1_000));
        assert_eq!(
            decode(&long).unwrap_err().refused,
            Some("x".repeat(TYPE_CHARS))
        );
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!(r#"{{"type":"ping","id":1,"x":{}"#, "[".repeat(60_000));
        assert_eq!(decode(&deep).unwrap_err().code, ErrorCode::BadMessage);
    }
}
