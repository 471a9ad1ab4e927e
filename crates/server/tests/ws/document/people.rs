//! Ada and Grace, who call each other as in PROTOCOL.md.

use crabcall::signalling::{Options, RelayControl};
use room::IceUrls;
use serde_json::{Value, json};

use super::examples::{Examples, Part, Values};
use crate::support::{Client, Server, options, serve_with};

pub const ADA: &str = "Vb7Yq2pLs0Xn";
pub const GRACE: &str = "5l9RzWb0Qa3x";

/// A server whose STUN and TURN are found where the document says.
pub async fn documented(change: impl FnOnce(&mut Options)) -> Server {
    let mut options = options();
    options.relay = Some(RelayControl {
        key: [3; 32],
        grant: std::sync::Arc::new(|_, _| {}),
        revoke: std::sync::Arc::new(|_| {}),
        expect: std::sync::Arc::new(|_| {}),
    });
    change(&mut options);
    let ice = IceUrls {
        stun: vec!["stun:call.example:3478".to_owned()],
        turn: [
            "turn:call.example:3478?transport=udp",
            "turns:call.example:8443?transport=tcp",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    serve_with(options, ice).await
}

/// The examples of the document, and the values of this run that stand for those in the examples.
pub struct Script {
    pub examples: Examples,
    pub values: Values,
}

impl Script {
    pub fn new() -> Self {
        Self {
            examples: Examples::read(),
            values: Values::default(),
        }
    }

    /// Another call begins, with other people.
    pub fn begins_anew(&mut self) {
        self.values = Values::default();
    }

    /// An example of what a client says, with values of this run and these fields changed.
    pub fn text(&mut self, kind: &str, at: usize, changes: &[(&str, Value)]) -> String {
        let mut example = self.examples.take(Part::Client, kind, at);
        for (name, value) in changes {
            example[name] = value.clone();
        }
        self.values.real(&example.to_string())
    }

    pub async fn say(&mut self, client: &mut Client, kind: &str, at: usize) {
        client.say_text(&self.text(kind, at, &[])).await;
    }

    pub async fn say_changed(
        &mut self,
        client: &mut Client,
        kind: &str,
        at: usize,
        changes: &[(&str, Value)],
    ) {
        client.say_text(&self.text(kind, at, changes)).await;
    }

    /// Hears what this example shows, and nothing else before it.
    pub async fn hear(&mut self, client: &mut Client, kind: &str, at: usize) -> Value {
        self.hear_from(Part::Server, client, kind, at).await
    }

    /// Hears the error of this code.
    pub async fn hear_error(&mut self, client: &mut Client, code: &str) {
        self.hear_from(Part::Errors, client, code, 0).await;
    }

    async fn hear_from(&mut self, part: Part, client: &mut Client, kind: &str, at: usize) -> Value {
        let example = self.examples.take(part, kind, at);
        let kind = example["type"].as_str().unwrap();
        let heard = self.hear_any(client, kind).await;
        self.values.compare(&example, &heard);
        heard
    }

    /// Hears a message of this kind, whatever is in it. New tickets may come before any other.
    pub async fn hear_any(&mut self, client: &mut Client, kind: &str) -> Value {
        loop {
            let text = client.hear_text().await;
            let heard: Value = serde_json::from_str(&text).unwrap();
            if heard["type"] == kind {
                return heard;
            }
            assert_eq!(
                heard["type"], "ticket",
                "{kind} was expected, and not {text}"
            );
        }
    }

    /// Ada starts the call.
    pub async fn ada(&mut self, server: &Server) -> Client {
        let mut ada = server.connect().await;
        self.say_changed(&mut ada, "join", 0, &[("received", json!(0))])
            .await;
        let joined = self.hear_any(&mut ada, "joined").await;
        self.values
            .set(ADA, joined["participant"].as_str().unwrap());
        ada
    }

    /// Grace joins the call, too, and Ada hears of her.
    pub async fn grace(&mut self, server: &Server, ada: &mut Client) -> Client {
        let mut grace = server.connect().await;
        self.say_changed(&mut grace, "join", 1, &[("received", json!(0))])
            .await;
        let joined = self.hear_any(&mut grace, "joined").await;
        self.values
            .set(GRACE, joined["participant"].as_str().unwrap());
        self.hear(ada, "participant_joined", 0).await;
        grace
    }
}
