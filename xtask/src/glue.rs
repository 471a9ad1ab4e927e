//! Makes wasm-bindgen's glue smaller: short names for what it and the WASM call each other by and
//! for its own functions, no comments, no spare white space. The hashes in the long names hardly
//! compress, and stand in both files.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::unused::declared;

/// Hexadecimal digits at the end of the names that wasm-bindgen makes up.
const HASH_DIGITS: usize = 16;

/// How rustc begins the names that it makes up (RFC 2603).
const MANGLED: &str = "_R";

/// New names for imports and exports, by their old ones.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The short form of a name that wasm-bindgen made up; other names stay as they are.
    pub fn shorten(&mut self, name: &mut String) {
        let hash = name.rsplit(['_', 'h']).next().unwrap_or_default();
        let is_made_up = (name.starts_with("__wb") || name.starts_with("wasm_bindgen"))
            && hash.len() == HASH_DIGITS
            && hash.chars().all(|c| c.is_ascii_hexdigit());
        if is_made_up || name.starts_with(MANGLED) {
            let next = format!("${:x}", self.0.len());
            name.clone_from(self.0.entry(name.clone()).or_insert(next));
        }
    }

    /// The glue with the same names, and without what only a person reads.
    pub fn apply(&self, glue: &str) -> Result<String> {
        let mut renamed = String::with_capacity(glue.len());
        let mut missing: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let own = own_names(glue);
        let mut rest = glue;
        while let Some(start) = rest.find(is_word) {
            let (before, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
            renamed.push_str(before);
            if word.starts_with('$') && self.0.values().any(|name| name == word) {
                bail!("wasm-bindgen's glue already has the name {word}");
            }
            if let Some(short) = self.0.get(word) {
                missing.retain(|name| *name != word);
                renamed.push_str(short);
            } else if let Some(short) = own.get(word).filter(|_| !is_property(before)) {
                renamed.push_str(short);
            } else {
                renamed.push_str(word);
            }
            rest = after;
        }
        renamed.push_str(rest);
        if let Some(name) = missing.first() {
            bail!("wasm-bindgen's glue does not have the name {name}");
        }
        Ok(without_comments(&renamed))
    }
}

/// Where the glue lists what the WASM imports, an entry a function, and where the list ends.
const LIST: &str = "    const import0 = {\n        __proto__: null,\n";
const LIST_END: &str = "\n    };\n";
const ENTRY: &str = "        ";

/// The names in the list of what the WASM imports, in its order.
pub fn listed(glue: &str) -> Result<Vec<&str>> {
    let (_, list, _) = list(glue)?;
    Ok(list
        .lines()
        .filter_map(entry)
        .map(|(name, _)| name)
        .collect())
}

/// The glue with a list in which each entry is known by its place, as WASM may import from arrays
/// too: no name is shorter than none.
pub fn as_list(glue: &str) -> Result<String> {
    let (before, list, after) = list(glue)?;
    let lines = list.lines();
    let lines = lines.map(|line| entry(line).map_or(line, |(_, value)| value));
    let lines: Vec<&str> = lines.collect();
    let list = lines.join("\n");
    Ok(format!(
        "{before}    const import0 = [\n{list}\n    ];\n{after}"
    ))
}

/// The glue before the list, the list, and what comes after.
fn list(glue: &str) -> Result<(&str, &str, &str)> {
    let list = glue.split_once(LIST).and_then(|(before, rest)| {
        let (list, after) = rest.split_once(LIST_END)?;
        Some((before, list, after))
    });
    list.context("wasm-bindgen's glue has no list of imports: adapt xtask to its new version")
}

/// The name and the beginning of an entry, if one begins in this line.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix(ENTRY)?;
    line.split_once(": ")
        .filter(|(name, _)| name.chars().all(is_word))
}

/// Whether a property's name comes after this.
fn is_property(before: &str) -> bool {
    before.ends_with('.') && !before.ends_with("...")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// Short forms of the names that only the glue itself uses: its own functions and variables, if
/// no property could be called so, and what it calls arguments.
fn own_names(glue: &str) -> BTreeMap<String, String> {
    let is_special = |name: &&str| name.contains(|c: char| c.is_ascii_uppercase());
    let declared = glue.lines().flat_map(declared).filter(is_special);
    let mut names = BTreeMap::new();
    for name in declared {
        let short = format!("_{:x}", names.len() + ARGUMENTS);
        names.entry(name.to_owned()).or_insert(short);
    }
    let arguments = (0..ARGUMENTS).map(|number| (format!("arg{number}"), format!("_{number:x}")));
    names.extend(arguments);
    names
}

/// How many arguments of one function get a short name.
const ARGUMENTS: usize = 16;

/// Takes out lines that are comments, and white space. A text over several lines must keep both,
/// so then nothing is taken out.
fn without_comments(glue: &str) -> String {
    if glue.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return glue.to_owned();
    }
    let mut kept: Vec<String> = Vec::new();
    let mut inside = false;
    for line in glue.lines().map(str::trim) {
        let begins = line.starts_with("/*");
        if begins || inside {
            inside = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.push(without_spaces(line));
            return_at_once(&mut kept);
        }
    }
    kept.push(String::new());
    kept.join("\n")
}

/// A line without the white space that separates no words. One with a string, a comment or a
/// regular expression stays as it is.
fn without_spaces(line: &str) -> String {
    let mut short = String::with_capacity(line.len());
    if line.contains(['"', '\'', '`', '/']) {
        return line.to_owned();
    }
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    short.push_str(words.next().unwrap_or_default());
    for word in words {
        // Signs stay apart: `a - -b` is not `a--b`.
        let separates = |c: char| !is_word(c) && !"+-".contains(c);
        if !short.ends_with(separates) && !word.starts_with(separates) {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

/// `const ret=f();return ret;` as `return f();`.
fn return_at_once(lines: &mut Vec<String>) {
    let [.., value, result] = lines.as_mut_slice() else {
        return;
    };
    if let Some(expression) = value.strip_prefix("const ret").map(str::trim_start)
        && let Some(expression) = expression.strip_prefix('=')
        && result == "return ret;"
    {
        *value = format!("return {}", expression.trim_start());
        lines.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[&str]) -> (Names, Vec<String>) {
        let mut names = Names::default();
        let mut short: Vec<String> = of.iter().map(ToString::to_string).collect();
        short.iter_mut().for_each(|name| names.shorten(name));
        (names, short)
    }

    #[test]
    fn only_names_that_end_in_a_hash_are_shortened_each_once() {
        let (_, short) = names(&[
            "__wbg_new_0123456789abcdef",
            "wasm_bindgen__convert__closures_____invoke__h0123456789abcdef",
            "__wbg_new_0123456789abcdef",
            "memory",
            "__wbindgen_start",
            "_RINvCs1_3web5shown",
        ]);
        assert_eq!(
            short,
            ["$0", "$1", "$0", "memory", "__wbindgen_start", "$2"]
        );
    }

    #[test]
    fn the_glue_gets_the_same_names_and_loses_comments() {
        let (names, _) = names(&["__wbg_new_0123456789abcdef"]);
        let glue = "{\n    /**\n     * @param x\n     */\n    // y\n\
                    \n    __wbg_new_0123456789abcdef: (a) => x__wbg_new_0123456789abcdef(a), // z\n}";
        assert_eq!(
            names.apply(glue).unwrap(),
            "{\n$0: (a) => x__wbg_new_0123456789abcdef(a), // z\n}\n"
        );
    }

    #[test]
    fn the_glues_own_names_and_what_it_returns_are_shorter() {
        let glue = "\
let cachedView = null;
function getView(arg0, ptr) {
    const ret = cachedView.getView(arg0 - -1, \"a  b\");
    return ret;
}
async function __wbg_load(x) {
    const ret = x ?  1 : 2;
    return ret;
}
";
        let short = "\
let _10=null;
function _11(_0,ptr){
return _10.getView(_0 - -1, \"a  b\");
}
async function __wbg_load(x){
return x?1:2;
}
";
        assert_eq!(Names::default().apply(glue).unwrap(), short);
    }

    #[test]
    fn what_the_wasm_imports_is_known_by_its_place() {
        let glue = "x\n    const import0 = {\n        __proto__: null,\n        \
                    __wbg_a: function(arg0) {\n            f(x ? a: b);\n        },\n        \
                    __wbg_b: function() { return handleError(function () {\n        }, arguments); },\n    \
                    };\n    return {};\n";
        assert_eq!(listed(glue).unwrap(), ["__wbg_a", "__wbg_b"]);
        let list = "x\n    const import0 = [\nfunction(arg0) {\n            f(x ? a: b);\n        },\n\
                    function() { return handleError(function () {\n        }, arguments); },\n    \
                    ];\n    return {};\n";
        assert_eq!(as_list(glue).unwrap(), list);
        assert!(as_list("x").is_err());
    }

    #[test]
    fn a_text_over_several_lines_is_left_alone() {
        let glue = "a(`one\n    // two`);";
        assert_eq!(Names::default().apply(glue).unwrap(), glue);
    }

    #[test]
    fn a_name_that_is_missing_or_taken_is_refused() {
        let (names, _) = names(&["__wbg_new_0123456789abcdef"]);
        assert!(names.apply("nothing").is_err());
        assert!(names.apply("__wbg_new_0123456789abcdef + $0").is_err());
    }
}
