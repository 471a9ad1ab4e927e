//! docs/ holds the protocol as JSON Schema and as TypeScript, made from the types.
//!
//! After a change of the types: `CRABCALL_BLESS=1 cargo test -p protocol --test generated`.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use protocol::{
    CallCode, Candidate, ChatText, ClientMessage, DeviceToken, Error, ErrorCode, IceServer,
    KeptOut, LeaveReason, Media, Name, Participant, ParticipantId, Role, RoomId, RoomSecret, Sdp,
    ServerMessage, SessionId, Ticket,
};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use ts_rs::TS;

fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let messages = [
        generator.subschema_for::<ClientMessage>(),
        generator.subschema_for::<ServerMessage>(),
    ];
    let mut definitions = generator.take_definitions(true);
    for words in ["ErrorCode", "LeaveReason", "Role"] {
        open(&mut definitions, words);
    }
    for (messages, prefix) in [("ClientMessage", "Client"), ("ServerMessage", "Server")] {
        name_messages(&mut definitions, messages, prefix);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crabcall.v1",
        "description": "What a Crabcall client and server say to each other. See PROTOCOL.md.",
        "anyOf": messages,
        "$defs": definitions,
    })
}

/// Lets a newer version have more words than these: the known ones get a definition of their own.
fn open(definitions: &mut Map<String, Value>, name: &str) {
    let known = definitions.remove(name).unwrap();
    let known_name = format!("Known{name}");
    let reference = json!({ "$ref": format!("#/$defs/{known_name}") });
    let other = json!({ "type": "string", "description": "A word of a newer version." });
    let description = known["description"].clone();
    let open = json!({ "description": description, "anyOf": [reference, other] });
    definitions.insert(name.to_owned(), open);
    definitions.insert(known_name, known);
}

/// Gives every message a name of its own, for the programs that make classes from the schema.
fn name_messages(definitions: &mut Map<String, Value>, messages: &str, prefix: &str) {
    let mut variants = definitions[messages]["oneOf"].take();
    for variant in variants.as_array_mut().unwrap() {
        // An error's fields are in a definition that nothing else uses.
        if let Some(path) = variant["$ref"].as_str() {
            let name = path.rsplit('/').next().unwrap().to_owned();
            let fields = definitions.remove(&name).unwrap();
            join(variant, &fields);
        }
        let kind = variant["properties"]["type"]["const"].as_str().unwrap();
        let name = format!("{prefix}{}", in_camel_case(kind));
        variant["title"] = json!(name);
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        definitions.insert(name, std::mem::replace(variant, reference));
    }
    definitions[messages]["oneOf"] = variants;
}

/// Adds the fields of `other` to an object that has referred to them.
fn join(object: &mut Value, other: &Value) {
    object.as_object_mut().unwrap().remove("$ref");
    for (name, field) in other["properties"].as_object().unwrap() {
        object["properties"][name] = field.clone();
    }
    let required = object["required"].as_array_mut().unwrap();
    required.extend(other["required"].as_array().unwrap().iter().cloned());
}

fn in_camel_case(snake_case: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake_case.split('_').map(word).collect()
}

fn declarations() -> String {
    let config = ts_rs::Config::new().with_large_int("number");
    let declarations = [
        ClientMessage::decl(&config),
        ServerMessage::decl(&config),
        Participant::decl(&config),
        Role::decl(&config),
        Media::decl(&config),
        LeaveReason::decl(&config),
        KeptOut::decl(&config),
        Candidate::decl(&config),
        IceServer::decl(&config),
        Error::decl(&config),
        ErrorCode::decl(&config),
        Name::decl(&config),
        ChatText::decl(&config),
        RoomId::decl(&config),
        RoomSecret::decl(&config),
        ParticipantId::decl(&config),
        CallCode::decl(&config),
        Ticket::decl(&config),
        SessionId::decl(&config),
        DeviceToken::decl(&config),
        Sdp::decl(&config),
    ];
    let mut text = String::from(
        "// What a Crabcall client and server say to each other (crabcall.v1). See PROTOCOL.md.\n\
         // Made from the types; do not edit.\n",
    );
    for declaration in declarations {
        let declaration = declaration.trim();
        text.push_str("\nexport ");
        // A newer version may have more words than these.
        let name = ["ErrorCode", "LeaveReason", "Role"]
            .into_iter()
            .find(|name| declaration.starts_with(&format!("type {name} = \"")));
        match name {
            Some(_) => text.push_str(&declaration.replace(';', " | (string & {});")),
            None => text.push_str(declaration),
        }
        text.push('\n');
    }
    text
}

fn compare(name: &str, expected: &str) {
    let expected = expected.replace(" \n", "\n");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("CRABCALL_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} does not say what the types say: run \
         CRABCALL_BLESS=1 cargo test -p protocol --test generated"
    );
}

#[test]
fn the_json_schema_is_that_of_the_types() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap();
    compare("crabcall.v1.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_typescript_types_are_those_of_the_types() {
    compare("crabcall.v1.d.ts", &declarations());
}

/// Calls `visit` with every object in a schema.
fn each_object(schema: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| each_object(value, visit));
        }
        Value::Array(list) => list.iter().for_each(|value| each_object(value, visit)),
        _ => {}
    }
}

#[test]
fn descriptions_name_nothing_that_only_the_program_knows() {
    let schema = schema();
    let text = declarations() + &schema.to_string();
    for inner in ["::", "[`", "`]"] {
        assert!(!text.contains(inner), "{inner} is in the documents");
    }
}

#[test]
fn every_message_of_the_schema_has_a_name_of_its_own() {
    let schema = schema();
    let mut titles = BTreeSet::new();
    for messages in ["ClientMessage", "ServerMessage"] {
        for variant in schema["$defs"][messages]["oneOf"].as_array().unwrap() {
            let name = variant["$ref"].as_str().unwrap();
            let name = name.strip_prefix("#/$defs/").unwrap();
            assert_eq!(schema["$defs"][name]["title"], name);
            assert!(titles.insert(name.to_owned()), "{name} is there twice");
        }
    }
    for name in [
        "ClientPeek",
        "ClientIceError",
        "ServerIceError",
        "ServerError",
    ] {
        assert!(titles.contains(name), "{name}");
    }
    let mut has_all = true;
    each_object(&schema, &mut |object| {
        if let Some(path) = object.get("$ref").and_then(Value::as_str) {
            let name = path.strip_prefix("#/$defs/").unwrap();
            has_all &= schema["$defs"][name].is_object();
        }
    });
    assert!(has_all, "a reference leads nowhere");
}

#[test]
fn words_of_newer_versions_pass_the_schema() {
    let schema = schema();
    for words in ["ErrorCode", "LeaveReason", "Role"] {
        let choices = schema["$defs"][words]["anyOf"].as_array().unwrap();
        let any = |choice: &Value| choice["type"] == "string" && choice["enum"].is_null();
        assert!(choices.iter().any(any), "{words}");
    }
}

#[test]
fn every_id_of_the_schema_has_a_pattern_that_the_program_accepts() {
    type Check = fn(&str) -> bool;
    let ids: [(&str, Check); 6] = [
        ("RoomId", |text| RoomId::parse(text).is_ok()),
        ("RoomSecret", |text| RoomSecret::parse(text).is_ok()),
        ("ParticipantId", |text| ParticipantId::parse(text).is_ok()),
        ("CallCode", |text| CallCode::parse(text).is_ok()),
        ("Ticket", |text| Ticket::parse(text).is_ok()),
        ("SessionId", |text| SessionId::parse(text).is_ok()),
    ];
    let schema = schema();
    let mut runner = TestRunner::deterministic();
    for (name, check) in ids {
        let pattern = schema["$defs"][name]["pattern"].as_str().unwrap();
        let inside = pattern
            .strip_prefix('^')
            .and_then(|it| it.strip_suffix('$'));
        let texts = string_regex(inside.unwrap()).unwrap();
        for _ in 0..50 {
            let text = texts.new_tree(&mut runner).unwrap().current();
            assert!(check(&text), "{text} is no {name}");
            assert!(!check(&format!("{text}!")), "{text}! is a {name}");
        }
    }
}

#[test]
fn what_is_optional_may_be_left_out_in_typescript_and_is_never_null() {
    let declarations = declarations();
    // RTCIceServer of a browser takes no null.
    assert!(!declarations.contains("null"));
    for optional in [
        "username?: string",
        "credential?: string",
        "name?: Name",
        "media?: Media",
        "microphone?: boolean",
        "camera?: boolean",
        "screen?: boolean",
        "secret?: RoomSecret",
        "offered?: ParticipantId",
        "candidate?: Candidate",
        "retry_after_ms?: number",
        "missed?: boolean",
        "to?: ParticipantId",
    ] {
        assert!(declarations.contains(optional), "{optional}");
    }
}
