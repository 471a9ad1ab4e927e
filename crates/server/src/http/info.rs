//! `/info.json`: what the page can't know by itself.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    routing,
};
use serde::Serialize;

use super::caller::Caller;
use crate::site::Site;

/// What the page is told.
#[derive(Debug, Serialize)]
struct Info {
    version: &'static str,
    /// Addresses of this page for other devices, anywhere or on the network, told only to a browser on this
    /// computer, whose own address of it is of no use to them.
    network_urls: Vec<String>,
}

const FRESH: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/info.json", routing::get(info))
        .with_state(site)
}

async fn info(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> ([(HeaderName, HeaderValue); 1], Json<Info>) {
    let info = Info {
        version: env!("CARGO_PKG_VERSION"),
        network_urls: if caller.is_local {
            let mut urls = site.public_urls();
            urls.extend(site.network_urls());
            urls
        } else {
            Vec::new()
        },
    };
    ([FRESH], Json(info))
}
