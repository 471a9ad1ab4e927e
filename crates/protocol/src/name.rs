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

/// How many marks one letter may have on it: more grow over the lines above and below.
const MARKS_ON_A_LETTER: usize = 4;

/// Leaves out of `text` what can disturb the text around it, and cuts it to `max_chars`.
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max_chars * 4));
    let mut chars = 0;
    let mut marks = 0;
    for c in text.chars() {
        if chars == max_chars {
            break;
        }
        if is_mark(c) {
            marks += 1;
            // There is nothing to be on at the begin of a word.
            if marks > MARKS_ON_A_LETTER || clean.is_empty() || clean.ends_with(' ') {
                continue;
            }
        } else if !disturbs(c) {
            marks = 0;
        }
        if is_blank(c) {
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
    // Joiners join something, or are nothing to see.
    if clean
        .chars()
        .all(|c| matches!(c, '\u{200C}' | '\u{200D}' | ' '))
    {
        clean.clear();
    }
    clean
}

/// White space, and what looks like it.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{1680}' | '\u{180E}' | '\u{1D159}')
}

/// Marks that are drawn on the letter before them (general categories Mn and Me), as far as they
/// stack up. Those that letters of a script need stand beside each other and are not meant.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}'
        | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E4}' | '\u{06E7}' | '\u{06E8}' | '\u{06EA}'..='\u{06ED}'
        | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}'
        | '\u{0EB1}' | '\u{0EB4}'..='\u{0EBC}' | '\u{0EC8}'..='\u{0ECE}'
        | '\u{0F71}'..='\u{0F84}' | '\u{0F86}' | '\u{0F87}' | '\u{1AB0}'..='\u{1ACE}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}' | '\u{2DE0}'..='\u{2DFF}'
        | '\u{302A}'..='\u{302D}' | '\u{3099}' | '\u{309A}' | '\u{A66F}'..='\u{A67D}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
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
            (
                "Zoe\u{308} Nguye\u{302}\u{303}n",
                "Zoe\u{308} Nguye\u{302}\u{303}n",
            ),
            ("👩\u{200D}🚀", "👩\u{200D}🚀"),
            // Braille without a dot, joiners that join nothing, marks on nothing.
            ("\u{2800}\u{2800}", ""),
            ("\u{200D}\u{200C} \u{200D}", ""),
            ("a\u{2800}b", "a b"),
            ("\u{301}\u{301}a", "a"),
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
    fn a_letter_has_few_marks_on_it() {
        let stack = format!("a{}b", "\u{301}".repeat(64));
        let clean = format!("a{}b", "\u{301}".repeat(MARKS_ON_A_LETTER));
        assert_eq!(Name::clean(&stack).as_str(), clean);
        // Others in between do not make it more.
        let stack = format!("a{}", "\u{301}\u{200B}\u{20DD}".repeat(64));
        let marks = Name::clean(&stack).as_str().chars().count() - 1;
        assert_eq!(marks, MARKS_ON_A_LETTER);
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        let once = Name::clean(&format!("{}  \u{202E} x y", "a".repeat(62)));
        assert_eq!(Name::clean(once.as_str()), once);
    }
}
