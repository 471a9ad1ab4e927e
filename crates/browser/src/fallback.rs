//! Sessions of the fallback: answers that are read as they come, and POSTs.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use protocol::{REFUSED, SUBPROTOCOL, ServerMessage, SessionId, fallback};
use signalling::{EventStream, Listen, Outcome, Post, Reply, SocketEvent, SocketId, StreamEvent};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::few::Few;
use crate::js::{self, call, call_async, get, number, object, warn};
use crate::json;

/// The way of what happens into the engine.
pub(crate) type Tell = Rc<dyn Fn(SocketId, SocketEvent)>;

/// The answers that are being read, each of which can be broken off.
#[derive(Clone)]
pub(crate) struct Fallbacks {
    tell: Tell,
    answers: Rc<RefCell<Few<SocketId, JsValue>>>,
}

impl Fallbacks {
    pub(crate) fn new(tell: Tell) -> Self {
        Self {
            tell,
            answers: Rc::default(),
        }
    }

    pub(crate) fn close(&self, id: SocketId) {
        let answer = self.answers.borrow_mut().remove(id);
        if let Some(answer) = answer {
            let _ = call(&answer, "abort", []);
        }
    }

    pub(crate) fn listen(&self, id: SocketId, listen: Listen) {
        self.close(id);
        let (controller, signal) = match abort_controller() {
            Ok(both) => both,
            Err(error) => {
                warn("fallback", &error);
                return self.tell(id, SocketEvent::Ended(Outcome::Failed));
            }
        };
        self.answers.borrow_mut().insert(id, controller.clone());
        let this = self.clone();
        spawn_local(async move {
            let outcome = this.read(id, &controller, &signal, &listen).await;
            if this.is_read(id, &controller) {
                let outcome = outcome.unwrap_or(Outcome::Failed);
                this.tell(id, SocketEvent::Ended(outcome));
            }
        });
    }

    /// Whether it is not broken off.
    fn is_read(&self, id: SocketId, controller: &JsValue) -> bool {
        self.answers.borrow().get(id) == Some(controller)
    }

    /// Reads one answer to its end.
    async fn read(
        &self,
        id: SocketId,
        controller: &JsValue,
        signal: &JsValue,
        listen: &Listen,
    ) -> Result<Outcome, JsValue> {
        let headers = headers(listen.session.as_ref(), listen.received);
        if listen.whole {
            js::set(&headers, fallback::WHOLE, "1");
        }
        let request = object([
            ("method", "POST".into()),
            ("headers", headers),
            ("signal", signal.clone()),
            ("cache", "no-store".into()),
            ("redirect", "manual".into()),
        ]);
        let response = fetch(fallback::EVENTS_PATH, &request).await?;
        let outcome = reply(&response).outcome(listen.session.is_none());
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
        let reader = call(&get(&response, "body"), "getReader", [])?;
        let mut stream = EventStream::default();
        loop {
            let piece = call_async(&reader, "read", []).await?;
            if get(&piece, "done").is_truthy() {
                return Ok(Outcome::Done);
            }
            let bytes: Uint8Array = get(&piece, "value").dyn_into()?;
            let Ok(events) = stream.push(&bytes.to_vec()) else {
                return Ok(Outcome::Refused);
            };
            for event in events.iter().filter_map(read_event) {
                if !self.is_read(id, controller) {
                    return Ok(Outcome::Done);
                }
                self.tell(id, event);
            }
        }
    }

    pub(crate) fn post(&self, id: SocketId, post: Post) {
        let this = self.clone();
        spawn_local(async move {
            let through = post.through();
            let outcome = send(&post).await.unwrap_or(Outcome::Failed);
            this.tell(id, SocketEvent::Posted { through, outcome });
        });
    }

    fn tell(&self, id: SocketId, event: SocketEvent) {
        (self.tell)(id, event);
    }
}

async fn send(post: &Post) -> Result<Outcome, JsValue> {
    let headers = headers(Some(&post.session), post.received);
    js::set(&headers, fallback::FIRST, post.first.to_string());
    let mut body = String::new();
    for message in &post.messages {
        body.push_str(&json::write(message).unwrap_or_default());
        body.push('\n');
    }
    let request = object([
        ("method", "POST".into()),
        ("headers", headers),
        ("body", body.into()),
        ("keepalive", post.farewell.into()),
        ("redirect", "manual".into()),
    ]);
    let response = fetch(fallback::SEND_PATH, &request).await?;
    Ok(reply(&response).outcome(false))
}

fn headers(session: Option<&SessionId>, received: u64) -> JsValue {
    let headers = object([
        (fallback::PROTOCOL, SUBPROTOCOL.into()),
        (fallback::RECEIVED, received.to_string().into()),
    ]);
    if let Some(session) = session {
        js::set(&headers, fallback::SESSION, session.as_str());
    }
    headers.into()
}

async fn fetch(path: &str, request: &JsValue) -> Result<JsValue, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    call_async(&window, "fetch", [&path.into(), request]).await
}

fn reply(response: &JsValue) -> Reply {
    let headers = get(response, "headers");
    let header = |name: &str| call(&headers, "get", [&name.into()]).ok()?.as_string();
    Reply {
        status: number(response, "status").unwrap_or_default() as u16,
        is_redirect: get(response, "type") == "opaqueredirect",
        content_type: header("content-type").unwrap_or_default(),
        refused: header(REFUSED),
    }
}

fn abort_controller() -> Result<(JsValue, JsValue), JsValue> {
    let controller: JsValue = web_sys::AbortController::new()?.into();
    let signal = get(&controller, "signal");
    Ok((controller, signal))
}

fn read_event(event: &StreamEvent) -> Option<SocketEvent> {
    match event.kind.as_str() {
        "" => Some(SocketEvent::Numbered {
            number: event.id.parse().ok()?,
            message: read_message(&event.data),
        }),
        fallback::EVENT_SESSION => SessionId::parse(&event.data).ok().map(SocketEvent::Session),
        fallback::EVENT_PING => Some(SocketEvent::Asked),
        fallback::EVENT_CLOSE => Some(SocketEvent::Closed {
            code: event.data.parse().ok(),
        }),
        _ => None,
    }
}

/// A message that cannot be read is one of a newer server: it is counted and left aside.
fn read_message(text: &str) -> ServerMessage {
    json::read_message(text).unwrap_or_else(|| {
        warn("message", &JsValue::UNDEFINED);
        ServerMessage::Unknown
    })
}
