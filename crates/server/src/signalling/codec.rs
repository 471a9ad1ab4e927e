//! Text to message and back: each is decoded once and encoded once.

use std::fmt::Write as _;

use protocol::{ClientMessage, Error, ErrorCode, ParticipantId, Sdp, ServerMessage, clean_text};
use room::Undecodable;
use serde::Deserialize;

/// How much of a `type` that nobody knows is repeated to the client.
const TYPE_CHARS: usize = 32;
/// How much of a reason is told.
const REASON_CHARS: usize = 200;

/// Reads a message, or says why it is none.
pub fn decode(text: &str) -> Result<ClientMessage, Undecodable> {
    if let Some(message) = decode_description(text) {
        return Ok(message);
    }
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

/// Reads an offer or an answer as our page writes them. Most of the bytes that there are come in
/// these. Whatever is not just so is left to the general way.
fn decode_description(text: &str) -> Option<ClientMessage> {
    let text = text.strip_prefix(r#"{"type":""#)?;
    let (is_offer, text) = match text.strip_prefix("offer") {
        Some(text) => (true, text),
        None => (false, text.strip_prefix("answer")?),
    };
    let text = text.strip_prefix(r#"","to":""#)?;
    let (to, text) = text.split_once('"')?;
    let to = ParticipantId::parse(to).ok()?;
    let (connection, text) = text.strip_prefix(r#","connection":"#)?.split_once(',')?;
    let connection = whole_number(connection)?;
    let sdp = text.strip_prefix(r#""sdp":""#)?.strip_suffix(r#""}"#)?;
    let sdp = Sdp::from_json(sdp)?;
    Some(if is_offer {
        ClientMessage::Offer {
            to,
            connection,
            sdp,
        }
    } else {
        ClientMessage::Answer {
            to,
            connection,
            sdp,
        }
    })
}

/// Reads a number as JSON has it, of digits only.
fn whole_number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = text == "0" || !text.starts_with('0');
    (is_plain && is_short).then(|| text.parse().ok())?
}

/// Why a binary message is refused.
pub(super) fn binary() -> Undecodable {
    Undecodable {
        code: ErrorCode::BadMessage,
        message: "messages are text".to_owned(),
        refused: None,
    }
}

/// Appends a message to `json`.
pub(super) fn encode(message: &ServerMessage, json: &mut String) {
    if encode_description(message, json).is_some() {
        return;
    }
    match serde_json::to_string(message) {
        Ok(text) => json.push_str(&text),
        Err(_) => {
            // Our own types have no maps with odd keys and no failing parts.
            tracing::error!(kind = message.kind(), "a message could not be encoded");
            json.push_str(&encode_error());
        }
    }
}

/// Writes a description that goes on as it came, as the general way would.
fn encode_description(message: &ServerMessage, json: &mut String) -> Option<()> {
    let (ServerMessage::Offer {
        from,
        connection,
        sdp,
    }
    | ServerMessage::Answer {
        from,
        connection,
        sdp,
    }) = message
    else {
        return None;
    };
    let sdp = sdp.as_json()?;
    json.reserve(128 + sdp.len());
    for part in [r#"{"type":""#, message.kind(), r#"","from":""#] {
        json.push_str(part);
    }
    json.push_str(from.as_str());
    json.push_str(r#"","connection":"#);
    write!(json, "{connection}").ok()?;
    json.push_str(r#","sdp":""#);
    json.push_str(sdp);
    json.push_str(r#""}"#);
    Some(())
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
    fn descriptions_are_read_the_short_way_as_they_are_the_long_way() {
        let to = r#""to":"AAAAAAAAAAAA""#;
        for kind in ["offer", "answer"] {
            for rest in [
                format!(r#"{to},"connection":1,"sdp":"v=0\r\n""#),
                format!(r#""sdp":"é\u00e9","new":[{{}}],"connection":0,{to}"#),
                format!(r#"{to},"connection":1,"sdp":"","type":"leave""#),
                format!(r#"{to},"connection":1,"connection":1,"sdp":"""#),
                format!(r#"{to},"connection":-1,"sdp":"""#),
                format!(r#"{to},"connection":1"#),
                format!(r#"{to},"connection":4294967295,"sdp":"\"\\\/\b\f\n\r\té""#),
                format!(r#"{to},"connection":4294967296,"sdp":"""#),
                format!(r#"{to},"connection":01,"sdp":"""#),
                format!(r#"{to},"connection":+1,"sdp":"""#),
                format!(r#"{to},"connection":,"sdp":"""#),
                format!(r#"{to},"connection":1,"sdp":"\ud83e\udd80""#),
                format!(r#"{to},"connection":1,"sdp":"\ud83e""#),
                format!(r#"{to},"connection":1,"sdp":"\x""#),
                format!(
                    r#"{to},"connection":1,"sdp":"line
break""#
                ),
                format!(r#"{to},"connection":1,"sdp":"v=0"}}"#),
                format!(r#"{to},"connection":1,"sdp":"\""#),
                format!(r#"{to},"connection":1,"sdp":"#),
                format!(r#"{to}, "connection": 1, "sdp": "v=0" "#),
                r#""to":"AA","connection":1,"sdp":"""#.to_owned(),
            ] {
                let text = format!(r#"{{"type":"{kind}",{rest}}}"#);
                let long = serde_json::from_str::<ClientMessage>(&text);
                assert_eq!(decode(&text).ok(), long.ok(), "{text}");
            }
        }
        let right = format!(r#"{{"type":"answer",{to},"connection":1,"sdp":"v=0\r\n"}}"#);
        assert!(matches!(
            decode_description(&right),
            Some(ClientMessage::Answer { .. })
        ));
    }

    #[test]
    fn descriptions_are_written_as_serde_json_writes_them() {
        let from = ParticipantId::parse("AAAAAAAAAA-_").unwrap();
        for text in ["", "v=0\r\n", "\u{0}\"\\/é🦀\u{7F}"] {
            let json = serde_json::to_string(text).unwrap();
            let as_it_came = Sdp::from_json(&json[1..json.len() - 1]);
            for sdp in [Some(Sdp::new(text)), as_it_came].into_iter().flatten() {
                for message in [
                    ServerMessage::Offer {
                        from: from.clone(),
                        connection: 0,
                        sdp: sdp.clone(),
                    },
                    ServerMessage::Answer {
                        from: from.clone(),
                        connection: u32::MAX,
                        sdp,
                    },
                ] {
                    let mut json = String::from("before");
                    encode(&message, &mut json);
                    let serde = serde_json::to_string(&message).unwrap();
                    assert_eq!(json.strip_prefix("before"), Some(&serde[..]));
                }
            }
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!(r#"{{"type":"ping","id":1,"x":{}"#, "[".repeat(60_000));
        assert_eq!(decode(&deep).unwrap_err().code, ErrorCode::BadMessage);
    }
}
