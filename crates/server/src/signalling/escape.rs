//! JSON strings (RFC 8259, section 7), written fast: descriptions are long, and few of their
//! bytes need escaping.

/// How many bytes are looked at together. The compiler makes one comparison of it.
const BLOCK: usize = 16;

/// Appends `text` to `json`, as the inside of a JSON string, just as serde_json writes it.
pub(super) fn push_escaped(json: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = first_special(rest.as_bytes()) {
        // What needs escaping is ASCII, so this is where characters begin and end.
        let (plain, special) = rest.split_at(at);
        json.push_str(plain);
        let mut chars = special.chars();
        if let Some(special) = chars.next() {
            push_special(json, special);
        }
        rest = chars.as_str();
    }
    json.push_str(rest);
}

fn push_special(json: &mut String, special: char) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match special {
        '"' => json.push_str("\\\""),
        '\\' => json.push_str("\\\\"),
        '\n' => json.push_str("\\n"),
        '\r' => json.push_str("\\r"),
        '\t' => json.push_str("\\t"),
        '\u{8}' => json.push_str("\\b"),
        '\u{C}' => json.push_str("\\f"),
        control => {
            let digit = |n: u32| HEX.get(n as usize & 15).copied().map_or('0', char::from);
            json.push_str("\\u00");
            json.push(digit(control as u32 >> 4));
            json.push(digit(control as u32));
        }
    }
}

/// Where the first byte is that has to be escaped.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for block in bytes.chunks(BLOCK) {
        if block
            .iter()
            .fold(false, |any, byte| any | is_special(*byte))
        {
            let within = block.iter().position(|byte| is_special(*byte))?;
            return Some(at + within);
        }
        at += block.len();
    }
    None
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
            for at in 0..40 {
                texts.push(format!(
                    "{}{special}{}",
                    "a".repeat(at),
                    "b".repeat(40 - at)
                ));
                texts.push(format!("{}{special}", "é".repeat(at)));
            }
        }
        for text in texts {
            assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
