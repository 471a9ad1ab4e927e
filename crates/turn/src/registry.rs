//! Who uses the relay, what each one has, and whom it may reach.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::allocation::Reach;
use crate::allocations::Allocations;
use crate::credentials::Issuer;
use crate::gate::Gate;
use crate::neighbours::Neighbours;
use crate::nonce::Nonces;
use crate::policy;
use crate::table::Keyed;
use crate::users::Users;
use crate::{AllocationId, Anchor, Config, Counters, Keys, Output};

/// The state that requests read and change.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) config: Config,
    pub(crate) anchor: Anchor,
    pub(crate) issuer: Issuer,
    pub(crate) users: Users,
    pub(crate) nonces: Nonces,
    pub(crate) gate: Gate,
    pub(crate) allocations: Allocations,
    pub(crate) neighbours: Neighbours,
    pub(crate) counters: Counters,
    pub(crate) outputs: VecDeque<Output>,
}

/// Why an address may not be a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Own,
    Near,
    Special,
    Port,
}

impl Registry {
    /// Without users and allocations.
    pub(crate) fn new(config: Config, keys: Keys, keyed: Keyed, anchor: Anchor) -> Self {
        Self {
            neighbours: Neighbours::new(config.here.clone(), std::iter::empty()),
            issuer: Issuer::new(keys.credentials),
            users: Users::new(config.max_participants, config.max_participants_per_address),
            nonces: Nonces::new(&keys.seed, anchor.instant),
            gate: Gate::new(keyed),
            allocations: Allocations::new(keyed),
            counters: Counters::default(),
            outputs: VecDeque::new(),
            config,
            anchor,
        }
    }

    /// The allocation of this server that has this relayed address.
    pub(crate) fn inside(&self, peer: SocketAddr) -> Option<AllocationId> {
        let allocation = self.allocations.at_port_of(peer)?;
        let relay = allocation.relay()?;
        let ip = peer.ip();
        let here = ip == relay.relayed.ip() || ip == relay.bound.ip() || self.neighbours.is_own(ip);
        here.then_some(allocation.id)
    }

    /// How a peer would be reached.
    pub(crate) fn reach(&self, peer: SocketAddr) -> Result<Reach, Denied> {
        if self.inside(peer).is_some() {
            return Ok(Reach::Inside);
        }
        let ip = peer.ip();
        if self.neighbours.stands_for_own(ip) {
            return Err(Denied::Own);
        }
        if !policy::is_in(&self.config.allow, ip) {
            if policy::is_special(policy::reduced(ip)) {
                return Err(Denied::Special);
            }
            if self.neighbours.is_near(ip) {
                return Err(Denied::Near);
            }
        }
        // A client that permits an address may leave out the port (RFC 8656, section 10.1).
        if (1..policy::FIRST_PORT).contains(&peer.port()) {
            return Err(Denied::Port);
        }
        Ok(Reach::Outside)
    }

    /// Ends an allocation, and with it its socket.
    pub(crate) fn end(&mut self, id: AllocationId) {
        if self.allocations.remove(id).is_some() {
            self.outputs.push_back(Output::Close { allocation: id });
        }
    }
}
