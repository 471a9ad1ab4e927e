//! JSON strings (RFC 8259, section 7), read and written fast: descriptions are long, and few of
//! their bytes need escaping.

/// How many bytes are looked at together. The compiler makes few instructions of it.
const BLOCK: usize = 32;

/// Appends `text` to `json`, as the inside of a JSON string, just as serde_json writes it.
pub(super) fn push_escaped(json: &mut String, text: &str) {
    let mut rest = text;
    while let Some((plain, special, after)) = split_at_special(rest) {
        json.push_str(plain);
        push_special(json, special);
        rest = after;
    }
    json.push_str(rest);
}

fn push_special(json: &mut String, special: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match special {
        b'"' => json.push_str("\\\""),
        b'\\' => json.push_str("\\\\"),
        b'\n' => json.push_str("\\n"),
        b'\r' => json.push_str("\\r"),
        b'\t' => json.push_str("\\t"),
        0x08 => json.push_str("\\b"),
        0x0C => json.push_str("\\f"),
        control => {
            let digit = |n: u8| {
                HEX.get(usize::from(n & 15))
                    .copied()
                    .map_or('0', char::from)
            };
            json.push_str("\\u00");
            json.push(digit(control >> 4));
            json.push(digit(control));
        }
    }
}

/// Reads a string from behind its first quotation mark: what it says, and what comes after it.
/// None if it is no string, or has an escape that nobody needs in a description.
pub(super) fn unescaped(json: &str) -> Option<(String, &str)> {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    loop {
        let (plain, special, after) = split_at_special(rest)?;
        text.push_str(plain);
        match special {
            b'"' => return Some((text, after)),
            b'\\' => {}
            _ => return None,
        }
        let mut chars = after.chars();
        text.push(match chars.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{C}',
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        });
        rest = chars.as_str();
    }
}

/// What stands before the first byte that has to be escaped, that byte, and what comes after it.
fn split_at_special(text: &str) -> Option<(&str, u8, &str)> {
    let at = first_special(text.as_bytes())?;
    // It is ASCII, so characters begin and end there.
    let special = *text.as_bytes().get(at)?;
    Some((text.get(..at)?, special, text.get(at + 1..)?))
}

/// Where the first byte is that has to be escaped.
fn first_special(bytes: &[u8]) -> Option<usize> {
    // Often the next: lines end by two of them.
    if is_special(*bytes.first()?) {
        return Some(0);
    }
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (block, before) in blocks.iter().zip((0..).step_by(BLOCK)) {
        let any = block
            .iter()
            .fold(false, |any, byte| any | is_special(*byte));
        if any {
            return Some(before + first_special_of_few(block)?);
        }
    }
    Some(blocks.len() * BLOCK + first_special_of_few(rest)?)
}

/// The same, by words of eight bytes.
fn first_special_of_few(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    for (word, before) in words.iter().zip((0..).step_by(8)) {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(before + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|byte| is_special(*byte))?;
    Some(words.len() * 8 + at)
}

/// Marks special bytes by their highest bit: the first of them surely, and behind it perhaps
/// others.
fn specials(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let below = |n: u64, word: u64| word.wrapping_sub(EACH * n) & !word;
    let is = |byte: u8| below(1, word ^ (EACH * u64::from(byte)));
    (below(0x20, word) | is(b'"') | is(b'\\')) & (EACH * 0x80)
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut json = String::from("\"");
        push_escaped(&mut json, text);
        json.push('"');
        json
    }

    #[test]
    fn strings_are_written_as_serde_json_writes_them() {
        let all: String = (0..0x300).filter_map(char::from_u32).collect();
        let mut texts = vec![
            String::new(),
            all.clone(),
            all.repeat(3),
            "🦀\r\n".repeat(50),
        ];
        // Every special at every place around the ends of blocks.
        for special in ['"', '\\', '\n', '\0', '\u{1F}', '\u{7F}', 'é', '\u{2028}'] {
            for at in 0..80 {
                texts.push(format!(
                    "{}{special}{}",
                    "a".repeat(at),
                    "b".repeat(80 - at)
                ));
                texts.push(format!("{}{special}", "é".repeat(at)));
            }
        }
        for text in texts {
            let json = escaped(&text);
            assert_eq!(json, serde_json::to_string(&text).unwrap());
            let read = unescaped(&json[1..]);
            // Only what is written as a number is left to others.
            assert_eq!(
                read,
                (!json.contains("\\u")).then(|| (text.clone(), "")),
                "{json}"
            );
        }
    }
}
