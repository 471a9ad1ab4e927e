//! The server: what comes in, by whom, and where it goes.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use crate::allocation::{Allocation, NotReceived, Reach, State, Target};
use crate::message::Message;
use crate::neighbours::Neighbours;
use crate::policy;
use crate::rates::{Held, Rates};
use crate::registry::Registry;
use crate::table::Keyed;
use crate::wire::{Class, Method};
use crate::{
    Action, AllocationId, Anchor, Client, Config, Counters, Credentials, Family, Input, Keys,
    Output, RelayedSocket, channel, requests,
};

/// A STUN and TURN server without a socket or a clock.
///
/// Control goes by the four verbs: [`Self::handle`], [`Self::poll_output`],
/// [`Self::poll_timeout`] and [`Self::handle_timeout`]. Packets go by [`Self::client_packet`] and
/// [`Self::peer_packet`], which return what is to be done with them and keep nothing.
#[derive(Debug)]
pub struct Server {
    registry: Registry,
    rates: Rates,
    /// Makes the transactions of Data indications.
    indications: u64,
}

impl Server {
    /// A server without allocations.
    pub fn new(config: Config, keys: Keys, anchor: Anchor) -> Self {
        let keyed = Keyed::new(&keys.seed);
        Self {
            rates: Rates::new(keyed, &config),
            registry: Registry::new(config, keys, keyed, anchor),
            indications: 0,
        }
    }

    /// Takes in one thing that happened.
    pub fn handle(&mut self, _now: Instant, input: Input) {
        match input {
            Input::Bound { allocation, relay } => self.bound(allocation, relay),
            Input::Closed { client } => {
                if let Some(id) = self.registry.allocations.id_of(&client) {
                    self.registry.end(id);
                }
            }
            Input::Grant {
                participant,
                address,
            } => {
                if !self.registry.users.admit(&participant, address) {
                    self.registry.counters.not_granted += 1;
                }
            }
            Input::Revoke { participant } => {
                self.registry.users.dismiss(&participant);
                for id in self.registry.allocations.of_participant(&participant) {
                    self.registry.end(id);
                }
            }
            Input::Expect(ip) => self.registry.gate.expect(ip),
            Input::Here(here) => {
                self.registry.neighbours =
                    Neighbours::new(here, self.registry.allocations.relays());
            }
            Input::Clock(anchor) => self.registry.anchor = anchor,
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.registry.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.registry.allocations.first_expiry().map(|(at, _)| at)
    }

    /// Ends the allocations whose lifetime is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((_, id)) = self
            .registry
            .allocations
            .first_expiry()
            .filter(|(at, _)| *at <= now)
        {
            self.registry.end(id);
        }
    }

    /// Credentials with which a participant may make allocations in the next five minutes. They are
    /// good only while the participant is granted ([`Input::Grant`]).
    pub fn credentials(&self, now: Instant, participant: &str) -> Credentials {
        let unix_s = self.registry.anchor.unix_seconds(now);
        self.registry.issuer.issue(unix_s, participant)
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.registry.counters
    }

    /// How many participants there are.
    pub fn participants(&self) -> usize {
        self.registry.users.len()
    }

    /// How many allocations there are.
    pub fn allocations(&self) -> usize {
        self.registry.allocations.len()
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
            self.registry.counters.to_clients.add(payload.len());
        }
        action
    }

    fn channel_data(&mut self, now: Instant, client: &Client, packet: &[u8]) -> Action {
        let Some((number, data)) = channel::parse(packet) else {
            return self.malformed();
        };
        let allocation = self.registry.allocations.of_client(client);
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
            (Class::Request, _) => {
                requests::handle(&mut self.registry, now, client, &message, packet.len())
            }
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
        let allocation = self.registry.allocations.of_client(client);
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
        let Some(allocation) = self.registry.allocations.get_mut(id) else {
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
            let Some(to) = self.registry.inside(peer) else {
                return self.not_permitted();
            };
            let action = self.receive(now, to, (relay.relayed, Reach::Inside), data);
            if matches!(action, Action::ToClient { .. }) {
                self.registry.counters.handed_over.add(bytes);
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
        self.registry.counters.to_peers.add(bytes);
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
        let Some(allocation) = self.registry.allocations.get_mut(id) else {
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
            Held::TooFast => self.registry.counters.too_fast += 1,
            Held::Unheard => self.registry.counters.unheard += 1,
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
        self.registry.counters.malformed += 1;
        Action::Drop
    }

    fn not_permitted(&mut self) -> Action {
        self.registry.counters.not_permitted += 1;
        Action::Drop
    }

    fn bound(&mut self, id: AllocationId, relay: Option<RelayedSocket>) {
        let close = Output::Close { allocation: id };
        let waits = |it: &&Allocation| matches!(it.state, State::Binding { .. });
        let Some(allocation) = self.registry.allocations.get(id).filter(waits) else {
            // It ended meanwhile.
            if relay.is_some() && self.registry.allocations.get(id).is_none() {
                self.registry.outputs.push_back(close);
            }
            return;
        };
        let family = allocation.family;
        let fits = |relay: &RelayedSocket| {
            let ip = relay.relayed.ip();
            Family::of(ip) == family && !ip.is_unspecified() && relay.relayed.port() != 0
        };
        let waiting = requests::PendingAllocate::of(allocation);
        let live = relay
            .filter(fits)
            .filter(|relay| self.registry.allocations.set_live(id, *relay));
        match live {
            Some(relay) => {
                self.registry.neighbours.have(&relay);
                self.registry.counters.allocations += 1;
                requests::allocated(&mut self.registry, waiting, relay);
            }
            None => {
                self.registry.allocations.remove(id);
                if relay.is_some() {
                    self.registry.outputs.push_back(close);
                }
                requests::not_allocated(&mut self.registry, waiting);
            }
        }
    }
}
