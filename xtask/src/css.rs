//! Takes out of a style sheet what only a person reads: comments and spare white space.

/// The same rules in fewer bytes. Strings stay as they are.
pub fn shorter(style: &str) -> String {
    let mut short = String::with_capacity(style.len());
    let mut rest = style;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("/*") => {
                rest.find("*/").map_or(rest.len(), |end| end + "*/".len())
            }
            '"' | '\'' => {
                let length = string(rest, c);
                short.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            _ if c.is_whitespace() => {
                if !ends_with_any(&short, " {};:,") {
                    short.push(' ');
                }
                c.len_utf8()
            }
            _ => {
                if "{};,".contains(c) && short.ends_with(' ') {
                    short.pop();
                }
                if c == '}' && short.ends_with(';') {
                    short.pop();
                }
                short.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    short.truncate(short.trim_end().len());
    short
}

fn ends_with_any(text: &str, chars: &str) -> bool {
    text.is_empty() || text.ends_with(|c| chars.contains(c))
}

/// How long the string is that the text begins with, quotes included.
fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_spare_white_space_go() {
        let style = "/* dark */\n@media (min-width: 40em) and (hover: none) {\n  .a > .b,\n  .c .d:hover {\n    margin: 0 calc(1px + 2px);\n    color: red;\n  }\n}\n";
        assert_eq!(
            shorter(style),
            "@media (min-width:40em) and (hover:none){.a > .b,.c .d:hover{margin:0 calc(1px + 2px);color:red}}"
        );
    }

    #[test]
    fn what_white_space_means_something_in_stays() {
        let style = ".a .b{content:\" /* {  \\\"; \";font:1em 'A  B'}.a :hover{x:y}";
        assert_eq!(shorter(style), style);
    }

    #[test]
    fn what_is_not_closed_ends_with_the_sheet() {
        assert_eq!(shorter("a{b:c}/* x"), "a{b:c}");
        assert_eq!(shorter("a{b:\"c"), "a{b:\"c");
    }
}
