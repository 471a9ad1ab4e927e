//! The server's relay in the world, and the browsers that are relayed: the core of `turn` with
//! clients that speak to it by datagrams, in virtual time.

mod client;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use fastrand::Rng;
use turn::{
    Action, AllocationId, Anchor, Client, Config, Here, Input, Keys, Output, Server, Transport,
};
use web_time::Instant;

use crate::browser::PeerConnection;
use client::{State, Told, TurnClient};
use wire::{Datagram, To, Wire};

pub(crate) use wire::Weather;

/// The server's own address.
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// The first port of relayed addresses and of clients; none is used twice.
const FIRST_PORT: u16 = 10_000;
/// What was heard longer ago does not count: the longest way through the relay and a few losses.
const HEARD: Duration = Duration::from_millis(2_500);
/// How long an allocation can be there when its client has gone without a word, or the word was
/// lost: its lifetime, and that of what was on its way.
pub(crate) const FORGOTTEN_AFTER: Duration = Duration::from_secs(602);

/// A connection and the generation of its ICE credentials, which has an allocation of its own.
type Owner = (u64, u32);

/// The relay of a world.
pub(crate) struct Relay {
    /// None while the server is down.
    core: Option<Server>,
    /// The core's allocations, as its owner knows them.
    sockets: BTreeMap<AllocationId, Socket>,
    /// Users of this server that are gone.
    revoked: BTreeSet<String>,
    clients: BTreeMap<Owner, TurnClient>,
    owners: BTreeMap<Client, Owner>,
    /// Clients that are no more, with their users, and since when.
    gone: BTreeMap<Client, (String, Instant)>,
    /// From whom each one has heard, and when.
    heard: BTreeMap<Owner, (Owner, Instant)>,
    wire: Wire,
    last_port: u16,
    /// How many packets went from one to another.
    carried: u64,
}

#[derive(Debug, Clone, Copy)]
struct Socket {
    client: Client,
    relayed: SocketAddr,
}

impl Relay {
    /// One whose server is not there yet.
    pub(crate) fn new(weather: Weather, rng: Rng) -> Self {
        Self {
            core: None,
            sockets: BTreeMap::new(),
            revoked: BTreeSet::new(),
            clients: BTreeMap::new(),
            owners: BTreeMap::new(),
            gone: BTreeMap::new(),
            heard: BTreeMap::new(),
            wire: Wire::new(weather, rng),
            last_port: FIRST_PORT,
            carried: 0,
        }
    }

    /// A server has just been started, with the secret that it shares with the rooms.
    pub(crate) fn start(&mut self, now: Instant, unix_ms: u64, secret: [u8; 32], seed: [u8; 32]) {
        let config = Config {
            here: Here {
                addresses: vec![SERVER.into()],
                networks: Vec::new(),
            },
            ..Config::default()
        };
        let keys = Keys {
            credentials: secret,
            seed,
        };
        let instant = now;
        self.core = Some(Server::new(config, keys, Anchor { instant, unix_ms }));
        self.revoked.clear();
    }

    /// The server is gone, and its sockets with it. Its clients do not know yet.
    pub(crate) fn stop(&mut self) {
        self.core = None;
        self.sockets.clear();
    }

    /// A page is gone, without a word.
    pub(crate) fn vanish(&mut self, now: Instant, page: u32) {
        let owners = self.clients.keys().copied();
        let theirs = owners.filter(|(uid, _)| page_of(*uid) == page);
        for owner in theirs.collect::<Vec<_>>() {
            self.forget(now, owner);
        }
    }

    fn forget(&mut self, now: Instant, owner: Owner) -> Option<TurnClient> {
        let client = self.clients.remove(&owner)?;
        self.heard.remove(&owner);
        self.gone.insert(client.address, (client.user.clone(), now));
        Some(client)
    }

    /// What becomes of datagrams from now on.
    pub(crate) fn set_weather(&mut self, weather: Weather) {
        self.wire.weather = weather;
    }

    /// The rooms say that somebody is there.
    pub(crate) fn grant(&mut self, now: Instant, user: &str, address: IpAddr) {
        let participant = user.to_owned();
        self.handle(
            now,
            Input::Grant {
                participant,
                address,
            },
        );
    }

    /// The rooms say that somebody is gone.
    pub(crate) fn revoke(&mut self, now: Instant, user: &str) {
        if self.core.is_none() {
            return;
        }
        let participant = user.to_owned();
        self.revoked.insert(participant.clone());
        self.handle(now, Input::Revoke { participant });
        self.assert_exact(now);
    }

    /// A page has opened a connection to the server.
    pub(crate) fn expect(&mut self, now: Instant, page: u32) {
        self.handle(now, Input::Expect(address(page)));
    }

    fn handle(&mut self, now: Instant, input: Input) {
        if let Some(core) = &mut self.core {
            core.handle(now, input);
        }
        self.drain(now);
    }

    /// How many packets went from one to another.
    pub(crate) fn carried(&self) -> u64 {
        self.carried
    }

    /// How many allocations there are.
    pub(crate) fn allocations(&self) -> usize {
        self.sockets.len()
    }

    /// The pages whose allocations there are.
    pub(crate) fn pages(&self) -> BTreeSet<u32> {
        let owners = self.sockets.values().map(|it| self.owners.get(&it.client));
        owners.flatten().map(|(uid, _)| page_of(*uid)).collect()
    }

    /// When the next thing happens.
    pub(crate) fn next(&self) -> Option<Instant> {
        let core = self.core.as_ref().and_then(Server::poll_timeout);
        core.into_iter().chain(self.wire.next()).min()
    }

    /// Whether something happens now.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next().is_some_and(|at| at <= now)
    }

    /// Does one thing that is due.
    pub(crate) fn happen(&mut self, now: Instant) {
        if let Some(core) = &mut self.core
            && core.poll_timeout().is_some_and(|at| at <= now)
        {
            core.handle_timeout(now);
            let next = core.poll_timeout();
            assert!(next.is_none_or(|at| at > now), "a timer that stays due");
            self.drain(now);
        } else if let Some(datagram) = self.wire.arrive(now) {
            match datagram.to {
                To::Server => self.at_server(now, &datagram),
                To::Client => self.at_client(now, &datagram),
            }
        }
    }

    /// Lets every client say what it has to say.
    pub(crate) fn tick(
        &mut self,
        now: Instant,
        connections: &mut BTreeMap<u64, &mut PeerConnection>,
    ) {
        self.release(now, connections);
        for (uid, connection) in connections.iter_mut() {
            if let Some(generation) = connection.gathering() {
                self.gather((*uid, generation), connection);
            }
            if let (Some(generation), Some(peer)) =
                (connection.generation(), connection.relay_of_peer())
            {
                self.send_data(now, (*uid, generation), peer);
            }
        }
        for client in self.clients.values_mut() {
            if let Some(request) = client.act(now) {
                self.wire.send(now, To::Server, client.address, request);
            }
        }
        self.assert_exact(now);
    }

    /// Whether one has heard of the other just now.
    pub(crate) fn hears(&self, now: Instant, to: &PeerConnection, from: &PeerConnection) -> bool {
        let owner = |it: &PeerConnection| Some((it.uid, it.generation()?));
        let (Some(to), Some(from)) = (owner(to), owner(from)) else {
            return false;
        };
        let heard = self.heard.get(&to);
        heard.is_some_and(|(whom, at)| *whom == from && now - *at < HEARD)
    }

    /// Gives back what no connection wants any more.
    fn release(&mut self, now: Instant, connections: &BTreeMap<u64, &mut PeerConnection>) {
        let is_wanted = |(uid, generation): Owner| {
            let connection = connections.get(&uid);
            connection.is_some_and(|it| it.uses(generation))
        };
        let owners = self.clients.keys().copied();
        let over = owners.filter(|owner| !is_wanted(*owner));
        for owner in over.collect::<Vec<_>>() {
            let Some(client) = self.forget(now, owner) else {
                continue;
            };
            let address = client.address;
            if let Some(request) = client.release() {
                self.wire.send(now, To::Server, address, request);
            }
        }
    }

    fn gather(&mut self, owner: Owner, connection: &mut PeerConnection) {
        let Some(credentials) = connection.credentials() else {
            connection.relayed(None);
            return;
        };
        match self.clients.get(&owner).map(|it| it.state) {
            Some(State::Wanted) => {}
            Some(State::Allocated { relayed, .. }) => connection.relayed(Some(relayed)),
            Some(State::Over { .. }) => connection.relayed(None),
            None => {
                let client = Client {
                    transport: Transport::Udp,
                    link: 0,
                    address: SocketAddr::new(address(page_of(owner.0)), self.next_port()),
                };
                let client = TurnClient::new(client, credentials, !connection.gecko);
                self.owners.insert(client.address, owner);
                self.clients.insert(owner, client);
            }
        }
    }

    fn send_data(&mut self, now: Instant, owner: Owner, peer: SocketAddr) {
        let Some(client) = self.clients.get_mut(&owner) else {
            return;
        };
        client.meet(peer);
        let (uid, generation) = owner;
        let mut data = uid.to_be_bytes().to_vec();
        data.extend(generation.to_be_bytes());
        if let Some(packet) = client.data_to(peer, &data) {
            self.wire.send(now, To::Server, client.address, packet);
        }
    }

    fn next_port(&mut self) -> u16 {
        let Some(port) = self.last_port.checked_add(1) else {
            panic!("more ports than there are");
        };
        self.last_port = port;
        port
    }

    fn at_server(&mut self, now: Instant, datagram: &Datagram) {
        let Some(core) = &mut self.core else { return };
        match core.client_packet(now, datagram.client, &datagram.bytes) {
            Action::Drop => {}
            Action::Poll => self.drain(now),
            Action::ToClient {
                client,
                header,
                data,
            } => {
                let mut message = Vec::new();
                header.append(&mut message, datagram.bytes.get(data).unwrap_or_default());
                self.wire.send(now, To::Client, client, message);
            }
            action @ Action::ToPeer { .. } => panic!("nobody is outside: {action:?}"),
        }
    }

    fn at_client(&mut self, now: Instant, datagram: &Datagram) {
        let owner = self.owners.get(&datagram.client);
        let Some((owner, client)) = owner.and_then(|it| Some((it, self.clients.get_mut(it)?)))
        else {
            return;
        };
        match client.told(now, &datagram.bytes) {
            Told::Nothing => {}
            Told::Send(request) => self.wire.send(now, To::Server, client.address, request),
            Told::Data { peer, data } => {
                let Some((uid, generation)) = data.split_first_chunk() else {
                    panic!("other data than was sent: {data:?}");
                };
                let generation = generation.try_into().map(u32::from_be_bytes);
                let from = (u64::from_be_bytes(*uid), generation.unwrap_or_default());
                let sender = self.clients.get(&from).and_then(TurnClient::relayed);
                assert!(
                    sender.is_none_or(|it| it == peer),
                    "data of {from:?} from {peer}"
                );
                self.heard.insert(*owner, (from, now));
                self.carried += 1;
            }
        }
    }

    /// The one place where what the core wants is done.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.core.as_mut().and_then(Server::poll_output) {
            match output {
                Output::Send { client, message } => {
                    self.wire.send(now, To::Client, client, message);
                }
                Output::Bind {
                    allocation, client, ..
                } => {
                    let relayed = SocketAddr::new(SERVER.into(), self.next_port());
                    self.sockets.insert(allocation, Socket { client, relayed });
                    let bound = relayed;
                    let relay = Some(turn::RelayedSocket { bound, relayed });
                    self.handle_bound(now, allocation, relay);
                }
                Output::Close { allocation } => {
                    let closed = self.sockets.remove(&allocation);
                    assert!(closed.is_some(), "closes a socket that is not there");
                }
            }
        }
    }

    fn handle_bound(
        &mut self,
        now: Instant,
        allocation: AllocationId,
        relay: Option<turn::RelayedSocket>,
    ) {
        if let Some(core) = &mut self.core {
            core.handle(now, Input::Bound { allocation, relay });
        }
    }

    /// Every allocation has a socket, belongs to somebody who is not gone, and either its client
    /// has it in use or gave it up not longer ago than it lasts.
    fn assert_exact(&self, now: Instant) {
        let allocations = self.core.as_ref().map_or(0, Server::allocations);
        assert_eq!(self.sockets.len(), allocations, "allocations and sockets");
        for socket in self.sockets.values() {
            let (user, since) = self.holder(&socket.client);
            assert!(
                !self.revoked.contains(user),
                "relays for somebody who is gone"
            );
            let forgotten = since.is_some_and(|since| now - since > FORGOTTEN_AFTER);
            assert!(!forgotten, "an allocation that nobody uses");
        }
    }

    /// Whose a client is, and since when it has no use for its allocation.
    fn holder(&self, client: &Client) -> (&str, Option<Instant>) {
        if let Some((user, since)) = self.gone.get(client) {
            return (user, Some(*since));
        }
        let owner = self.owners.get(client);
        let Some(it) = owner.and_then(|it| self.clients.get(it)) else {
            panic!("an allocation of nobody: {client:?}");
        };
        match it.state {
            State::Over { since } => (&it.user, Some(since)),
            State::Wanted | State::Allocated { .. } => (&it.user, None),
        }
    }

    /// The allocations that open connections have are there.
    pub(crate) fn assert_known_are_there(&self) {
        let (there, known) = self.there_and_known();
        assert!(
            known.is_subset(&there),
            "{known:?} are known, {there:?} there"
        );
    }

    /// The allocations that are there are those of open connections.
    pub(crate) fn assert_all_are_known(&self) {
        let (there, known) = self.there_and_known();
        assert!(
            there.is_subset(&known),
            "{there:?} are there, {known:?} known"
        );
    }

    fn there_and_known(&self) -> (BTreeSet<SocketAddr>, BTreeSet<SocketAddr>) {
        let there = self.sockets.values().map(|it| it.relayed);
        let known = self.clients.values().filter_map(TurnClient::relayed);
        (there.collect(), known.collect())
    }
}

/// Where a page is.
fn address(page: u32) -> IpAddr {
    let page = u8::try_from(page).unwrap_or(0);
    Ipv4Addr::new(203, 0, 113, page).into()
}

/// Whose connection that is.
fn page_of(uid: u64) -> u32 {
    u32::try_from(uid / 1_000_000).unwrap_or(0)
}
