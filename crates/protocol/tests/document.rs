//! PROTOCOL.md says what the types say: every message, error and close code has its place and an
//! example, and every example is what it claims to be.

#![cfg(test)]

use std::collections::BTreeSet;

use protocol::{ClientMessage, CloseCode, ErrorCode, ServerMessage, limits};
use schemars::schema_for;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../PROTOCOL.md");

/// The part of the document below a heading of the second level.
fn part(heading: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n## {heading}\n"));
    let text = &DOCUMENT[start.unwrap_or_else(|| panic!("no part {heading}")) + 4..];
    &text[..text.find("\n## ").unwrap_or(text.len())]
}

/// The sections of a part: the word in their heading, and their examples.
fn sections(heading: &str) -> Vec<(String, Vec<Value>)> {
    part(heading)
        .split("\n### ")
        .skip(1)
        .map(|section| {
            let (title, body) = section.split_once('\n').unwrap();
            let examples = body
                .split("```json\n")
                .skip(1)
                .map(|rest| rest.split("```").next().unwrap())
                .map(|text| serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}")));
            (title.trim_matches('`').to_owned(), examples.collect())
        })
        .collect()
}

/// Reads an example as a message and writes it again: nothing is lost or added.
fn round_trip<T: Serialize + DeserializeOwned>(example: &Value) -> T {
    let message: T = serde_json::from_str(&example.to_string())
        .unwrap_or_else(|error| panic!("{error}: {example}"));
    assert_eq!(serde_json::to_value(&message).unwrap(), *example);
    message
}

/// Every `const` below a `type` property of a schema: the messages there are.
fn types(schema: &schemars::Schema) -> BTreeSet<String> {
    let variants = schema.as_value()["oneOf"].as_array().unwrap();
    let kinds = variants
        .iter()
        .map(|variant| &variant["properties"]["type"]["const"]);
    kinds
        .map(|kind| kind.as_str().unwrap().to_owned())
        .collect()
}

fn titles(sections: &[(String, Vec<Value>)]) -> BTreeSet<String> {
    sections.iter().map(|(title, _)| title.clone()).collect()
}

#[test]
fn every_message_of_the_client_is_documented_with_examples_that_are_right() {
    let sections = sections("What the client says");
    assert_eq!(titles(&sections), types(&schema_for!(ClientMessage)));
    for (title, examples) in &sections {
        assert!(!examples.is_empty(), "{title} has no example");
        for example in examples {
            assert_eq!(round_trip::<ClientMessage>(example).kind(), title);
        }
    }
}

#[test]
fn every_message_of_the_server_is_documented_with_examples_that_are_right() {
    let sections = sections("What the server says");
    assert_eq!(titles(&sections), types(&schema_for!(ServerMessage)));
    for (title, examples) in &sections {
        assert!(!examples.is_empty(), "{title} has no example");
        for example in examples {
            assert_eq!(round_trip::<ServerMessage>(example).kind(), title);
        }
    }
}

#[test]
fn every_error_code_is_documented_with_an_example() {
    let schema = schema_for!(ErrorCode);
    let mut codes = BTreeSet::new();
    for variant in schema.as_value()["oneOf"].as_array().unwrap() {
        match &variant["const"] {
            Value::String(code) => drop(codes.insert(code.clone())),
            _ => codes.extend(
                variant["enum"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it.as_str().unwrap().to_owned()),
            ),
        }
    }
    let sections = sections("Errors");
    assert_eq!(titles(&sections), codes);
    for (title, examples) in &sections {
        let [example] = &examples[..] else {
            panic!("{title} has one example");
        };
        round_trip::<ServerMessage>(example);
        assert_eq!(example["code"], **title);
    }
}

#[test]
fn every_close_code_is_documented() {
    // A code that is missing here does not compile.
    let name = |code: CloseCode| match code {
        CloseCode::Normal => "Normal",
        CloseCode::GoingAway => "GoingAway",
        CloseCode::ProtocolError => "ProtocolError",
        CloseCode::InvalidText => "InvalidText",
        CloseCode::TooLarge => "TooLarge",
        CloseCode::ServerBusy => "ServerBusy",
        CloseCode::NoFirstMessage => "NoFirstMessage",
        CloseCode::Idle => "Idle",
        CloseCode::SlowReader => "SlowReader",
        CloseCode::TooManyMessages => "TooManyMessages",
        CloseCode::Removed => "Removed",
        CloseCode::Replaced => "Replaced",
    };
    for code in [
        CloseCode::Normal,
        CloseCode::GoingAway,
        CloseCode::ProtocolError,
        CloseCode::InvalidText,
        CloseCode::TooLarge,
        CloseCode::ServerBusy,
        CloseCode::NoFirstMessage,
        CloseCode::Idle,
        CloseCode::SlowReader,
        CloseCode::TooManyMessages,
        CloseCode::Removed,
        CloseCode::Replaced,
    ] {
        let row = format!("| {} | `{}` |", code.as_u16(), name(code));
        assert!(part("Close codes").contains(&row), "{row}");
    }
    let rows = part("Close codes")
        .lines()
        .filter(|line| line.contains("| `"));
    assert_eq!(rows.count(), 12);
}

#[test]
fn the_limits_are_those_of_the_program() {
    for (row, limit) in [
        (
            "| a message | 65,536 bytes |",
            limits::MESSAGE_BYTES == 65_536,
        ),
        ("| `sdp` | 49,152 bytes |", limits::SDP_BYTES == 49_152),
        ("| 1,024 bytes each |", limits::CANDIDATE_BYTES == 1_024),
        ("| `name` | 64 characters |", limits::NAME_CHARS == 64),
        (
            "| `text` of `chat` | 2,000 characters |",
            limits::CHAT_CHARS == 2_000,
        ),
        ("| 256 characters | cut |", limits::ERROR_TEXT_CHARS == 256),
        (
            "| ticket | 1 to 1,024 characters",
            limits::TICKET_BYTES == 1_024,
        ),
        (
            "has to come within 2 seconds",
            limits::FIRST_MESSAGE_MS == 2_000,
        ),
    ] {
        assert!(DOCUMENT.contains(row), "{row}");
        assert!(limit, "{row} is not what the program does");
    }
}
