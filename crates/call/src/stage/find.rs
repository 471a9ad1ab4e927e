//! Reads what was typed or pasted to join a call, and finds what the person meant by it.
//!
//! Links come with a sentence around them, with a full stop at their end, broken by a mail program,
//! or with characters that nobody sees; codes come in the digits of the person's own script.

use protocol::{CallCode, RoomId};

/// What a typed text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Code(CallCode),
    Room(RoomId),
}

/// Why a text leads to no call of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Nothing was typed.
    Nothing,
    /// Digits, but not as many as a code has.
    CodeLength { digits: usize },
    /// A link of a call, but part of it is missing, or something was added.
    BrokenLink,
    /// A whole link of a call, but on another server.
    Elsewhere { link: String },
    /// Anything else.
    Neither,
}

/// More text than this is not looked through.
const MAX_BYTES: usize = 16_384;
/// What stands in front of a room's id in a link.
const ROOM_PATH: &str = "/r/";
/// Characters of a room's id.
const ID_CHARS: usize = 22;
/// Digits of a call code.
const CODE_DIGITS: usize = 8;

/// Reads a call code, a link of a call, or a bare room id, with whatever is around it. `origins`
/// are the addresses of this server, such as `https://host:8443`.
pub(crate) fn read_code_or_link(text: &str, origins: &[String]) -> Result<Found, Unread> {
    if text.len() > MAX_BYTES {
        return Err(Unread::Neither);
    }
    let text = plain(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(Unread::Nothing);
    }
    if let Some(link) = link(text, origins) {
        return link.map(Found::Room);
    }
    let bare = text.trim_matches(|c: char| !is_id(c));
    if let Ok(room) = RoomId::parse(bare) {
        return Ok(Found::Room(room));
    }
    if text.contains("://") {
        // Digits in the address of something else are no code.
        return Err(Unread::Neither);
    }
    if let Some(code) = code(text) {
        return Ok(Found::Code(code));
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits > 0 && !text.contains(char::is_alphabetic) {
        return Err(Unread::CodeLength { digits });
    }
    Err(Unread::Neither)
}

/// The room that the path of an address names; none if it names none.
pub fn room_in_path(path: &str) -> Option<RoomId> {
    let path = plain(path);
    id(path.strip_prefix(ROOM_PATH)?).ok()
}

/// The text in its plain form: escapes of URLs are resolved, invisible characters are removed, and
/// wide characters, spaces, dashes and digits become those of ASCII.
fn plain(text: &str) -> String {
    unescaped(text).chars().filter_map(plain_char).collect()
}

/// Resolves escapes such as `%20` (RFC 3986, section 2.1). A per cent sign that escapes nothing
/// stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.split_at_checked(2))
            .flatten()
            .and_then(|(hex, after)| Some((hex_byte(hex)?, after)));
        let (byte, after) = escaped.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_byte(hex: &[u8]) -> Option<u8> {
    let mut byte = 0;
    for digit in hex {
        let digit = char::from(*digit).to_digit(16)?;
        byte = byte << 4 | u8::try_from(digit).ok()?;
    }
    Some(byte)
}

fn plain_char(c: char) -> Option<char> {
    // The wide forms of ASCII characters, which are used between Chinese characters and stand in
    // the same order.
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21)?,
        c => c,
    };
    if is_invisible(c) {
        None
    } else if c.is_whitespace() {
        Some(' ')
    } else if matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}'
    ) {
        Some('-')
    } else {
        Some(digit(c).unwrap_or(c))
    }
}

/// Whether nothing is drawn for this character: joiners, marks of direction, soft hyphens, and what
/// makes an emoji of a digit.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{20e3}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The zeros of the scripts that have digits of their own. The digits one to nine follow each zero
/// (Unicode's decimal digits of the Basic Multilingual Plane, and the mathematical ones).
const ZEROS: [u32; 41] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
];

/// The ASCII digit for a digit of another script.
fn digit(c: char) -> Option<char> {
    let values = ZEROS
        .iter()
        .filter_map(|zero| (c as u32).checked_sub(*zero));
    let value = values.min().filter(|value| *value < 10)?;
    char::from_digit(value, 10)
}

/// Reads the first link of a call that can be read. If no link can be read, says why the first one
/// cannot. None if there is no link.
fn link(text: &str, origins: &[String]) -> Option<Result<RoomId, Unread>> {
    let small = text.to_ascii_lowercase();
    let mut first = None;
    for (at, _) in small.match_indices(ROOM_PATH) {
        let (Some(before), Some(after)) = (small.get(..at), text.get(at + ROOM_PATH.len()..))
        else {
            continue;
        };
        let Some(from) = address(before) else {
            continue;
        };
        let room = match (id(after), from) {
            (Ok(room), Address::Here) => return Some(Ok(room)),
            (Ok(room), Address::At { host, .. })
                if origins.iter().any(|origin| is_at(origin, host)) =>
            {
                return Some(Ok(room));
            }
            (Ok(room), Address::At { scheme, host }) => Err(Unread::Elsewhere {
                link: [scheme, "://", host, ROOM_PATH, room.as_str()].concat(),
            }),
            (Err(error), _) => Err(error),
        };
        first.get_or_insert(room);
    }
    first
}

/// What stands in front of a room's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address<'a> {
    /// Nothing stands there, so the path is one of this server.
    Here,
    /// A host, and perhaps a port.
    At { scheme: &'static str, host: &'a str },
}

/// Reads the address backwards from the room's path. None if the path is one of something else.
fn address(before: &str) -> Option<Address<'_>> {
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let around = before.trim_end_matches(is_host);
    let host = before.strip_prefix(around)?;
    if let Some(around) = around.strip_suffix("//") {
        let scheme = if around.ends_with("http:") {
            "http"
        } else {
            "https"
        };
        return (!host.is_empty()).then_some(Address::At { scheme, host });
    }
    if around.ends_with('/') {
        return None;
    }
    // People leave the scheme out, and some programs cut it off.
    let host = host.trim_matches([':', '-', '_']);
    Some(if host.contains(['.', ':']) {
        Address::At {
            scheme: "https",
            host,
        }
    } else {
        Address::Here
    })
}

/// Whether this is the host of that origin. The scheme and its usual port do not matter, because a
/// server redirects from one scheme to the other.
fn is_at(origin: &str, host: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    let own = origin.split_once("://").map_or(&*origin, |(_, own)| own);
    without_port(own) == without_port(host)
}

fn without_port(host: &str) -> &str {
    let host = host.strip_suffix(":443").unwrap_or(host);
    let host = host.strip_suffix(":80").unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

fn is_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The id at the beginning of this text.
fn id(text: &str) -> Result<RoomId, Unread> {
    let end = |text: &str| text.find(|c| !is_id(c)).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(end(text)).ok_or(Unread::BrokenLink)?;
    let parsed = match whole.split_at_checked(ID_CHARS) {
        // A dash or a mark for slanted text may follow the id.
        Some((id, more)) if more.is_empty() || more.starts_with(['-', '_']) => RoomId::parse(id),
        Some(_) => return Err(Unread::BrokenLink),
        None => {
            // A mail program may have broken the line, and marked the break.
            let rest = rest.trim_start_matches([' ', '=', '>']);
            let rest = rest.get(..end(rest)).unwrap_or_default();
            RoomId::parse(&[whole, rest].concat())
        }
    };
    parsed.map_err(|_| Unread::BrokenLink)
}

/// The call code in a text: eight digits, or two groups of four. There may be other numbers around
/// it.
fn code(text: &str) -> Option<CallCode> {
    let is_between = |c: char| matches!(c, ' ' | '-' | '.' | '_');
    let runs = text.split(|c: char| !c.is_ascii_digit() && !is_between(c));
    for run in runs {
        let groups: Vec<&str> = run.split(is_between).filter(|it| !it.is_empty()).collect();
        let all = groups.concat();
        if all.len() == CODE_DIGITS {
            return CallCode::parse(&all).ok();
        }
        let pairs = groups.windows(2).filter(|pair| {
            let half = |group: &&str| group.len() == CODE_DIGITS / 2;
            pair.iter().all(half)
        });
        let pairs = pairs.map(|pair| pair.concat());
        let single = groups.iter().map(|group| (*group).to_owned());
        let mut codes = pairs.chain(single);
        if let Some(code) = codes.find_map(|code| CallCode::parse(&code).ok()) {
            return Some(code);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://call.example:8443";
    const ID: &str = "AbCdEfGhIjKlMnOpQr-_01";

    fn read(text: &str) -> Result<Found, Unread> {
        let network = "https://192.168.1.20:8443".to_owned();
        super::read_code_or_link(text, &[ORIGIN.to_owned(), network])
    }

    fn room() -> Result<Found, Unread> {
        Ok(Found::Room(RoomId::parse(ID).unwrap()))
    }

    fn code() -> Result<Found, Unread> {
        Ok(Found::Code(CallCode::parse("12345678").unwrap()))
    }

    #[test]
    fn a_code_is_read_however_it_is_grouped() {
        for text in [
            "12345678",
            " 1234 5678 ",
            "1234-5678",
            "12 34\u{2013}56 78",
            "1234.5678",
            "1 2 3 4 5 6 7 8",
            "1234\u{a0}5678",
            "1234\t5678\r\n",
            "1234_5678",
            "\u{feff}1234\u{200b}5678\u{200e}",
            "1234\u{ad}5678",
            "\u{2068}1234 5678\u{2069}",
            "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}345678",
        ] {
            assert_eq!(read(text), code(), "{text:?}");
        }
    }

    #[test]
    fn a_code_is_read_in_the_digits_of_any_script() {
        for text in [
            "١٢٣٤ ٥٦٧٨",
            "۱۲۳۴۵۶۷۸",
            "१२३४ ५६७८",
            "১২৩৪৫৬৭৮",
            "１２３４　５６７８",
            "๑๒๓๔๕๖๗๘",
            "၁၂၃၄၅၆၇၈",
            "១២៣៤៥៦៧៨",
            "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
            "1२3४5६7८",
        ] {
            assert_eq!(read(text), code(), "{text:?}");
        }
    }

    #[test]
    fn a_code_is_read_out_of_a_sentence() {
        for text in [
            "Call code: 1234 5678",
            "The code is 1234 5678.",
            "(1234-5678)",
            "12345678!",
            "\u{201e}1234 5678\u{201c}",
            "Code 1234 5678, good for 10 minutes",
            "Code 1234 5678. 10 minutes",
            "At 18:30, code 1234 5678",
            "18.30 1234 5678",
            "#12345678",
            "コードは12345678です",
            "Kod: 1234 5678 – tot 20.15 Uhr",
        ] {
            assert_eq!(read(text), code(), "{text:?}");
        }
    }

    #[test]
    fn a_link_is_read_with_whatever_is_at_its_ends() {
        for (before, after) in [
            ("", ""),
            ("  ", "\n"),
            ("", "."),
            ("", ","),
            ("(", ")"),
            ("<", ">"),
            ("<", ">."),
            ("\"", "\""),
            ("\u{201e}", "\u{201c}"),
            ("[call](", ")"),
            ("", "/"),
            ("", "/."),
            ("", "%20"),
            ("", "%0A"),
            ("", "%3E"),
            ("", "?from=mail"),
            ("", "/#x"),
            ("", "&amp;x"),
            ("", "]"),
            ("", "'"),
            ("", "*"),
            ("_", "_"),
            ("**", "**"),
            ("", "\u{2014}see you"),
            ("", "!"),
            ("", "\u{2026}"),
            ("", "です"),
            ("", "。"),
            ("\u{200e}", "\u{200b}"),
            ("Here it is: ", " See you at 18:30"),
            ("Join:", " or call code 8765 4321"),
            ("> ", ""),
            ("https://www.google.com/url?q=", "&sa=D"),
        ] {
            let text = [before, ORIGIN, "/r/", ID, after].concat();
            assert_eq!(read(&text), room(), "{text:?}");
        }
    }

    #[test]
    fn a_link_is_read_whatever_a_program_made_of_it() {
        for text in [
            format!("HTTPS://Call.Example:8443/r/{ID}"),
            format!("http://call.example:8443/r/{ID}"),
            format!("call.example:8443/r/{ID}"),
            format!("//call.example:8443/r/{ID}"),
            format!("https：//call.example:8443／r／{ID}"),
            format!("https%3A%2F%2Fcall.example%3A8443%2Fr%2F{ID}"),
            format!(
                "https://eur01.safelinks.example/?url=https%3A%2F%2Fcall.example%3A8443%2Fr%2F{ID}&data=05"
            ),
            "https://call.example:8443/r/AbCdEfGhIjKl\nMnOpQr-_01".to_owned(),
            "https://call.example:8443/r/AbCdEfGhIjKl=\r\nMnOpQr-_01".to_owned(),
            "> https://call.example:8443/r/AbCdEfGhIjKl\n> MnOpQr-_01 there".to_owned(),
            "https://call.example:8443/r/AbCdEf\u{200b}GhIjKlMnOpQr-_01".to_owned(),
            "https://call.example:8443/r/AbCdEfGhIjKlMnOpQr\u{2011}_01".to_owned(),
            "https://call.example:8443/r/AbCdEfGhIjKlMnOpQr%2D%5F01".to_owned(),
            format!("/r/{ID}"),
            format!("/r/{ID}."),
            ID.to_owned(),
            format!(" {ID}. "),
            format!("\u{201c}{ID}\u{201d}"),
        ] {
            assert_eq!(read(&text), room(), "{text:?}");
        }
    }

    #[test]
    fn a_link_by_another_of_the_servers_addresses_is_its_own() {
        for text in [
            format!("https://192.168.1.20:8443/r/{ID}"),
            format!("192.168.1.20:8443/r/{ID}"),
        ] {
            assert_eq!(read(&text), room(), "{text:?}");
        }
        let usual = ["https://call.example".to_owned()];
        for text in [
            format!("https://call.example:443/r/{ID}"),
            format!("http://call.example:80/r/{ID}"),
            format!("http://call.example/r/{ID}"),
            format!("https://call.example./r/{ID}"),
        ] {
            assert_eq!(super::read_code_or_link(&text, &usual), room(), "{text:?}");
        }
    }

    #[test]
    fn a_link_of_another_server_is_said_to_be_one() {
        for (text, link) in [
            (
                format!("https://other.example/r/{ID}."),
                format!("https://other.example/r/{ID}"),
            ),
            (
                format!("see http://box.lan:8080/r/{ID}"),
                format!("http://box.lan:8080/r/{ID}"),
            ),
            (
                format!("other.example/r/{ID}"),
                format!("https://other.example/r/{ID}"),
            ),
            (
                format!("{ORIGIN}.evil/r/{ID}"),
                format!("https://call.example:8443.evil/r/{ID}"),
            ),
            (
                format!("https://call.example:8443@evil.example/r/{ID}"),
                format!("https://evil.example/r/{ID}"),
            ),
        ] {
            assert_eq!(read(&text), Err(Unread::Elsewhere { link }), "{text:?}");
        }
    }

    #[test]
    fn a_link_that_was_cut_or_added_to_is_said_to_be_broken() {
        for text in [
            format!("{ORIGIN}/r/"),
            format!("{ORIGIN}/r/short"),
            format!("{ORIGIN}/r/{}", &ID[..21]),
            format!("{ORIGIN}/r/{}...", &ID[..10]),
            format!("{ORIGIN}/r/{}\u{2026}", &ID[..20]),
            format!("{ORIGIN}/r/{ID}x"),
            format!("https://other.example/r/{}", &ID[..21]),
            format!("/r/{}", &ID[..21]),
        ] {
            assert_eq!(read(&text), Err(Unread::BrokenLink), "{text:?}");
        }
        // The first link that is whole counts, wherever it stands.
        let both = format!("{ORIGIN}/r/short and then {ORIGIN}/r/{ID}");
        assert_eq!(read(&both), room());
    }

    #[test]
    fn digits_that_are_no_code_are_counted() {
        for (text, digits) in [
            ("1234567".to_owned(), 7),
            ("123456789".to_owned(), 9),
            ("1234 567".to_owned(), 7),
            ("۱۲۳".to_owned(), 3),
            ("1".repeat(10_000), 10_000),
        ] {
            assert_eq!(read(&text), Err(Unread::CodeLength { digits }));
        }
    }

    #[test]
    fn anything_else_is_neither() {
        for text in [
            "hello".to_owned(),
            ORIGIN.to_owned(),
            "https://other.example/rooms/12345678".to_owned(),
            format!("https://call.example:8443/sub/r/{ID}"),
            "é".repeat(40),
            "%".to_owned(),
            "100%zz".to_owned(),
            "1".repeat(20_000),
            "/r".to_owned(),
        ] {
            assert_eq!(read(&text), Err(Unread::Neither), "{text:?}");
        }
        for text in ["", "  \n", "\u{200b}\u{feff}"] {
            assert_eq!(read(text), Err(Unread::Nothing), "{text:?}");
        }
    }

    #[test]
    fn the_room_of_an_address_is_read_with_what_is_at_its_end() {
        let room = RoomId::parse(ID).ok();
        for end in ["", ".", ")", ">", "%20", "/", "/.", "%3E", "%E2%80%8B", "_"] {
            assert_eq!(room_in_path(&format!("/r/{ID}{end}")), room, "{end}");
        }
        for path in [
            "/".to_owned(),
            "/r/".to_owned(),
            "/trust".to_owned(),
            format!("/r/{}", &ID[..21]),
            format!("/r/{ID}x"),
        ] {
            assert_eq!(room_in_path(&path), None, "{path}");
        }
    }
}
