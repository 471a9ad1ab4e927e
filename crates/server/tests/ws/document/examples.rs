//! The examples of PROTOCOL.md, and which of them were seen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub const DOCUMENT: &str = include_str!("../../../../../PROTOCOL.md");

/// Fields whose values are the server's own and change from run to run: only their kind is looked
/// at.
const FREE: [&str; 6] = [
    "count",
    "received",
    "retry_after_ms",
    "expires_in_ms",
    "username",
    "credential",
];

/// A heading of the second level under which there are examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Client,
    Server,
    Errors,
}

impl Part {
    fn heading(self) -> &'static str {
        match self {
            Self::Client => "What the client says",
            Self::Server => "What the server says",
            Self::Errors => "Errors",
        }
    }
}

/// All examples, by their part, the heading of the third level and their place below it.
pub struct Examples {
    all: BTreeMap<(Part, String, usize), (Value, bool)>,
}

impl Examples {
    pub fn read() -> Self {
        let mut all = BTreeMap::new();
        for part in [Part::Client, Part::Server, Part::Errors] {
            for section in section(part.heading()).split("\n### ").skip(1) {
                let (title, body) = section.split_once('\n').unwrap();
                for (at, block) in blocks(body, "json").enumerate() {
                    let example = serde_json::from_str(block).unwrap();
                    let title = title.trim_matches('`').to_owned();
                    all.insert((part, title, at), (example, false));
                }
            }
        }
        Self { all }
    }

    /// Takes an example, which is seen from then on.
    pub fn take(&mut self, part: Part, title: &str, at: usize) -> Value {
        let key = (part, title.to_owned(), at);
        let Some((example, seen)) = self.all.get_mut(&key) else {
            panic!("there is no example {key:?}");
        };
        *seen = true;
        example.clone()
    }

    /// Those that were not seen.
    pub fn unseen(&self) -> Vec<String> {
        let unseen = self.all.iter().filter(|(_, (_, seen))| !seen);
        unseen
            .map(|((part, title, at), _)| format!("{part:?} {title} {at}"))
            .collect()
    }
}

/// The text below a heading of the second level.
pub fn section(heading: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// The fenced blocks of this language.
pub fn blocks<'a>(text: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<_> = text.split(&*fence).skip(1).collect();
    let blocks = blocks.into_iter();
    blocks.map(|block| block.split("\n```").next().unwrap())
}

/// The values of the document and what stands for them in this run.
#[derive(Debug, Default)]
pub struct Values {
    known: BTreeMap<String, String>,
}

impl Values {
    pub fn set(&mut self, shown: &str, real: &str) {
        self.known.insert(shown.to_owned(), real.to_owned());
    }

    /// A text with the values of this run in the place of those of the document.
    pub fn real(&self, shown: &str) -> String {
        let known = self.known.iter();
        known.fold(shown.to_owned(), |text, (shown, real)| {
            text.replace(shown, real)
        })
    }

    /// Compares what was heard with the example. A value that is seen for the first time is learnt.
    pub fn compare(&mut self, example: &Value, heard: &Value) {
        self.compare_field("", example, heard);
    }

    fn compare_field(&mut self, name: &str, example: &Value, heard: &Value) {
        let is_id = ["participant", "id", "ticket"].contains(&name);
        match (example, heard) {
            (Value::Object(example), Value::Object(heard)) => {
                assert_eq!(names(example), names(heard), "{example:?} and {heard:?}");
                for (name, field) in example {
                    self.compare_field(name, field, &heard[name]);
                }
            }
            (Value::Array(example), Value::Array(heard)) => {
                assert_eq!(example.len(), heard.len(), "{example:?} and {heard:?}");
                for (example, heard) in example.iter().zip(heard) {
                    self.compare_field(name, example, heard);
                }
            }
            (Value::String(example), Value::String(heard))
                if name == "code" && example.bytes().all(|it| it.is_ascii_digit()) =>
            {
                assert_eq!(example.len(), heard.len());
                self.set(example, heard);
            }
            (Value::String(example), Value::String(heard)) if name == "ticket" => {
                self.set(example, heard);
            }
            (Value::String(example), Value::String(heard))
                if is_id && !self.known.contains_key(example) =>
            {
                assert_eq!(example.len(), heard.len());
                self.set(example, heard);
            }
            (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_))
                if FREE.contains(&name) => {}
            (Value::String(example), heard) => assert_eq!(self.real(example), *heard, "{name}"),
            (example, heard) => assert_eq!(example, heard, "{name}"),
        }
    }
}

fn names(object: &Map<String, Value>) -> BTreeSet<&String> {
    object.keys().collect()
}
