//! Text and binary messages that are not what they should be.

use protocol::{ClientMessage, ErrorCode, ServerMessage};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Server, room_id};

/// How many are sent before their answers are read.
const BATCH: usize = 50;

/// Sends everything over connections that look into a room; every one is answered, and the
/// connection goes on.
pub async fn run(server: &Server) -> usize {
    let refused: Vec<_> = truncated()
        .into_iter()
        .chain(not_json())
        .chain(not_messages())
        .collect();
    let either: Vec<_> = wrong_fields().into_iter().chain(random()).collect();
    let cases = refused.len() + either.len();
    let mut client = server.connect().await;
    client.say(ClientMessage::Peek { room: room_id(201) }).await;
    client.hear().await;
    for batch in refused.chunks(BATCH) {
        send(&mut client, batch).await;
        for message in batch {
            let code = client.hear_error().await;
            let expected = [ErrorCode::BadMessage, ErrorCode::UnknownType];
            assert!(expected.contains(&code), "{code:?} to {message:?}");
        }
        client.hear_nothing().await;
    }
    for batch in either.chunks(BATCH) {
        send(&mut client, batch).await;
        client.say(ClientMessage::Ping { id: 99 }).await;
        let mut answers = 0;
        while client.hear().await != (ServerMessage::Pong { id: 99 }) {
            answers += 1;
        }
        assert!(answers >= batch.len(), "an answer to each");
    }
    cases
}

fn texts(messages: impl Iterator<Item = Message>) -> impl Iterator<Item = String> {
    messages.filter_map(|message| match message {
        Message::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

/// The texts of those that are no messages.
pub fn refused() -> impl Iterator<Item = String> {
    texts(
        truncated()
            .into_iter()
            .chain(not_json())
            .chain(not_messages()),
    )
}

/// The texts of those that may be.
pub fn either() -> impl Iterator<Item = String> {
    texts(wrong_fields().into_iter().chain(random()))
}

async fn send(client: &mut Client, batch: &[Message]) {
    for message in batch {
        client.send(message.clone()).await;
    }
}

/// One of each, as PROTOCOL.md has them. Refused here for their state only.
fn examples() -> Vec<Value> {
    let document = include_str!("../../../../../PROTOCOL.md");
    let (_, part) = document.split_once("\n## What the client says\n").unwrap();
    let (part, _) = part.split_once("\n## ").unwrap();
    let blocks = part.split("```json\n").skip(1);
    blocks
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

/// Every example, ended early at every place.
fn truncated() -> Vec<Message> {
    let mut cases = Vec::new();
    for example in examples() {
        let text = example.to_string();
        let ends = (0..text.len()).filter(|end| text.is_char_boundary(*end));
        cases.extend(ends.map(|end| Message::text(&text[..end])));
    }
    cases
}

fn not_json() -> Vec<Message> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "{}{}",
        "{'type':'ping'}",
        "NaN",
        "\u{FEFF}{}",
        "{,}",
    ]
    .map(str::to_owned)
    .to_vec();
    for depth in [1, 2, 64, 126, 127, 128, 129, 1_000, 30_000] {
        texts.push("[".repeat(depth));
        texts.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        texts.push(r#"{"type":"#.repeat(depth.min(7_000)));
        texts.push(format!(
            r#"{{"type":"ping","id":1,"x":{}"#,
            r#"{"a":"#.repeat(depth.min(9_000))
        ));
    }
    for size in [1_000, 65_535, 65_536] {
        texts.push(" ".repeat(size));
        texts.push("\"".repeat(size));
        texts.push("{".repeat(size));
        texts.push("9".repeat(size));
    }
    let binary = [0, 1, 125, 126, 127, 65_535, 65_536];
    let binary = binary.map(|size| Message::binary(vec![0xC3; size]));
    texts.into_iter().map(Message::text).chain(binary).collect()
}

/// JSON that is no message.
fn not_messages() -> Vec<Message> {
    let types = [
        json!(null),
        json!(1),
        json!(""),
        json!("Ping"),
        json!("ping "),
        json!("pong"),
        json!("joined"),
        json!(["ping"]),
        json!({"type": "ping"}),
        json!("p\u{0}ing"),
        json!("x".repeat(60_000)),
    ];
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!("ping"),
        json!([]),
        json!([{"type": "ping", "id": 1}]),
        json!({}),
        json!({"Type": "ping", "id": 1}),
    ];
    let types = types.map(|it| json!({"type": it, "id": 1}));
    let texts = types.into_iter().chain(others).map(|it| it.to_string());
    let twice = r#"{"type":"ping","type":"leave","id":1}"#.to_owned();
    texts.chain([twice]).map(Message::text).collect()
}

/// Every field of every example, replaced by something else, or left out.
fn wrong_fields() -> Vec<Message> {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e99),
        json!(4_294_967_296_u64),
        json!(""),
        json!("\u{202E}\u{0}"),
        json!("x".repeat(5_000)),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({"candidate": 7}),
        json!("é".repeat(22)),
        json!("AAAAAAAAAAAAAAAAAAAAAA"),
    ];
    let mut cases = Vec::new();
    for example in examples() {
        let fields = example.as_object().unwrap();
        // Left for tests that expect it: these may be taken.
        if matches!(fields["type"].as_str(), Some("join" | "ping" | "find")) {
            continue;
        }
        for field in fields.keys().filter(|field| *field != "type") {
            for value in &odd {
                let mut changed = fields.clone();
                changed.insert(field.clone(), value.clone());
                cases.push(Message::text(Value::Object(changed).to_string()));
            }
            let mut without = fields.clone();
            without.remove(field);
            cases.push(Message::text(Value::Object(without).to_string()));
        }
    }
    cases
}

/// Examples with bytes changed by chance, kept UTF-8.
fn random() -> Vec<Message> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let examples = examples();
    let harmless = |it: &&Value| !matches!(it["type"].as_str(), Some("join" | "find"));
    let examples: Vec<_> = examples.iter().filter(harmless).collect();
    let mut cases = Vec::new();
    while cases.len() < 500 {
        let mut bytes = examples[next(examples.len())].to_string().into_bytes();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            bytes[at] = b"\"{}[]:,\\\0 0-9eaZ\x7f"[next(17)];
        }
        cases.push(Message::text(String::from_utf8_lossy(&bytes).into_owned()));
    }
    cases
}
