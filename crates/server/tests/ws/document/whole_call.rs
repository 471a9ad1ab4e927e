//! "A call from begin to end" happens as it is written.

use serde_json::{Value, json};

use super::examples::section;
use super::people::{ADA, GRACE, Script, documented};
use crate::support::Client;

/// Which example of this kind fits into the call, and the fields that are different there.
fn example(who: &str, kind: &str) -> (usize, Vec<(&'static str, Value)>) {
    match (who, kind) {
        ("A", "join") => (0, vec![("received", json!(0))]),
        ("G", "join") => (2, vec![]),
        ("A", "candidate") => (0, vec![("to", json!(GRACE))]),
        _ => (0, vec![]),
    }
}

#[tokio::test]
async fn the_call_of_the_document_happens_so() {
    let server = documented(|_| {}).await;
    let mut script = Script::new();
    let (mut ada, mut grace) = (server.connect().await, server.connect().await);
    let mut steps = 0;
    for line in section("A call from begin to end").lines() {
        let Some(line) = line.strip_prefix("    ") else {
            continue;
        };
        let mut words = line.split_whitespace();
        let (Some(who), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        let client: &mut Client = match who.get(..1) {
            Some("A") => &mut ada,
            Some("G") => &mut grace,
            _ => continue,
        };
        steps += 1;
        match who.get(1..) {
            Some(">") => {
                let (at, changes) = example(&who[..1], kind);
                script.say_changed(client, kind, at, &changes).await;
            }
            Some("<") => {
                let heard = script.hear_any(client, kind).await;
                if kind == "joined" {
                    let shown = if who == "A<" { ADA } else { GRACE };
                    let real = heard["participant"].as_str().unwrap();
                    script.values.set(shown, real);
                }
                if kind == "code" {
                    script
                        .values
                        .set("48151623", heard["code"].as_str().unwrap());
                }
            }
            _ => panic!("{line}"),
        }
    }
    assert!(steps > 15, "{steps}");
    ada.hear_nothing_or_news().await;
    grace.hear_nothing().await;
}
