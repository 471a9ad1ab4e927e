//! Candidates: what a connection gathers, and what it is told of the other side.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use protocol::{Candidate, IceServer};

/// How many host candidates are gathered for each generation.
const HOSTS: u32 = 2;

/// Who gathered a candidate: the connection and its generation of ICE credentials.
pub(crate) type From = (u64, u32);

/// The candidates of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    pub(super) servers: Vec<IceServer>,
    /// The address of the device, as far as it knows.
    pub(super) address: u8,
    pub(super) hides: bool,
    /// The network asks for a relayed address before gathering is over.
    waits_for_relay: bool,
    /// The generation that still waits.
    pub(super) gathering: Option<u32>,
    /// Those whose candidates were added, with the relayed address if there was one.
    remote: BTreeMap<From, Option<SocketAddr>>,
}

impl Candidates {
    pub(super) fn new(servers: &[IceServer], waits_for_relay: bool, address: u8) -> Self {
        Self {
            servers: servers.to_vec(),
            address,
            waits_for_relay,
            ..Self::default()
        }
    }

    /// What is found at once; None is the end of it.
    pub(super) fn gather(&mut self, (uid, generation): From) -> Vec<Option<Candidate>> {
        let hosts = (0..HOSTS).map(|number| {
            let port = 9 + number;
            let ip = match self.hides {
                true => format!("0f3a0d5c-7a6e-{number}.local"),
                false => format!("192.0.2.{}", self.address),
            };
            let text = format!("candidate:{number} 1 udp 1 {ip} {port} typ host");
            Some(candidate(text, (uid, generation)))
        });
        let mut found: Vec<_> = hosts.collect();
        if self.waits_for_relay {
            self.gathering = Some(generation);
        } else {
            found.push(None);
        }
        found
    }

    /// The relay has given an address, or none; the rest of what is gathered.
    pub(super) fn relayed(&mut self, uid: u64, to: Option<SocketAddr>) -> Vec<Option<Candidate>> {
        let Some(generation) = self.gathering.take() else {
            return Vec::new();
        };
        let relayed = to.map(|to| {
            let (ip, port) = (to.ip(), to.port());
            let text = format!("candidate:9 1 udp 1 {ip} {port} typ relay raddr 0.0.0.0 rport 0");
            Some(candidate(text, (uid, generation)))
        });
        relayed.into_iter().chain([None]).collect()
    }

    pub(super) fn add(&mut self, from: From, candidate: &Candidate) {
        let relayed = relayed_address(&candidate.candidate);
        let known = self.remote.entry(from).or_default();
        *known = relayed.or(*known);
    }

    pub(super) fn knows(&self, from: From) -> bool {
        self.remote.contains_key(&from)
    }

    /// The relayed address of the other side, if it was told.
    pub(super) fn relay_of(&self, from: From) -> Option<SocketAddr> {
        self.remote.get(&from).copied().flatten()
    }
}

fn candidate(candidate: String, (uid, generation): From) -> Candidate {
    Candidate {
        candidate,
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some(format!("{uid}.{generation}")),
    }
}

fn relayed_address(candidate: &str) -> Option<SocketAddr> {
    let words: Vec<&str> = candidate.split(' ').collect();
    let [_, _, _, _, ip, port, _, "relay", ..] = words[..] else {
        return None;
    };
    Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?))
}
