//! HTTP on a connection that speaks it, within bounds of time and size.

use std::{pin::pin, time::Duration};

use axum::Router;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{sleep, timeout},
};
use tower_service::Service as _;

use super::Doors;
use crate::http::caller::Connection;

/// How long the whole head of a request may take, and how long a connection may wait for its next
/// request.
pub(super) const HEAD_LIMIT: Duration = Duration::from_secs(8);
/// How much memory the head of a request may take.
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_LINES: usize = 64;
/// After this time a connection is asked to end, and [`LAST_WORDS`] later it is cut, so that nobody
/// keeps one by reading an answer byte by byte.
const LIFETIME: Duration = Duration::from_secs(300);
const LAST_WORDS: Duration = Duration::from_secs(30);

/// HTTP with the limits that hold for every connection.
pub(super) fn builder() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_LINES);
    http
}

/// Speaks HTTP until the peer ends the connection, it becomes a WebSocket, or the server stops.
pub(super) async fn serve(
    mut doors: Doors,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    connection: Connection,
) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(connection);
        router.clone().call(request)
    });
    doors.meters.http.inc();
    let connection = doors
        .http
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = doors.stopped() => None,
        () = sleep(LIFETIME) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(LAST_WORDS, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
    doors.meters.http.dec();
}
