//! Finds the links in a text that somebody wrote.

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// A link that begins with `http://` or `https://`.
    Link(&'a str),
}

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The text in pieces, in their order.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // Up to here the text is in pieces.
    let mut done = 0;
    let mut in_word = false;
    for (at, letter) in text.char_indices() {
        let may_begin = at >= done && !in_word;
        in_word = letter.is_ascii_alphanumeric();
        let found = text.get(at..).filter(|_| may_begin).and_then(link_at_start);
        let Some(link) = found else {
            continue;
        };
        pieces.extend(
            text.get(done..at)
                .filter(|it| !it.is_empty())
                .map(Piece::Text),
        );
        pieces.push(Piece::Link(link));
        done = at + link.len();
    }
    pieces.extend(
        text.get(done..)
            .filter(|it| !it.is_empty())
            .map(Piece::Text),
    );
    pieces
}

/// The link that the text begins with. Punctuation behind it belongs to the sentence around it, and so
/// does a bracket that was opened before it.
fn link_at_start(text: &str) -> Option<&str> {
    let scheme = SCHEMES.into_iter().find(|scheme| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let ends_link = |letter: char| matches!(letter, ' ' | '\n' | '<' | '>' | '"');
    let end = text.char_indices().find(|(_, letter)| ends_link(*letter));
    let mut link = text.get(..end.map_or(text.len(), |(at, _)| at))?;
    while let Some(last) = link.chars().next_back() {
        let is_outside = match last {
            ')' => is_more(link, ')', '('),
            ']' => is_more(link, ']', '['),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '”' | '»' | '…' => true,
            _ => false,
        };
        if !is_outside {
            break;
        }
        link = link.get(..link.len() - last.len_utf8())?;
    }
    (link.len() > scheme.len()).then_some(link)
}

/// Whether one letter is there more often than another.
fn is_more(text: &str, one: char, other: char) -> bool {
    let count = |letter| text.chars().filter(|it| *it == letter).count();
    count(one) > count(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Link(text) => *text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
        pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Link(link) => Some(link),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn links_are_found_where_a_reader_sees_them() {
        for (text, expected) in [
            (
                "see https://example.org/a?b=c#d now",
                vec!["https://example.org/a?b=c#d"],
            ),
            ("HTTP://EXAMPLE.ORG", vec!["HTTP://EXAMPLE.ORG"]),
            (
                "(https://example.org/a_(b)).",
                vec!["https://example.org/a_(b)"],
            ),
            ("[https://example.org]!", vec!["https://example.org"]),
            ("\"https://example.org\"", vec!["https://example.org"]),
            ("<https://example.org>", vec!["https://example.org"]),
            (
                "https://a.org,\nhttp://b.org…",
                vec!["https://a.org", "http://b.org"],
            ),
            ("見てhttps://例え.jp/道", vec!["https://例え.jp/道"]),
            (
                "https://a.org/http://b.org",
                vec!["https://a.org/http://b.org"],
            ),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_link() {
        for text in [
            "",
            "no link",
            "example.org",
            "https://",
            "https://...",
            "xhttps://example.org",
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "ftp://example.org",
            "http:/example.org",
        ] {
            assert_eq!(links(text), [""; 0], "{text}");
        }
    }
}
