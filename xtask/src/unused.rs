//! Leaves out what nothing calls: wasm-bindgen keeps all that any library exports to JavaScript,
//! though no JavaScript but its own glue ever sees the page's WASM.

use std::collections::BTreeSet;

/// What starts the WASM calls these functions of the glue, and sets its variables.
const ROOT: [&str; 2] = ["__wbg_get_imports", "__wbg_finalize_init"];
/// Where the glue lists what the WASM imports, an entry a function.
const IMPORTS: &str = "function __wbg_get_imports() {";

/// A part of the glue that stands or goes as a whole: a function, a class, a variable.
struct Part<'a> {
    text: String,
    /// What it declares; nothing for a statement.
    names: Vec<&'a str>,
}

/// The glue without what is not needed to start a WASM with these imports.
pub fn without_unused(glue: &str, is_imported: impl Fn(&str) -> bool) -> String {
    let mut parts = parts(glue);
    for part in &mut parts {
        if part.text.starts_with(IMPORTS) {
            part.text = without_entries(&part.text, &is_imported);
        }
    }
    let mut needed = BTreeSet::from(ROOT);
    let mut kept = vec![false; parts.len()];
    loop {
        let mut grown = false;
        for (part, kept) in parts.iter().zip(&mut kept) {
            let is_needed =
                part.names.is_empty() || part.names.iter().any(|name| needed.contains(name));
            if is_needed && !*kept {
                *kept = true;
                grown = true;
                needed.extend(words(&part.text));
            }
        }
        if !grown {
            break;
        }
    }
    let kept = parts.iter().zip(&kept).filter(|(_, kept)| **kept);
    kept.map(|(part, _)| part.text.as_str()).collect()
}

/// Whether a word stands anywhere in the glue.
pub fn mentions(glue: &str, word: &str) -> bool {
    words(glue).any(|other| other == word)
}

/// Cuts the glue wherever a line begins something new at the left edge.
fn parts(glue: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for line in glue.split_inclusive('\n') {
        let begins = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match parts.last_mut() {
            Some(part) if !begins => part.text.push_str(line),
            _ => parts.push(Part {
                text: line.to_owned(),
                names: declared(line),
            }),
        }
    }
    parts.retain(|part| !part.text.starts_with("export {"));
    parts
}

/// The names that a line at the left edge declares, or adds something to.
pub fn declared(line: &str) -> Vec<&str> {
    let mut line = line.trim_start_matches("export ");
    line = line.trim_start_matches("async ");
    for keyword in ["function ", "class ", "if (Symbol.dispose) "] {
        if let Some(rest) = line.strip_prefix(keyword) {
            return words(rest).take(1).collect();
        }
    }
    for keyword in ["const ", "let "] {
        if let Some(rest) = line.strip_prefix(keyword) {
            let names = rest.split('=').next().unwrap_or_default();
            return words(names).collect();
        }
    }
    Vec::new()
}

/// Takes out the entries for what is not imported.
fn without_entries(imports: &str, is_imported: impl Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let mut is_kept = true;
    for line in imports.split_inclusive('\n') {
        match line.strip_prefix("        ") {
            Some(rest) if !rest.starts_with([' ', '}']) => {
                let entry = rest.split_once(": function(");
                is_kept = entry.is_none_or(|(name, _)| is_imported(name));
            }
            Some(_) => {}
            None => is_kept = true,
        }
        if is_kept {
            kept.push_str(line);
        }
    }
    kept
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    text.split(move |c| !is_word(c))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
/* @ts-self-types=\"./app.d.ts\" */
export class Sink {
    free() {
        wasm.sink_free(0);
    }
}
if (Symbol.dispose) Sink.prototype[Symbol.dispose] = Sink.prototype.free;
export function start() {
    wasm.start();
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        used: function(arg0) {
            helper(arg0);
        },
        unused: function() { return handleError(function (arg0) {
            other(arg0);
        }, arguments); },
    };
    return { __proto__: null, \"./app_bg.js\": import0 };
}
const SinkFinalization = (typeof FinalizationRegistry === 'undefined')
    ? {}
    : new FinalizationRegistry(ptr => wasm.sink_free(ptr, 1));
function helper(arg0) {
    wasm.exported(arg0);
}
function other() {
}
let wasmModule, wasm;
function initSync(module) {
}
function __wbg_finalize_init(instance) {
    wasm = instance.exports;
}
async function __wbg_init() {
    __wbg_finalize_init(__wbg_get_imports());
}
export { initSync, __wbg_init as default };
";

    #[test]
    fn only_what_loads_and_serves_the_wasm_is_left() {
        let kept = without_unused(GLUE, |name| name == "used");
        for gone in [
            "Sink",
            "start",
            "unused",
            "other",
            "initSync",
            "dispose",
            "sink_free",
            "__wbg_init",
        ] {
            assert!(!mentions(&kept, gone), "{gone} is in {kept}");
        }
        let there = [
            "used",
            "helper",
            "exported",
            "let wasmModule",
            "\"./app_bg.js\": import0",
        ];
        for text in there.into_iter().chain(ROOT) {
            assert!(kept.contains(text), "{text} is not in {kept}");
        }
    }

    #[test]
    fn nothing_more_can_be_left_out_of_what_is_left() {
        let kept = without_unused(GLUE, |name| name == "used");
        assert_eq!(without_unused(&kept, |name| name == "used"), kept);
    }
}
