//! The configuration file: the options under their long names, each key known, each with its line.

use std::{collections::BTreeMap, fs, path::Path};

use toml::de::{DeTable, DeValue};

use crate::fault::Fault;

/// A file larger than this is not a configuration.
const MAX_BYTES: u64 = 64 * 1024;

/// One key of the file as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its value, or each of a list.
    pub values: Vec<String>,
    /// The line it stands on, from 1.
    pub line: usize,
}

/// The keys of a configuration file.
pub type Entries = BTreeMap<String, Entry>;

/// Reads the file; every key must be one of `known`.
pub fn read(path: &Path, known: &[&str]) -> Result<Entries, Fault> {
    let place = path.display();
    let unreadable = |problem: String| {
        Fault::new(
            format!("configuration file {place}"),
            problem,
            "give the path of a readable TOML file with --config",
        )
    };
    let size = fs::metadata(path)
        .map_err(|error| unreadable(format!("can't be read: {error}")))?
        .len();
    if size > MAX_BYTES {
        return Err(unreadable(format!("is larger than {MAX_BYTES} bytes")));
    }
    let text =
        fs::read_to_string(path).map_err(|error| unreadable(format!("can't be read: {error}")))?;
    parse(&text, known).map_err(|(line, problem, remedy)| {
        Fault::new(format!("{place} line {line}"), problem, remedy)
    })
}

type Wrong = (usize, String, String);

fn parse(text: &str, known: &[&str]) -> Result<Entries, Wrong> {
    let line_of = |offset: usize| {
        1 + text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(error.span().map_or(0, |span| span.start));
        (
            line,
            error.message().to_owned(),
            "write it as key = \"value\" (TOML)".to_owned(),
        )
    })?;
    let mut entries = Entries::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let name = key.get_ref().as_ref();
        if !known.contains(&name) {
            let remedy = format!("the keys are {}", known.join(", "));
            return Err((line, format!("unknown key \"{name}\""), remedy));
        }
        let values = values_of(value.get_ref()).ok_or_else(|| {
            (
                line,
                format!("\"{name}\" is neither a text, a number, true, false nor a list of texts"),
                format!("write it as {name} = \"value\""),
            )
        })?;
        entries.insert(name.to_owned(), Entry { values, line });
    }
    Ok(entries)
}

fn values_of(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        other => scalar(other).map(|text| vec![text]),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["http", "name", "max-participants", "acme"];

    #[test]
    fn reads_texts_numbers_and_lists_with_their_lines() {
        let entries = parse(
            "# mine\nhttp = \"off\"\nmax-participants = 3\n\nname = [\"a.local\", \"b.local\"]\nacme = true\n",
            KNOWN,
        )
        .unwrap();
        assert_eq!(entries["http"].values, ["off"]);
        assert_eq!(entries["http"].line, 2);
        assert_eq!(entries["max-participants"].values, ["3"]);
        assert_eq!(entries["name"].values, ["a.local", "b.local"]);
        assert_eq!(entries["name"].line, 5);
        assert_eq!(entries["acme"].values, ["true"]);
    }

    #[test]
    fn names_the_line_of_what_is_wrong() {
        for (text, line) in [
            ("http = \"off\"\nhtttp = \"off\"", 2),
            ("\n\nname = {}", 3),
            ("http = \"off\"\nname = [1.5]", 2),
            ("http = \"off\"\n\nname = [\"a\"", 3),
            ("http = \"off\"\nhttp = \"off\"", 2),
        ] {
            let (found, ..) = parse(text, KNOWN).unwrap_err();
            assert_eq!(found, line, "{text}");
        }
    }
}
