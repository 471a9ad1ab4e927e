//! People's names, and other short texts that people or their browsers send.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limits;

/// A person's name as it may be drawn: no control characters, no bidirectional overrides, no
/// line breaks, single inner spaces, at most 64 characters. May be empty: a client then draws its
/// own word for "Guest".
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Makes any text a name: what may not be drawn is left out, the rest is cut to length.
    pub fn clean(text: &str) -> Self {
        Self(clean_text(text, limits::NAME_CHARS))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was left of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::clean(&text))
    }
}

/// Leaves out of `text` what can disturb the text around it, and cuts it to `max_chars`.
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max_chars * 4));
    let mut chars = 0;
    for c in text.chars() {
        if chars == max_chars {
            break;
        }
        if c.is_whitespace() {
            if !clean.is_empty() && !clean.ends_with(' ') {
                clean.push(' ');
                chars += 1;
            }
        } else if !disturbs(c) {
            clean.push(c);
            chars += 1;
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Controls, bidirectional formatting, invisible fillers, tags, non-characters and private use.
fn disturbs(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E000}'..='\u{F8FF}'
            | '\u{E0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_disturbs_is_left_out_and_the_rest_kept() {
        let cases = [
            ("Ada", "Ada"),
            ("  Ada \n\t Lovelace  ", "Ada Lovelace"),
            ("\u{202E}evil\u{202C}", "evil"),
            ("a\u{0}b\u{7}c\u{9F}", "abc"),
            ("\u{200B}\u{2066}\u{2069}", ""),
            (
                "<img src=x onerror=alert(1)>",
                "<img src=x onerror=alert(1)>",
            ),
            ("नमस्ते 🦀 مرحبا", "नमस्ते 🦀 مرحبا"),
        ];
        for (given, expected) in cases {
            assert_eq!(Name::clean(given).as_str(), expected);
        }
    }

    #[test]
    fn a_name_is_bounded_in_characters() {
        let name = Name::clean(&"🦀".repeat(1_000));
        assert_eq!(name.as_str().chars().count(), limits::NAME_CHARS);
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        let once = Name::clean(&format!("{}  \u{202E} x y", "a".repeat(62)));
        assert_eq!(Name::clean(once.as_str()), once);
    }
}
