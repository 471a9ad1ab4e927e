//! What the listeners count.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};

/// Counts of connections and handshakes. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meters {
    /// TCP connections taken.
    pub accepted: Counter,
    /// TCP connections turned away, by reason.
    pub turned_away: Family<Away, Counter>,
    /// Connections that speak HTTP now; one that became a WebSocket is none any more.
    pub http: Gauge,
    /// TLS handshakes, by result.
    pub handshakes: Family<Handshake, Counter>,
}

/// Why a connection was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Away {
    /// The reason.
    pub reason: AwayReason,
}

/// Why a connection was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum AwayReason {
    /// There are too many.
    Total,
    /// There are too many from its address.
    Address,
}

/// How a handshake went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Handshake {
    /// The result.
    pub result: HandshakeResult,
}

/// How a handshake went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum HandshakeResult {
    /// TLS is spoken.
    Done,
    /// The peer and we did not agree, or it went away.
    Failed,
    /// It took too long.
    TimedOut,
    /// An authority saw the proof it asked for.
    Challenge,
    /// The peer spoke plain HTTP and was sent to HTTPS.
    PlainHttp,
    /// The peer spoke TURN without TLS.
    PlainTurn,
}
