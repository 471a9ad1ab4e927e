//! Signalling where no WebSocket gets through: the same messages by HTTP requests.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, header, request};
use http_body_util::BodyExt as _;
use protocol::fallback::{
    EVENT_SESSION, EVENTS_PATH, FIRST, PROTOCOL, RECEIVED, SEND_PATH, SESSION, WHOLE,
};
use protocol::{ClientMessage, SUBPROTOCOL, ServerMessage};
use tokio::time::timeout;

use super::cause::Cause;
use super::door::Door;
use super::report::Trouble;
use super::words;

/// So many answers may say nothing of what is waited for.
const ANSWERS: usize = 16;
/// The server says something at once. If nothing has come by then, something keeps answers back.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A session, each request of which has a connection of its own.
pub(super) struct Session {
    door: Door,
    id: String,
    received: u64,
    said: u64,
}

impl Session {
    /// Opens one with the server that is there.
    pub(super) async fn open(door: &Door) -> Result<Self, Trouble> {
        let mut session = Self {
            door: door.clone(),
            id: String::new(),
            received: 0,
            said: 0,
        };
        let answer = session.listen().await?;
        let id = events(&answer).find(|event| event.kind == EVENT_SESSION);
        id.ok_or_else(|| failed("no session came back"))?
            .data
            .clone_into(&mut session.id);
        Ok(session)
    }

    /// Says something.
    pub(super) async fn say(&mut self, message: &ClientMessage) -> Result<(), Trouble> {
        let text = serde_json::to_string(message).map_err(failed)?;
        let first = self.said + 1;
        let request = self.request(SEND_PATH).header(FIRST, first);
        self.ask(SEND_PATH, request.body(Body::from(text)).map_err(failed)?)
            .await?;
        self.said = first;
        Ok(())
    }

    /// The next message that this makes something of.
    pub(super) async fn hear<T>(
        &mut self,
        what: impl Fn(ServerMessage) -> Option<T>,
    ) -> Result<T, Trouble> {
        for _ in 0..ANSWERS {
            let answer = self.listen().await?;
            for event in events(&answer).filter(|event| event.kind.is_empty()) {
                self.received += 1;
                match serde_json::from_str(event.data).map_err(failed)? {
                    ServerMessage::Error(error) => {
                        return Err(failed(format!("refused: {}", error.message)));
                    }
                    message => {
                        if let Some(found) = what(message) {
                            return Ok(found);
                        }
                    }
                }
            }
        }
        Err(failed(
            "the server says everything but what it was asked for",
        ))
    }

    /// Whether what the server says comes at once, and not only when its answer has ended.
    pub(super) async fn is_prompt(&self) -> bool {
        let Ok(request) = self.request(EVENTS_PATH).body(Body::empty()) else {
            return false;
        };
        let first = async {
            let coming = self.door.begin(request).await.ok()?;
            let mut body = coming.response.into_body();
            body.frame().await?.ok()
        };
        timeout(AT_ONCE, first).await.is_ok_and(|it| it.is_some())
    }

    async fn listen(&self) -> Result<String, Trouble> {
        let request = self.request(EVENTS_PATH).header(WHOLE, "1");
        self.ask(EVENTS_PATH, request.body(Body::empty()).map_err(failed)?)
            .await
    }

    fn request(&self, path: &str) -> request::Builder {
        let request = self
            .door
            .request(Method::POST, path)
            .header(header::ORIGIN, self.door.page())
            .header(PROTOCOL, SUBPROTOCOL)
            .header(RECEIVED, self.received);
        if self.id.is_empty() {
            request
        } else {
            request.header(SESSION, &self.id)
        }
    }

    async fn ask(&self, path: &str, request: Request<Body>) -> Result<String, Trouble> {
        let answer = self.door.ask(request).await.map_err(failed)?;
        if answer.status.is_success() && !answer.is_html() {
            return Ok(answer.body);
        }
        Err(answer.trouble(path, &self.door.page()))
    }
}

/// A trouble of which nothing but these words is known.
fn failed(problem: impl std::fmt::Display) -> Trouble {
    Trouble::new(
        Cause::NoSignalling,
        words(problem),
        "see whether a proxy in front passes POST requests to /events and /send on",
    )
}

/// One event of an answer.
struct Event<'a> {
    kind: &'a str,
    data: &'a str,
}

/// The events of an answer (HTML, section 9.2.6), as our server writes them.
fn events(answer: &str) -> impl Iterator<Item = Event<'_>> {
    let blocks = answer.split("\n\n").filter(|block| !block.is_empty());
    blocks.map(|block| {
        let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
        Event {
            kind: field("event: ").unwrap_or_default(),
            data: field("data: ").unwrap_or_default(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_an_answer_are_read() {
        let answer =
            "event: session\ndata: abc\n\nid: 1\ndata: {\"a\":1}\n\nevent: ping\ndata: \n\n";
        let read: Vec<_> = events(answer).map(|it| (it.kind, it.data)).collect();
        assert_eq!(read, [("session", "abc"), ("", "{\"a\":1}"), ("ping", "")]);
        assert_eq!(events("").count(), 0);
    }
}
