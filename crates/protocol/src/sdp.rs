//! Session descriptions.

use std::fmt;
#[cfg(feature = "relay")]
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A session description (RFC 8866), at most 49,152 bytes of UTF-8. The browsers read it; Crabcall
/// passes it on as it is.
#[derive(Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(feature = "schema", schemars(transparent))]
pub struct Sdp(
    #[cfg_attr(feature = "schema", schemars(with = "String"), ts(type = "string"))] Form,
);

#[derive(Clone)]
enum Form {
    Text(String),
    /// As it came and as it goes on; it is read only if somebody asks.
    #[cfg(feature = "relay")]
    Json {
        inside: String,
        length: usize,
        text: OnceLock<String>,
    },
}

impl Sdp {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Form::Text(text.into()))
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Text(text) => text,
            #[cfg(feature = "relay")]
            Form::Json { inside, text, .. } => text.get_or_init(|| read(inside)),
        }
    }

    /// How many bytes of UTF-8 it has.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Form::Text(text) => text.len(),
            #[cfg(feature = "relay")]
            Form::Json { length, .. } => *length,
        }
    }
}

/// For a server, which need not read what it passes on.
#[cfg(feature = "relay")]
impl Sdp {
    /// From the inside of a JSON string (RFC 8259, section 7). None if it is none, or written in
    /// a way that descriptions need not be: they have no quotation marks and backslashes.
    pub fn from_json(inside: &str) -> Option<Self> {
        let length = inside.len().checked_sub(escapes(inside.as_bytes())?)?;
        Some(Self(Form::Json {
            inside: inside.to_owned(),
            length,
            text: OnceLock::new(),
        }))
    }

    /// The inside of a JSON string, if it came as that.
    pub fn as_json(&self) -> Option<&str> {
        match &self.0 {
            Form::Text(_) => None,
            Form::Json { inside, .. } => Some(inside),
        }
    }
}

/// How many escapes there are, if nothing else needs one and each is of a letter. Without
/// branches, so that the compiler looks at many bytes by one instruction.
#[cfg(feature = "relay")]
fn escapes(inside: &[u8]) -> Option<usize> {
    const BLOCK: usize = 128;
    let letter = |b: u8| (b == b'n') | (b == b'r') | (b == b't') | (b == b'b') | (b == b'f');
    let next = inside.get(1..).unwrap_or_default();
    let is_bad = inside.iter().zip(next).fold(false, |bad, (b, next)| {
        bad | ((*b == b'\\') & !letter(*next))
    });
    let is_bad = inside
        .iter()
        .fold(is_bad, |bad, b| bad | (*b < 0x20) | (*b == b'"'));
    if is_bad || inside.last() == Some(&b'\\') {
        return None;
    }
    let count = |block: &[u8]| block.iter().map(|b| u8::from(*b == b'\\')).sum::<u8>();
    Some(inside.chunks(BLOCK).map(|it| usize::from(count(it))).sum())
}

/// What a JSON string says whose escapes are all of a letter.
#[cfg(feature = "relay")]
fn read(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut parts = inside.split('\\');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let mut chars = part.chars();
        text.push(match chars.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            _ => '\u{C}',
        });
        text.push_str(chars.as_str());
    }
    text
}

impl PartialEq for Sdp {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Sdp {}

impl Serialize for Sdp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Sdp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

// A description holds addresses and fingerprints, which never reach a log.
impl fmt::Debug for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sdp({} bytes)", self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(json: &str) -> &str {
        json.strip_prefix('"')
            .and_then(|json| json.strip_suffix('"'))
            .expect("a JSON string")
    }

    #[test]
    fn what_is_passed_on_is_what_the_others_would_have_read_and_written() {
        let mut texts = vec![
            String::new(),
            "🦀\r\n\t\u{8}\u{C}é\u{7F}\u{2028}".repeat(50),
        ];
        // Every character at every place around the ends of blocks.
        for special in ['\n', '\r', '\t', '"', '\\', '\0', '\u{1F}', '/', 'é'] {
            for at in 120..140 {
                texts.push(format!("{}{special}n{}", "a".repeat(at), "b".repeat(at)));
                texts.push(format!("{}{special}", "a".repeat(at)));
            }
        }
        for text in texts {
            let json = serde_json::to_string(&text).unwrap();
            let sdp = Sdp::from_json(inside(&json));
            // Others are left to the general way.
            let is_odd = |c| matches!(c, '"' | '\\' | '\0' | '\u{1F}');
            assert_eq!(sdp.is_none(), text.contains(is_odd), "{json}");
            if let Some(sdp) = sdp {
                assert_eq!(sdp.as_json(), Some(inside(&json)));
                assert_eq!(sdp.bytes(), text.len());
                assert_eq!(sdp.as_str(), text);
                assert_eq!(sdp, Sdp::new(text.as_str()));
                assert_eq!(serde_json::to_string(&sdp).unwrap(), json);
            }
        }
    }

    #[test]
    fn what_is_no_json_string_is_not_passed_on() {
        for inside in [
            "\"", "\\", "v=0\\", "\\x", "\\\\n", "\\u0041", "\n", "a\u{1F}", "\\\"", "\\/",
        ] {
            assert_eq!(Sdp::from_json(inside), None, "{inside}");
        }
    }
}
