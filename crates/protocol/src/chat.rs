//! What people write to each other during a call.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{clean_text, limits};

/// A text message as it may be drawn: lines that are as clean as names are, at most one empty line
/// between two others, at most 2000 characters in all. It is never empty.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(transparent)]
pub struct ChatText(String);

impl ChatText {
    /// Leaves out of a text what may not be drawn, and cuts it to length. None if nothing is left.
    pub fn clean(text: &str) -> Option<Self> {
        let mut clean = String::new();
        let mut left = limits::CHAT_CHARS;
        // How many line breaks stand before the next line that is not empty.
        let mut breaks = 0;
        for line in text.lines() {
            if left <= breaks {
                break;
            }
            let line = clean_text(line, left - breaks);
            if line.is_empty() {
                breaks = if clean.is_empty() { 0 } else { 2 };
                continue;
            }
            left -= breaks + line.chars().count();
            clean.extend(std::iter::repeat_n('\n', breaks));
            clean.push_str(&line);
            breaks = 1;
        }
        (!clean.is_empty()).then_some(Self(clean))
    }

    /// The message as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What people write belongs in no log, so only its length is shown.
impl fmt::Debug for ChatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatText({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for ChatText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::clean(&text).ok_or_else(|| de::Error::custom("expected a text that is not empty"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> Option<String> {
        ChatText::clean(text).map(|it| it.0)
    }

    #[test]
    fn lines_stay_and_what_disturbs_is_left_out() {
        for (given, expected) in [
            ("Hello", Some("Hello")),
            ("one\ntwo", Some("one\ntwo")),
            ("one\r\ntwo\u{2028}three", Some("one\ntwo three")),
            ("\n\n  one  \n\n\n\n two\n\n", Some("one\n\ntwo")),
            ("a\u{202E}b\u{0}c", Some("abc")),
            (
                "<img src=x onerror=alert(1)>",
                Some("<img src=x onerror=alert(1)>"),
            ),
            ("مرحبا\nשלום", Some("مرحبا\nשלום")),
            ("", None),
            (" \n\u{200B}\n\t", None),
        ] {
            assert_eq!(clean(given).as_deref(), expected, "{given:?}");
        }
    }

    #[test]
    fn a_message_is_bounded_in_characters_and_cleaning_twice_changes_nothing() {
        for text in [
            "🦀".repeat(5_000),
            "a\n".repeat(5_000),
            "a\n\n\n".repeat(5_000),
            format!("{}\n\nb", "a".repeat(limits::CHAT_CHARS - 2)),
        ] {
            let once = clean(&text).unwrap();
            assert!(once.chars().count() <= limits::CHAT_CHARS);
            assert!(once.chars().count() >= limits::CHAT_CHARS - 2);
            assert_eq!(clean(&once), Some(once));
        }
    }

    #[test]
    fn an_empty_message_cannot_be_read() {
        assert!(serde_json::from_str::<ChatText>(r#""  ""#).is_err());
        let text: ChatText = serde_json::from_str(r#"" a\nb ""#).unwrap();
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""a\nb""#);
        assert_eq!(format!("{text:?}"), "ChatText(3 bytes)");
    }
}
