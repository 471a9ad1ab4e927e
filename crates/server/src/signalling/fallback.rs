//! Requests of the fallback: one that is answered with what the server says, as it comes, and one
//! that brings what the client says.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use futures_util::StreamExt;
use protocol::fallback::{
    EVENTS_PATH, FIRST, POST_BYTES, POST_MESSAGES, PROTOCOL, RECEIVED, SEND_PATH, SESSION, WHOLE,
};
use protocol::{CloseCode, SUBPROTOCOL, SessionId, limits};

use super::counters::UpgradeRefusal;
use super::events::Events;
use super::hub::Hub;
use super::session::{Session, Sessions};
use super::upgrade::refused;
use super::visitor::{Visitor, admit};

/// How long a POST may take to come.
const BODY_LIMIT: Duration = Duration::from_secs(10);

pub(super) fn routes(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route(EVENTS_PATH, routing::post(events))
        .route(SEND_PATH, routing::post(send))
        .with_state(sessions)
}

/// Why a request is answered with nothing else.
enum Refusal {
    Request(UpgradeRefusal),
    Status(StatusCode),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

fn answer(hub: &Hub, result: Result<Response, Refusal>) -> Response {
    let mut response = match result {
        Ok(response) => response,
        Err(Refusal::Status(status)) => status.into_response(),
        Err(Refusal::Request(refusal)) => {
            hub.count_refusal(refusal);
            refused(refusal)
        }
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    );
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn events(State(sessions): State<Arc<Sessions>>, request: Request) -> Response {
    let whole = request.headers().contains_key(WHOLE);
    let body = match begin(&sessions, &request, whole) {
        Ok(mut events) if whole => {
            let piece = events.next().await.transpose();
            Ok(Body::from(piece.unwrap_or_default().unwrap_or_default()))
        }
        Ok(events) => Ok(Body::from_stream(events)),
        Err(refusal) => Err(refusal),
    };
    let content_type = [(header::CONTENT_TYPE, "text/event-stream")];
    answer(
        sessions.hub(),
        body.map(|body| (content_type, body).into_response()),
    )
}

fn begin(sessions: &Arc<Sessions>, request: &Request, whole: bool) -> Result<Events, Refusal> {
    let visitor = admitted(request)?;
    let headers = request.headers();
    let received = number(headers, RECEIVED)?;
    let is_new = !headers.contains_key(SESSION);
    if is_new && received > 0 {
        // In a session that does not exist yet, nothing can have been received.
        return Err(StatusCode::NOT_FOUND.into());
    }
    let session = if !is_new {
        known(sessions, headers)?
    } else {
        let mut random = [0; 24];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        sessions
            .open(visitor, random)
            .ok_or(StatusCode::SERVICE_UNAVAILABLE)?
    };
    let events = Events::begin(
        session,
        is_new,
        received,
        whole,
        sessions.hub().limits.ping_interval,
    );
    events.map_err(|_| StatusCode::NOT_FOUND.into())
}

async fn send(State(sessions): State<Arc<Sessions>>, request: Request) -> Response {
    let result = take(&sessions, request).await;
    answer(sessions.hub(), result)
}

async fn take(sessions: &Sessions, request: Request) -> Result<Response, Refusal> {
    let hub = sessions.hub();
    admitted(&request)?;
    let (parts, body) = request.into_parts();
    let session = known(sessions, &parts.headers)?;
    let received = number(&parts.headers, RECEIVED)?;
    let first = number(&parts.headers, FIRST)?;
    if first == 0 {
        return Err(StatusCode::BAD_REQUEST.into());
    }
    let body = tokio::time::timeout(BODY_LIMIT, to_bytes(body, POST_BYTES))
        .await
        .map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let close = |code, status: StatusCode| {
        session.close(hub, code);
        Refusal::from(status)
    };
    // Too long, or it broke off: then the client does not hear of it anyway.
    let body = body.map_err(|_| close(CloseCode::TooLarge, StatusCode::PAYLOAD_TOO_LARGE))?;
    let text = std::str::from_utf8(&body)
        .map_err(|_| close(CloseCode::InvalidText, StatusCode::BAD_REQUEST))?;
    let texts = messages(text);
    if texts.len() > POST_MESSAGES || texts.iter().any(|it| it.len() > limits::MESSAGE_BYTES) {
        return Err(close(CloseCode::TooLarge, StatusCode::PAYLOAD_TOO_LARGE));
    }
    session
        .take(hub, received, first, &texts)
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// One on each line.
fn messages(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n').take(POST_MESSAGES + 1).collect()
}

/// A client that comes from a page of this server and speaks the protocol.
fn admitted(request: &Request) -> Result<Visitor, Refusal> {
    let visitor = admit(request).map_err(Refusal::Request)?;
    let protocol = request.headers().get(PROTOCOL);
    if protocol.is_some_and(|it| it == SUBPROTOCOL) {
        Ok(visitor)
    } else {
        Err(Refusal::Request(UpgradeRefusal::Subprotocol))
    }
}

fn known(sessions: &Sessions, headers: &HeaderMap) -> Result<Arc<Session>, Refusal> {
    let id = headers.get(SESSION).and_then(|it| it.to_str().ok());
    let id = id.and_then(|it| SessionId::parse(it).ok());
    let session = id.and_then(|id| sessions.get(&id));
    session.ok_or_else(|| StatusCode::NOT_FOUND.into())
}

fn number(headers: &HeaderMap, name: &str) -> Result<u64, Refusal> {
    let value = headers.get(name).and_then(|it| it.to_str().ok());
    let number = value.and_then(|it| it.parse().ok());
    number.ok_or_else(|| StatusCode::BAD_REQUEST.into())
}
