//! docs/ holds the protocol as JSON Schema and as TypeScript, made from the types.
//!
//! After a change of the types: `CRABCALL_BLESS=1 cargo test -p protocol --test generated`.

#![cfg(test)]

use std::path::PathBuf;

use protocol::{
    CallCode, Candidate, ClientMessage, DeviceToken, Error, ErrorCode, IceServer, KeptOut,
    LeaveReason, Media, Name, Participant, ParticipantId, Role, RoomId, RoomSecret, Sdp,
    ServerMessage, SessionId, Ticket,
};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use ts_rs::TS;

fn schema() -> String {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let messages = [
        generator.subschema_for::<ClientMessage>(),
        generator.subschema_for::<ServerMessage>(),
    ];
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crabcall.v1",
        "description": "What a Crabcall client and server say to each other. See PROTOCOL.md.",
        "anyOf": messages,
        "$defs": Value::Object(generator.take_definitions(true)),
    });
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())
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
        text.push_str("\nexport ");
        text.push_str(declaration.trim());
        text.push('\n');
    }
    text
}

fn compare(name: &str, expected: &str) {
    // Links that only rustdoc can follow, and spaces at the end of lines.
    let expected = expected
        .replace("[`crate::", "`")
        .replace("`]", "`")
        .replace(" \n", "\n");
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
    compare("crabcall.v1.schema.json", &schema());
}

#[test]
fn the_typescript_types_are_those_of_the_types() {
    compare("crabcall.v1.d.ts", &declarations());
}
