//! What was typed or pasted to join a call.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{CallCode, ROOM_ID_CONTEXT, RoomId, RoomSecret};
use sha2::{Digest, Sha256};

/// What a typed text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Code(CallCode),
    Room(RoomId),
}

/// More text than this is no code and no link.
const MAX_BYTES: usize = 2_048;

/// Reads a call code (spaces and dashes are fine), a link of this server, or a bare room id.
pub(crate) fn read(text: &str, origin: &str) -> Option<Found> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !is_dash(*c))
        .collect();
    if let Ok(code) = CallCode::parse(&digits) {
        return Some(Found::Code(code));
    }
    if let Ok(room) = RoomId::parse(text) {
        return Some(Found::Room(room));
    }
    let path = without_prefix(text, origin).or_else(|| {
        // People leave the scheme out, and some programs cut it off.
        let (_, host) = origin.split_once(':')?;
        without_prefix(text, host.strip_prefix("//")?)
    })?;
    let id = path.strip_prefix("/r/")?;
    let id = id.split(['?', '#', '/']).next()?;
    RoomId::parse(id).ok().map(Found::Room)
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Scheme and host compare without case (RFC 3986, section 6.2.2.1).
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The room whose host the holder of this secret is (see [`ROOM_ID_CONTEXT`]); none if it is not
/// the base64url of 32 bytes.
pub(crate) fn room_of(secret: &RoomSecret) -> Option<RoomId> {
    let mut bytes = [0; 32];
    let bytes = Base64UrlUnpadded::decode(secret.as_str(), &mut bytes).ok()?;
    let hash = Sha256::new()
        .chain_update(ROOM_ID_CONTEXT)
        .chain_update(bytes)
        .finalize();
    RoomId::parse(&Base64UrlUnpadded::encode_string(hash.get(..16)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://call.example:8443";
    const ID: &str = "AbCdEfGhIjKlMnOpQr-_01";

    #[test]
    fn codes_links_and_ids_are_read() {
        let room = Some(Found::Room(RoomId::parse(ID).unwrap()));
        let code = Some(Found::Code(CallCode::parse("12345678").unwrap()));
        for text in ["12345678", " 1234 5678 ", "1234-5678", "12 34\u{2013}56 78"] {
            assert_eq!(read(text, ORIGIN), code, "{text}");
        }
        for text in [
            format!("{ORIGIN}/r/{ID}"),
            format!("  {ORIGIN}/r/{ID}\n"),
            format!("{ORIGIN}/r/{ID}?from=mail"),
            format!("{ORIGIN}/r/{ID}/#x"),
            format!("HTTPS://Call.Example:8443/r/{ID}"),
            format!("call.example:8443/r/{ID}"),
            ID.to_owned(),
        ] {
            assert_eq!(read(&text, ORIGIN), room, "{text}");
        }
    }

    #[test]
    fn anything_else_is_neither() {
        for text in [
            "".to_owned(),
            "1234567".to_owned(),
            "123456789".to_owned(),
            "hello".to_owned(),
            ORIGIN.to_owned(),
            format!("{ORIGIN}/r/"),
            format!("{ORIGIN}/r/short"),
            format!("https://other.example/r/{ID}"),
            format!("{ORIGIN}.evil/r/{ID}"),
            "é".repeat(40),
            "1".repeat(10_000),
        ] {
            assert_eq!(read(&text, ORIGIN), None, "{text}");
        }
    }

    #[test]
    fn a_room_is_the_hash_of_its_secret() {
        let secret = RoomSecret::parse(&"A".repeat(43)).unwrap();
        // printf 'crabcall room v1\0' then 32 zero bytes | sha256sum, first 16 bytes.
        assert_eq!(room_of(&secret).unwrap().as_str(), "9zQMWVH0cFB-7QP7tQM1HA");
        let not_canonical = RoomSecret::parse(&format!("{}B", "A".repeat(42))).unwrap();
        assert_eq!(room_of(&not_canonical), None);
    }
}
