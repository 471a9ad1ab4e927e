//! What the owner of the relay decides.

use std::fmt;
use std::net::IpAddr;
use std::time::Instant;

use ipnet::IpNet;

/// Limits and addresses. The defaults suit a server on the open Internet.
#[derive(Debug, Clone)]
pub struct Config {
    /// Names the server in the long-term credential mechanism (RFC 8489, section 9.2). With
    /// four characters a 401 is as large as two of a browser's first requests, which pay for it.
    pub realm: String,
    /// Whether there are relayed addresses of IPv4.
    pub ipv4: bool,
    /// Whether there are relayed addresses of IPv6.
    pub ipv6: bool,
    /// The addresses and networks of this host.
    pub here: Here,
    /// Peers that are allowed although they are in a special range, or on a network of this host.
    /// Never overrides the host's own addresses.
    pub allow: Vec<IpNet>,
    /// How many participants there may be at one time ([`crate::Input::Grant`]).
    pub max_participants: usize,
    /// How many of them may be at one client address (an IPv4 address, or an IPv6 network of /64).
    pub max_participants_per_address: usize,
    /// How many allocations there may be.
    pub max_allocations: usize,
    /// How many allocations one participant may have. A browser makes one for each connection,
    /// network interface and way to the server, and again when ICE restarts.
    pub max_allocations_per_participant: usize,
    /// How many allocations one client address may have. Many people can share one address. When more
    /// than half of all allocations are taken, the limit is lower; see [`Self::share`].
    pub max_allocations_per_address: usize,
    /// Bytes of payload per second that an allocation relays, each way; `None` for no limit.
    pub max_bytes_per_second: Option<u32>,
    /// Bytes of payload per second, each way, for all clients at one address together, and for all
    /// peers at one address together; `None` for no limit.
    pub max_bytes_per_second_per_address: Option<u32>,
    /// Bytes of payload per second, each way, for all allocations together; `None` for no limit.
    pub max_bytes_per_second_in_all: Option<u32>,
}

/// When more than half of all allocations are taken, one client address may have this part of those
/// that are free.
const SHARE_OF_FREE: usize = 50;
/// How many allocations one client address may always have, however few are free. It is enough for a
/// call of two people behind one address, each with a connection and a spare one over UDP, TCP and
/// TLS.
const ONE_CALL: usize = 16;

impl Config {
    /// How many allocations one client address may have while `taken` are taken in all. The fewer are
    /// free, the fewer each address may have, so that a few addresses cannot take them all.
    pub fn share(&self, taken: usize) -> usize {
        let most = self.max_allocations_per_address;
        if taken <= self.max_allocations / 2 {
            return most;
        }
        let free = self.max_allocations.saturating_sub(taken);
        most.min(ONE_CALL.max(free / SHARE_OF_FREE))
    }
}

/// The addresses and networks of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// The addresses of this host: those it has bound and those that others know it by. They are
    /// never a peer, unless a live allocation is there. The addresses of relayed sockets are added to
    /// them.
    pub addresses: Vec<IpAddr>,
    /// The networks that this host's interfaces are on. Hosts on one network trust each other: a
    /// router opens a port for any of them, for example. So they are no peers unless the operator
    /// allows them. An IPv6 network counts as a /64 at least, the smallest one that hosts share
    /// (RFC 4291, section 2.5.1).
    pub networks: Vec<IpNet>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            realm: "crab".to_owned(),
            ipv4: true,
            ipv6: true,
            here: Here::default(),
            allow: Vec::new(),
            max_participants: 40_000,
            max_participants_per_address: 200,
            max_allocations: 10_000,
            max_allocations_per_participant: 100,
            max_allocations_per_address: 500,
            max_bytes_per_second: Some(2_000_000),
            max_bytes_per_second_per_address: Some(50_000_000),
            max_bytes_per_second_in_all: Some(125_000_000),
        }
    }
}

/// What the core cannot make itself.
#[derive(Clone)]
pub struct Keys {
    /// Signs the credentials of participants. They outlive a restart only if it does.
    pub credentials: [u8; 32],
    /// Random; signs nonces and keys the tables.
    pub seed: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Ties the monotonic clock to the wall clock: one moment, told by both. Credentials are dated by
/// the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The moment on the monotonic clock.
    pub instant: Instant,
    /// The same moment, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
}

impl Anchor {
    /// Seconds since 1970-01-01 UTC at `now`.
    pub(crate) fn unix_seconds(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.instant).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.unix_ms.saturating_add(since) / 1_000
    }
}
