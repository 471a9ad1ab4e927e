//! From an HTTP request to a WebSocket, for those who may.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::OriginRefused;
use super::connection;
use super::counters::UpgradeRefusal;
use super::session::Sessions;
use super::visitor::admit;

pub(super) fn routes(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route("/ws", routing::any(upgrade))
        .with_state(sessions)
}

async fn upgrade(State(sessions): State<Arc<Sessions>>, mut request: Request) -> Response {
    match accept(&sessions, &mut request) {
        Ok(response) => response,
        Err(refusal) => {
            sessions.hub().count_refusal(refusal);
            refused(refusal)
        }
    }
}

pub(super) fn refused(refusal: UpgradeRefusal) -> Response {
    match refusal {
        UpgradeRefusal::Origin => (
            StatusCode::FORBIDDEN,
            Extension(OriginRefused),
            "The Origin header must name the address this request was made to.\n",
        )
            .into_response(),
        UpgradeRefusal::Subprotocol => (
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Protocol must offer crabcall.v1.\n",
        )
            .into_response(),
        UpgradeRefusal::Request => (
            StatusCode::UPGRADE_REQUIRED,
            [
                (header::UPGRADE, "websocket"),
                (header::SEC_WEBSOCKET_VERSION, "13"),
            ],
            "This address speaks WebSocket, version 13 (RFC 6455).\n",
        )
            .into_response(),
    }
}

fn accept(sessions: &Arc<Sessions>, request: &mut Request) -> Result<Response, UpgradeRefusal> {
    let visitor = admit(request)?;
    // Version, method, headers, and the answer to the key.
    let response = create_response_with_body(request, Body::empty);
    let mut response = response.map_err(|_| UpgradeRefusal::Request)?;
    let upgraded = request.extensions_mut().remove::<OnUpgrade>();
    let upgraded = upgraded.ok_or(UpgradeRefusal::Request)?;
    if !has_key(request.headers()) {
        return Err(UpgradeRefusal::Request);
    }
    if !offers_subprotocol(request.headers()) {
        return Err(UpgradeRefusal::Subprotocol);
    }
    response.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let sessions = Arc::clone(sessions);
    tokio::spawn(async move {
        // A client that went away before it had its answer was never here.
        if let Ok(stream) = upgraded.await {
            connection::run(sessions, TokioIo::new(stream), visitor).await;
        }
    });
    Ok(response)
}

/// Whether there is one key, of 16 bytes in base64 (RFC 6455, section 4.2.1).
fn has_key(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    keys.next().is_some_and(|key| {
        let key = key.as_bytes();
        key.len() == 24 && key.ends_with(b"==")
    }) && keys.next().is_none()
}

fn offers_subprotocol(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|offers| offers.to_str().ok())
        .flat_map(|offers| offers.split(','))
        .any(|offer| offer.trim() == SUBPROTOCOL)
}
