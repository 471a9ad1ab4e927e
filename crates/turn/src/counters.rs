//! What happened so far, in numbers.

/// Packets and the bytes of their payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes of payload.
    pub bytes: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }
}

/// Counts since the start. They only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Binding requests that were answered.
    pub bindings: u64,
    /// Allocations that were made.
    pub allocations: u64,
    /// From clients through their sockets to peers.
    pub to_peers: Traffic,
    /// From peers to clients through the allocations' sockets.
    pub to_clients: Traffic,
    /// From clients of this server to clients of this server.
    pub handed_over: Traffic,
    /// Requests that were refused for their credentials: 401 and 438.
    pub unauthorized: u64,
    /// Requests that were refused because there are too many allocations: 486 and 508.
    pub over_quota: u64,
    /// Participants that were not taken in because there are too many.
    pub not_granted: u64,
    /// Peers that were refused because they are in a special range.
    pub denied_special: u64,
    /// Peers that were refused because they are this host.
    pub denied_own: u64,
    /// Peers that were refused because they are on a network of this host.
    pub denied_near: u64,
    /// Peers that were refused because their port is below 1024, where services are.
    pub denied_port: u64,
    /// Other requests that were refused.
    pub refused: u64,
    /// Replies that were not given because a forged sender would get more than it sent.
    pub unanswered: u64,
    /// Data that was dropped because no channel or permission was there for it.
    pub not_permitted: u64,
    /// Data that was dropped because a rate was used up: that of its allocation, of an address, or of
    /// all allocations together.
    pub too_fast: u64,
    /// Data that was dropped because its peer has not said anything yet and has been sent enough.
    pub unheard: u64,
    /// Packets that nobody understood.
    pub malformed: u64,
}
