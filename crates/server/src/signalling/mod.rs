//! The shell around the rooms: WebSockets in, messages out. Where no WebSocket gets through, a
//! [`session`] of the [`fallback`] stands for one.
//!
//! Every connection is one task ([`connection`]) that reads and writes its own socket. What it
//! reads goes through the [`hub`], which owns the rooms: one lock for one input and everything
//! that follows from it, never held across an await. What the rooms want sent is put into the
//! [`outbox`] of the connection it is for, whose task is woken: one hop from socket to socket.

pub mod codec;
mod connection;
mod counters;
mod events;
mod fallback;
mod framing;
mod hub;
mod open;
mod options;
mod outbox;
mod session;
mod upgrade;
mod visitor;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use room::{IceUrls, Snapshot};
use tokio::task::AbortHandle;

pub use counters::Counters;
pub use options::{Limits, Options, RelayControl};

/// The address of the client that made a request, behind whatever proxies are trusted. A request
/// extension, set by the listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The origin (`scheme://host[:port]`, RFC 6454) that a page loaded from where the request went
/// would have. A request extension, set by the listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOrigin(pub String);

/// A response extension which says that the request was refused because it did not come from a page
/// of the expected origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginRefused;

/// Where the client that made a request finds this server's STUN and TURN. A request extension, set
/// by the listener if there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IceServers(pub Arc<IceUrls>);

/// How long [`Signalling::stop`] waits for clients to close.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// Signalling for all rooms of this server.
#[derive(Debug, Clone)]
pub struct Signalling {
    hub: Arc<hub::Hub>,
    sessions: Arc<session::Sessions>,
    timers: AbortHandle,
}

impl Signalling {
    /// Starts without rooms, on the current tokio runtime. `seed` decides all ids and codes that
    /// will be given: it has to come from the system's own generator.
    pub fn start(options: Options, seed: [u8; 32]) -> Self {
        let hub = Arc::new(hub::Hub::new(options, seed));
        let timers = tokio::spawn(hub::run_timers(Arc::clone(&hub))).abort_handle();
        let sessions = Arc::new(session::Sessions::new(Arc::clone(&hub)));
        Self {
            hub,
            sessions,
            timers,
        }
    }

    /// `/ws`, and for the fallback `/events` and `/send`. Requests need the extensions [`ClientAddress`] and [`ExpectedOrigin`], or they are
    /// refused.
    pub fn routes(&self) -> Router {
        let sessions = || Arc::clone(&self.sessions);
        upgrade::routes(sessions()).merge(fallback::routes(sessions()))
    }

    /// Signs tickets with this key from now on. Older tickets are refused, and everyone who is
    /// connected to a room is given a new one.
    pub fn take_ticket_key(&self, key: &[u8; 32]) {
        let key = room::TicketKey::new(key);
        self.hub.handle(room::Input::TicketKey(key));
    }

    /// Tells every client that the server stops, closes their connections, and waits until they
    /// are closed, at most two seconds. Who connects later is told the same.
    pub async fn stop(&self) {
        self.hub.handle(room::Input::Stop);
        // Who does not close in time is cut off by the end of the program.
        let _late = tokio::time::timeout(STOP_LIMIT, self.hub.all_closed()).await;
        self.timers.abort();
    }

    /// What there is now, for an operator.
    pub fn snapshot(&self) -> Snapshot {
        self.hub.snapshot()
    }

    /// What there is and has been, for metrics.
    pub fn counters(&self) -> Counters {
        self.hub.counters(self.sessions.count())
    }
}
