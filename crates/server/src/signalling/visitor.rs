//! Who may use signalling: clients of a page that this server serves.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use room::IceUrls;

use super::counters::UpgradeRefusal;
use super::{ClientAddress, ExpectedOrigin, IceServers};

/// A client that may speak here.
pub(super) struct Visitor {
    pub(super) address: IpAddr,
    /// Where it finds this server's STUN and TURN.
    pub(super) ice: Option<Arc<IceUrls>>,
}

/// Sees whether a request comes from a page of this server.
pub(super) fn admit(request: &Request) -> Result<Visitor, UpgradeRefusal> {
    let extensions = request.extensions();
    let ClientAddress(address) = *extensions.get().ok_or(UpgradeRefusal::Origin)?;
    let ice = extensions.get().map(|IceServers(urls)| Arc::clone(urls));
    let expected = extensions.get().ok_or(UpgradeRefusal::Origin)?;
    if is_from(request.headers(), expected) {
        Ok(Visitor { address, ice })
    } else {
        Err(UpgradeRefusal::Origin)
    }
}

/// Whether the request says, once and exactly, that it comes from a page of this server. A
/// browser lets any page open a WebSocket to anywhere; this header is how to tell.
fn is_from(headers: &HeaderMap, expected: &ExpectedOrigin) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins
        .next()
        .is_some_and(|origin| origin.as_bytes() == expected.0.as_bytes())
        && origins.next().is_none()
}
