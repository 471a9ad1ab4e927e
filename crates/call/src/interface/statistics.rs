//! What the browser measures of a connection.

/// What `getStats` told, reduced to what the engine needs. Counters run from the connection's
/// beginning.
#[derive(Debug, Clone, Default)]
pub struct StatsReport {
    pub bytes_sent: u64,
    pub bytes_received: u64,
    pub packets_received: u64,
    pub packets_lost: i64,
    /// Of the cameras.
    pub frames_decoded: u64,
    pub frames_sent: u64,
    pub frame_width: u32,
    pub frame_height: u32,
    /// Of the other side's screen.
    pub screen_width: u32,
    pub screen_height: u32,
    /// Samples concealed and received in all, of the remote audio.
    pub concealed_samples: u64,
    pub total_samples: u64,
    pub round_trip_ms: Option<f64>,
    pub jitter_ms: Option<f64>,
    /// What the other side reports of our packets: fraction lost, 0 to 1.
    pub remote_fraction_lost: Option<f64>,
    pub available_outgoing_bps: Option<f64>,
    pub selected_pair: Option<CandidatePair>,
    pub codecs: Vec<Codec>,
}

/// The pair that media flows over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidatePair {
    pub local: CandidateSummary,
    pub remote: CandidateSummary,
}

/// A candidate as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateSummary {
    pub kind: CandidateKind,
    /// `udp` or `tcp`.
    pub protocol: String,
    /// Address and port as the browser tells them (may be an mDNS name). "Copy as text" leaves
    /// it out unless asked for.
    pub address: String,
    /// For a relayed one: how the relay is reached (`udp`, `tcp`, `tls`).
    pub relay_protocol: Option<String>,
}

/// Where a candidate comes from (RFC 8445, section 5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateKind {
    Host,
    ServerReflexive,
    PeerReflexive,
    Relayed,
}

/// A codec in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// `video/VP8` and so on.
    pub mime: String,
    pub sending: bool,
}
