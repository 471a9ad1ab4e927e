//! The server: what comes in, by whom, and where it goes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use crate::allocation::{Allocation, NotReceived, Reach, State, Target};
use crate::allocations::Allocations;
use crate::credentials::Issuer;
use crate::gate::Gate;
use crate::message::{Class, Message, Method};
use crate::neighbours::Neighbours;
use crate::nonce::Nonces;
use crate::policy;
use crate::rates::{Held, Rates};
use crate::table::Keyed;
use crate::users::Users;
use crate::{
    Action, AllocationId, Anchor, Client, Config, Counters, Credentials, Family, Input, Keys,
    Output, Relay, channel, requests,
};

/// A STUN and TURN server without a socket or a clock.
///
/// Control goes by the four verbs: [`Self::handle`], [`Self::poll_output`],
/// [`Self::poll_timeout`] and [`Self::handle_timeout`]. Packets go by [`Self::client_packet`] and
/// [`Self::peer_packet`], which return what is to be done with them and keep nothing.
#[derive(Debug)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) anchor: Anchor,
    pub(crate) issuer: Issuer,
    pub(crate) users: Users,
    pub(crate) nonces: Nonces,
    pub(crate) gate: Gate,
    pub(crate) allocations: Allocations,
    pub(crate) counters: Counters,
    pub(crate) outputs: VecDeque<Output>,
    neighbours: Neighbours,
    rates: Rates,
    /// Makes the transactions of Data indications.
    indications: u64,
}

/// Why an address may not be a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Own,
    Near,
    Special,
    Port,
}

impl Server {
    /// A server without allocations.
    pub fn new(config: Config, keys: Keys, anchor: Anchor) -> Self {
        let keyed = Keyed::new(&keys.seed);
        Self {
            neighbours: Neighbours::new(config.here.clone(), std::iter::empty()),
            rates: Rates::new(keyed, &config),
            issuer: Issuer::new(keys.credentials),
            users: Users::new(config.max_participants, config.max_participants_per_address),
            nonces: Nonces::new(&keys.seed, anchor.instant),
            gate: Gate::new(keyed),
            allocations: Allocations::new(keyed),
            counters: Counters::default(),
            outputs: VecDeque::new(),
            indications: 0,
            config,
            anchor,
        }
    }

    /// Takes in one thing that happened.
    pub fn handle(&mut self, _now: Instant, input: Input) {
        match input {
            Input::Bound { allocation, relay } => self.bound(allocation, relay),
            Input::Closed { client } => {
                if let Some(id) = self.allocations.id_of(&client) {
                    self.end(id);
                }
            }
            Input::Grant {
                participant,
                address,
            } => {
                if !self.users.admit(&participant, address) {
                    self.counters.not_granted += 1;
                }
            }
            Input::Revoke { participant } => {
                self.users.dismiss(&participant);
                for id in self.allocations.of_participant(&participant) {
                    self.end(id);
                }
            }
            Input::Expect(ip) => self.gate.expect(ip),
            Input::Here(here) => {
                self.neighbours = Neighbours::new(here, self.allocations.relays());
            }
            Input::Clock(anchor) => self.anchor = anchor,
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.allocations.first_expiry().map(|(at, _)| at)
    }

    /// Ends the allocations whose lifetime is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((_, id)) = self.allocations.first_expiry().filter(|(at, _)| *at <= now) {
            self.end(id);
        }
    }

    /// Credentials with which a participant may make allocations in the next five minutes. They are
    /// good only while the participant is granted ([`Input::Grant`]).
    pub fn credentials(&self, now: Instant, participant: &str) -> Credentials {
        let unix_s = self.anchor.unix_seconds(now);
        self.issuer.issue(unix_s, participant)
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many participants there are.
    pub fn participants(&self) -> usize {
        self.users.len()
    }

    /// How many allocations there are.
    pub fn allocations(&self) -> usize {
        self.allocations.len()
    }

    /// A datagram, or a message of a stream, came from a client.
    pub fn client_packet(&mut self, now: Instant, client: Client, packet: &[u8]) -> Action {
        match packet.first() {
            Some(first) if channel::begins(*first) => self.channel_data(now, &client, packet),
            Some(0..=3) => self.stun(now, client, packet),
            _ => self.malformed(),
        }
    }

    /// A datagram came to an allocation's socket.
    pub fn peer_packet(
        &mut self,
        now: Instant,
        allocation: AllocationId,
        peer: SocketAddr,
        payload: &[u8],
    ) -> Action {
        let action = self.receive(now, allocation, (peer, Reach::Outside), 0..payload.len());
        if matches!(action, Action::ToClient { .. }) {
            self.counters.to_clients.add(payload.len());
        }
        action
    }

    fn channel_data(&mut self, now: Instant, client: &Client, packet: &[u8]) -> Action {
        let Some((number, data)) = channel::parse(packet) else {
            return self.malformed();
        };
        let allocation = self.allocations.of_client(client);
        let found = allocation.and_then(|it| Some((it.id, it.peers.channel(now, number)?)));
        match found {
            Some((id, to)) => self.relay(now, id, to, data),
            None => self.not_permitted(),
        }
    }

    fn stun(&mut self, now: Instant, client: Client, packet: &[u8]) -> Action {
        let Some(message) = Message::parse(packet) else {
            return self.malformed();
        };
        match (message.class, message.method) {
            (Class::Indication, Method::Send) => self.send(now, &client, &message),
            (Class::Request, _) => requests::handle(self, now, client, &message, packet.len()),
            // A Binding indication keeps a mapping alive. The others are for clients.
            _ => Action::Drop,
        }
    }

    /// A Send indication (RFC 8656, section 11.2).
    fn send(&mut self, now: Instant, client: &Client, message: &Message<'_>) -> Action {
        let (Some(peer), Some(data)) = (message.peer(), message.data.clone()) else {
            return self.malformed();
        };
        if message.malformed || !message.unknown().is_empty() {
            return self.malformed();
        }
        let allocation = self.allocations.of_client(client);
        let found = allocation.and_then(|it| Some((it.id, it.peers.permitted(now, peer)?)));
        match found {
            Some((id, to)) => self.relay(now, id, to, data),
            None => self.not_permitted(),
        }
    }

    /// Sends a client's data to a peer that it may reach.
    fn relay(&mut self, now: Instant, id: AllocationId, to: Target, data: Range<usize>) -> Action {
        let bytes = data.len();
        let Target {
            peer,
            reach,
            is_heard,
        } = to;
        let Some(allocation) = self.allocations.get_mut(id) else {
            return Action::Drop;
        };
        let Some(relay) = allocation.relay() else {
            return self.not_permitted();
        };
        let (client, pace) = (allocation.client.address.ip(), &mut allocation.pace);
        if let Err(held) = self.rates.may_send(now, pace, client, bytes) {
            return self.held(held);
        }
        if reach == Reach::Inside {
            let Some(to) = self.inside(peer) else {
                return self.not_permitted();
            };
            let action = self.receive(now, to, (relay.relayed, Reach::Inside), data);
            if matches!(action, Action::ToClient { .. }) {
                self.counters.handed_over.add(bytes);
            }
            return action;
        }
        if peer.port() < policy::FIRST_PORT {
            return self.not_permitted();
        }
        let target = (peer.ip(), is_heard);
        if let Err(held) = self.rates.may_leave(now, pace, target, bytes) {
            return self.held(held);
        }
        self.counters.to_peers.add(bytes);
        Action::ToPeer {
            allocation: id,
            peer,
            data,
        }
    }

    /// Sends a peer's data to the client of an allocation, if the client permitted it.
    fn receive(
        &mut self,
        now: Instant,
        id: AllocationId,
        from: (SocketAddr, Reach),
        data: Range<usize>,
    ) -> Action {
        let transaction = self.indication();
        let Some(allocation) = self.allocations.get_mut(id) else {
            return Action::Drop;
        };
        let rates = &mut self.rates;
        match allocation.receive(now, rates, from, data.len(), transaction) {
            Ok(header) => Action::ToClient {
                client: allocation.client,
                header,
                data,
            },
            Err(NotReceived::Held(held)) => self.held(held),
            Err(NotReceived::NoPermission) => self.not_permitted(),
            Err(NotReceived::TooLong) => self.malformed(),
        }
    }

    fn held(&mut self, held: Held) -> Action {
        match held {
            Held::TooFast => self.counters.too_fast += 1,
            Held::Unheard => self.counters.unheard += 1,
        }
        Action::Drop
    }

    fn indication(&mut self) -> [u8; 12] {
        self.indications = self.indications.wrapping_add(1);
        let mut transaction = *b"data\0\0\0\0\0\0\0\0";
        if let Some(end) = transaction.last_chunk_mut() {
            *end = self.indications.to_be_bytes();
        }
        transaction
    }

    fn malformed(&mut self) -> Action {
        self.counters.malformed += 1;
        Action::Drop
    }

    fn not_permitted(&mut self) -> Action {
        self.counters.not_permitted += 1;
        Action::Drop
    }

    /// The allocation of this server that has this relayed address.
    fn inside(&self, peer: SocketAddr) -> Option<AllocationId> {
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

    fn bound(&mut self, id: AllocationId, relay: Option<Relay>) {
        let close = Output::Close { allocation: id };
        let waits = |it: &&Allocation| matches!(it.state, State::Binding { .. });
        let Some(allocation) = self.allocations.get(id).filter(waits) else {
            // It ended meanwhile.
            if relay.is_some() && self.allocations.get(id).is_none() {
                self.outputs.push_back(close);
            }
            return;
        };
        let family = allocation.family;
        let fits = |relay: &Relay| {
            let ip = relay.relayed.ip();
            Family::of(ip) == family && !ip.is_unspecified() && relay.relayed.port() != 0
        };
        let waiting = requests::Waiting::of(allocation);
        let live = relay
            .filter(fits)
            .filter(|relay| self.allocations.set_live(id, *relay));
        match live {
            Some(relay) => {
                self.neighbours.have(&relay);
                self.counters.allocations += 1;
                requests::allocated(self, waiting, relay);
            }
            None => {
                self.allocations.remove(id);
                if relay.is_some() {
                    self.outputs.push_back(close);
                }
                requests::not_allocated(self, waiting);
            }
        }
    }

    /// Ends an allocation, and with it its socket.
    pub(crate) fn end(&mut self, id: AllocationId) {
        if self.allocations.remove(id).is_some() {
            self.outputs.push_back(Output::Close { allocation: id });
        }
    }
}
