//! Signalling where no WebSocket gets through: the same messages by HTTP requests.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::fallback::{
    EVENT_SESSION, EVENTS_PATH, FIRST, PROTOCOL, RECEIVED, SEND_PATH, SESSION, WHOLE,
};
use protocol::{ClientMessage, SUBPROTOCOL, ServerMessage};
use tokio::task::JoinSet;

use super::way::{self, Stream};
use super::{Target, page::words, trust::Onlooker};
use crate::host::Scheme;

/// Far more than an answer holds.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// So many answers may say nothing of what is waited for.
const ANSWERS: usize = 16;

/// A session, each request of which has a connection of its own.
pub(super) struct Session {
    target: Target,
    server: SocketAddr,
    onlooker: Arc<Onlooker>,
    id: String,
    received: u64,
    said: u64,
}

impl Session {
    /// Opens one with the server that is there.
    pub(super) async fn open(
        target: &Target,
        server: SocketAddr,
        onlooker: &Arc<Onlooker>,
    ) -> Result<Self, String> {
        let mut session = Self {
            target: target.clone(),
            server,
            onlooker: Arc::clone(onlooker),
            id: String::new(),
            received: 0,
            said: 0,
        };
        let answer = session.listen().await?;
        let id = events(&answer).find(|event| event.kind == EVENT_SESSION);
        id.ok_or("no session came back")?
            .data
            .clone_into(&mut session.id);
        Ok(session)
    }

    /// Says something.
    pub(super) async fn say(&mut self, message: &ClientMessage) -> Result<(), String> {
        let text = serde_json::to_string(message).map_err(words)?;
        let first = self.said + 1;
        let request = self.request(SEND_PATH).header(FIRST, first);
        self.ask(request.body(Body::from(text)).map_err(words)?)
            .await?;
        self.said = first;
        Ok(())
    }

    /// The next message that this makes something of.
    pub(super) async fn hear<T>(
        &mut self,
        what: impl Fn(ServerMessage) -> Option<T>,
    ) -> Result<T, String> {
        for _ in 0..ANSWERS {
            let answer = self.listen().await?;
            for event in events(&answer).filter(|event| event.kind.is_empty()) {
                self.received += 1;
                match serde_json::from_str(event.data).map_err(words)? {
                    ServerMessage::Error(error) => {
                        return Err(format!("refused: {}", error.message));
                    }
                    message => {
                        if let Some(found) = what(message) {
                            return Ok(found);
                        }
                    }
                }
            }
        }
        Err("the server says everything but what it was asked for".to_owned())
    }

    async fn listen(&self) -> Result<String, String> {
        let request = self.request(EVENTS_PATH).header(WHOLE, "1");
        self.ask(request.body(Body::empty()).map_err(words)?).await
    }

    fn request(&self, path: &str) -> axum::http::request::Builder {
        let authority = self.target.authority();
        let origin = format!("{}://{authority}", self.target.scheme.as_str());
        let request = Request::post(path)
            .header(header::HOST, authority)
            .header(header::ORIGIN, origin)
            .header(PROTOCOL, SUBPROTOCOL)
            .header(RECEIVED, self.received);
        if self.id.is_empty() {
            request
        } else {
            request.header(SESSION, &self.id)
        }
    }

    async fn ask(&self, request: Request<Body>) -> Result<String, String> {
        let stream = way::connect(&[self.server]).await?;
        let stream: Box<dyn Stream> = match self.target.scheme {
            Scheme::Http => Box::new(stream),
            Scheme::Https => {
                let host = self.target.bare_host();
                way::encrypted(stream, &host, &self.onlooker, b"http/1.1").await?
            }
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(words)?;
        // Ends with this function.
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        let response = sender.send_request(request).await.map_err(words)?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("HTTP {}", status.as_u16()));
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
        let body = body.collect().await.map_err(words)?;
        String::from_utf8(body.to_bytes().into()).map_err(words)
    }
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
