//! What stands for a person whose camera is off: initials on a colour of their own.

use super::el::{El, el};
use super::page::Ui;

/// Colours that white initials are read on; the style sheet has them as `.hue0` and so on.
pub const HUES: usize = 10;

/// One or two letters of a name, as they stand in it: the style sheet makes them capitals, which
/// spares the page the tables of Unicode. Empty for an empty name.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| !c.is_ascii_punctuation()));
    let first = words.next();
    // From the front only: the way back through a text is code of its own.
    let last = words.reduce(|_, last| last);
    first.into_iter().chain(last).collect()
}

/// The number of the colour of a participant: always the same for the same id.
pub fn hue(id: &str) -> usize {
    // FNV-1a
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash as usize % HUES
}

/// The number of this person's own colour.
pub fn of_me(ui: Ui) -> usize {
    ui.read(|view| {
        let id = view.me.participant.as_ref();
        id.map_or(0, |id| hue(id.as_str()))
    })
}

/// Initials on the person's colour. Screen readers skip them, because the name stands beside them.
pub fn disc(name: impl Fn() -> String + 'static, hue: impl Fn() -> usize + 'static) -> El {
    el("span", "")
        .attr("aria-hidden", "true")
        .attr("translate", "no")
        .attr_with("class", move || ["disc hue", &hue().to_string()].concat())
        .text_with(move || initials(&name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_all_kinds_of_names() {
        for (name, expected) in [
            ("Ada", "A"),
            ("ada lovelace", "al"),
            ("Juan Carlos de la Cruz", "JC"),
            ("  spaced   out  ", "so"),
            ("ßeta", "ß"),
            ("李 小龙", "李小"),
            ("<img src=x>", "is"),
            ("🦀", "🦀"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn every_colour_is_somebodys_and_stays_theirs() {
        let mut seen = [0; HUES];
        for number in 0..1000 {
            let id = format!("participant{number}");
            assert_eq!(hue(&id), hue(&id));
            seen[hue(&id)] += 1;
        }
        assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
    }
}
