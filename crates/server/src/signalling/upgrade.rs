//! From an HTTP request to a WebSocket, for those who may.

use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use protocol::{SUBPROTOCOL, limits};

use super::connection;
use super::counters::UpgradeRefusal;
use super::hub::Hub;
use super::{ClientAddress, ExpectedOrigin};

/// What a connection reads at once. Most messages are smaller; the library's default of 128 KiB
/// would be kept for every idle connection.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered before it is written without being asked to.
const WRITE_BUFFER: usize = 16 * 1024;

pub(super) fn routes(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/ws", routing::any(upgrade))
        .with_state(hub)
}

async fn upgrade(
    State(hub): State<Arc<Hub>>,
    address: Option<Extension<ClientAddress>>,
    expected: Option<Extension<ExpectedOrigin>>,
    headers: HeaderMap,
    request: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let refuse = |refusal, response: Response| {
        hub.count_refusal(refusal);
        response
    };
    let (Some(Extension(ClientAddress(address))), Some(Extension(expected))) = (address, expected)
    else {
        return refuse(UpgradeRefusal::Origin, FORBIDDEN.into_response());
    };
    if !is_from(&headers, &expected) {
        return refuse(UpgradeRefusal::Origin, FORBIDDEN.into_response());
    }
    let request = match request {
        Ok(request) => request.protocols([SUBPROTOCOL]),
        Err(rejection) => return refuse(UpgradeRefusal::Request, rejection.into_response()),
    };
    if request.selected_protocol().is_none() {
        return refuse(UpgradeRefusal::Subprotocol, NO_SUBPROTOCOL.into_response());
    }
    request
        .max_message_size(limits::MESSAGE_BYTES)
        .max_frame_size(limits::MESSAGE_BYTES)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + 2 * limits::MESSAGE_BYTES)
        .on_upgrade(move |socket| connection::run(hub, socket, address))
}

const FORBIDDEN: (StatusCode, &str) = (
    StatusCode::FORBIDDEN,
    "The Origin header must name the address this request was made to.\n",
);
const NO_SUBPROTOCOL: (StatusCode, &str) = (
    StatusCode::BAD_REQUEST,
    "Sec-WebSocket-Protocol must offer crabcall.v1.\n",
);

/// Whether the request says, once and exactly, that it comes from a page of this server. A
/// browser lets any page open a WebSocket to anywhere; this header is how to tell.
fn is_from(headers: &HeaderMap, expected: &ExpectedOrigin) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins
        .next()
        .is_some_and(|origin| origin.as_bytes() == expected.0.as_bytes())
        && origins.next().is_none()
}
