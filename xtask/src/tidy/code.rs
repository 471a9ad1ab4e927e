//! Rust source without what is not code: comments, the text of literals, and unit tests.

/// The same text with comments and the insides of string and character literals blanked. Lines
/// stay where they are.
pub fn blanked(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest));
        if let Some(length) = skipped {
            let (gone, after) = rest.split_at(length);
            out.extend(gone.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
        } else if is_word(first) {
            // Whole words, so that the r of `for"` begins no raw string.
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            out.push_str(word);
            rest = after;
        } else {
            out.push(first);
            rest = rest.split_at(first.len_utf8()).1;
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment that starts here.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(text.len())
}

/// The length of the string or character literal that starts here.
fn literal(text: &str) -> Option<usize> {
    let (prefix, raw) = ["br", "cr", "r", "b", "c", ""]
        .iter()
        .find(|prefix| text.starts_with(**prefix))
        .map(|prefix| (prefix.len(), prefix.ends_with('r')))?;
    let body = text.get(prefix..)?;
    if raw {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let inside = body.get(hashes..)?.strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let start = text.len() - inside.len();
        return Some(
            inside
                .find(&close)
                .map_or(text.len(), |at| start + at + close.len()),
        );
    }
    if body.starts_with('"') {
        return Some(prefix + quoted(body, '"'));
    }
    // 'a' and '\n' are characters, 'a without a closing quote is a lifetime.
    let mut chars = body.strip_prefix('\'')?.chars();
    let is_character = match chars.next()? {
        '\\' => true,
        _ => chars.next() == Some('\''),
    };
    is_character.then(|| prefix + quoted(body, '\''))
}

/// The length of a quoted text with backslash escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The text up to the unit tests: a `#[cfg(test)]` line with `mod` on the next.
pub fn without_tests(source: &str) -> &str {
    let mut at = 0;
    let mut lines = source.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let module = lines
            .peek()
            .is_some_and(|next| next.trim_start().starts_with("mod "));
        if line.trim() == "#[cfg(test)]" && module {
            return source.get(..at).unwrap_or(source);
        }
        at += line.len();
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_code_stays() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x\\\"y\") + g", "f(      ) + g"),
            ("r#\"a\"b\"# z", "         z"),
            ("for\"x\"", "for   "),
            ("b'x' 'y' '\\'' 'z", "              'z"),
            ("&'a str", "&'a str"),
            ("\"ä\nb\" c", "  \n   c"),
        ];
        for (source, expected) in cases {
            assert_eq!(blanked(source), expected, "{source}");
        }
    }

    #[test]
    fn only_the_module_of_unit_tests_is_cut() {
        let source = "a\n#[cfg(test)]\nuse x;\nb\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(without_tests(source), "a\n#[cfg(test)]\nuse x;\nb\n");
        assert_eq!(without_tests("a\nb"), "a\nb");
    }
}
