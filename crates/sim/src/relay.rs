//! The server's relay in the world, and what browsers do to be relayed: the core of `turn` with
//! clients that speak to it in virtual time. Each does one thing at a time, once a tick.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use turn::client::{FromServer, Session, channel_data};
use turn::{Action, Anchor, Client, Config, Input, Keys, Output, Server, Transport};
use web_time::Instant;

use crate::browser::PeerConnection;

/// The server's own address.
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// The channel that every client binds to its one peer.
const CHANNEL: u16 = 0x4000;
/// Requests without an answer before a client gives up: after about 8 s (RFC 8489, section 6.2.1,
/// has 39.5 s).
const TRIES: u32 = 80;
/// An allocation and a channel are refreshed after this; they last for 10 minutes.
const REFRESH: Duration = Duration::from_secs(240);

/// A connection and the generation of its ICE credentials, which has an allocation of its own.
type Owner = (u64, u32);

/// The relay of a world.
pub(crate) struct Relay {
    core: Server,
    clients: BTreeMap<Owner, TurnClient>,
    next_port: u16,
    transactions: u64,
    /// How many packets went from one to another.
    carried: u64,
}

struct TurnClient {
    client: Client,
    session: Session,
    tries: u32,
    /// The allocation's address, and when it is refreshed.
    relayed: Option<(SocketAddr, Instant)>,
    /// The peer of the channel, and until when that is not to be refreshed.
    bound: Option<(SocketAddr, Instant)>,
    /// The server has refused something: nothing more can be done with it.
    is_dead: bool,
}

/// What a client is to do next.
#[derive(Clone, Copy)]
enum Task {
    Allocate,
    Refresh,
    Bind(SocketAddr),
}

impl Relay {
    /// A relay that has just been started, with the secret that it shares with the rooms.
    pub(crate) fn new(now: Instant, unix_ms: u64, secret: [u8; 32], seed: [u8; 32]) -> Self {
        let config = Config {
            own: vec![SERVER.into()],
            ..Config::default()
        };
        let keys = Keys {
            credentials: secret,
            seed,
        };
        let anchor = Anchor {
            instant: now,
            unix_ms,
        };
        Self {
            core: Server::new(config, keys, anchor),
            clients: BTreeMap::new(),
            next_port: 50_000,
            transactions: 0,
            carried: 0,
        }
    }

    /// The one before has stopped; its clients do not know yet.
    pub(crate) fn succeeds(&mut self, before: Self) {
        self.clients = before.clients;
        self.next_port = before.next_port;
        self.transactions = before.transactions;
        self.carried = before.carried;
    }

    pub(crate) fn revoke(&mut self, now: Instant, user: &str) {
        let participant = user.to_owned();
        self.core.handle(now, Input::Revoke { participant });
        self.drain(now);
    }

    /// How many allocations there are that no client has, and how many a client has in vain.
    pub(crate) fn ghosts(&self) -> usize {
        let living = self.clients.values().filter(|it| it.relayed.is_some());
        self.core.allocations().abs_diff(living.count())
    }

    pub(crate) fn carried(&self) -> u64 {
        self.carried
    }

    /// Lets every client do one thing.
    pub(crate) fn tick(
        &mut self,
        now: Instant,
        is_up: bool,
        connections: &mut BTreeMap<u64, &mut PeerConnection>,
    ) {
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
            self.drain(now);
        }
        self.forget(now, is_up, connections);
        for (uid, connection) in connections.iter_mut() {
            if let Some(generation) = connection.gathering() {
                self.gather(now, is_up, (*uid, generation), connection);
            }
            let (Some(generation), Some(peer)) =
                (connection.generation(), connection.relay_of_peer())
            else {
                continue;
            };
            if let Some(task) = self.upkeep(now, (*uid, generation), peer) {
                self.ask(now, is_up, (*uid, generation), task);
            }
        }
    }

    /// Gives back what no connection wants any more.
    fn forget(
        &mut self,
        now: Instant,
        is_up: bool,
        connections: &BTreeMap<u64, &mut PeerConnection>,
    ) {
        let wanted = |(uid, generation): &Owner| {
            let connection = connections.get(uid);
            connection.is_some_and(|it| it.uses(*generation))
        };
        let over = self.clients.keys().filter(|owner| !wanted(owner)).copied();
        for owner in over.collect::<Vec<_>>() {
            if let Some(client) = self.clients.remove(&owner)
                && is_up
                && client.relayed.is_some()
            {
                let request = client.session.refresh(self.transaction(), 0);
                self.answer(now, client.client, &request);
            }
        }
    }

    fn gather(&mut self, now: Instant, is_up: bool, owner: Owner, connection: &mut PeerConnection) {
        let Some((username, password)) = connection.credentials() else {
            connection.relayed(None);
            return;
        };
        if !self.clients.contains_key(&owner) {
            let session = Session::new(username, password);
            let client = self.new_client(owner.0, session);
            self.clients.insert(owner, client);
        }
        self.ask(now, is_up, owner, Task::Allocate);
        let Some(client) = self.clients.get(&owner) else {
            return;
        };
        match client.relayed {
            Some((to, _)) => connection.relayed(Some(to)),
            None if client.is_dead || client.tries > TRIES => connection.relayed(None),
            None => {}
        }
    }

    fn new_client(&mut self, uid: u64, session: Session) -> TurnClient {
        self.next_port = self.next_port.checked_add(1).unwrap_or(50_000);
        let page = u8::try_from(uid / 1_000_000 % 256).unwrap_or(0);
        TurnClient {
            client: Client {
                transport: Transport::Udp,
                link: 0,
                address: (Ipv4Addr::new(203, 0, 113, page), self.next_port).into(),
            },
            session,
            tries: 0,
            relayed: None,
            bound: None,
            is_dead: false,
        }
    }

    /// What keeps the way to the peer open.
    fn upkeep(&self, now: Instant, owner: Owner, peer: SocketAddr) -> Option<Task> {
        let client = self.clients.get(&owner)?;
        let (_, refresh_at) = client.relayed.filter(|_| !client.is_dead)?;
        let is_bound = client.bound.is_some_and(|(to, at)| to == peer && at > now);
        if !is_bound && client.bound.is_none_or(|(to, _)| to == peer) {
            return Some(Task::Bind(peer));
        }
        (refresh_at <= now).then_some(Task::Refresh)
    }

    /// Sends one request, and takes in what the server says to it.
    fn ask(&mut self, now: Instant, is_up: bool, owner: Owner, task: Task) {
        let transaction = self.transaction();
        let Some(client) = self.clients.get_mut(&owner) else {
            return;
        };
        client.tries += 1;
        let request = match task {
            Task::Allocate => client.session.allocate(transaction, None),
            Task::Refresh => client.session.refresh(transaction, 600),
            Task::Bind(peer) => client.session.channel_bind(transaction, CHANNEL, peer),
        };
        let address = client.client;
        if !is_up {
            return;
        }
        let answer = self.answer(now, address, &request);
        let (Some(answer), Some(client)) = (answer, self.clients.get_mut(&owner)) else {
            return;
        };
        let Some(FromServer::Response(response)) = FromServer::parse(&answer) else {
            unreachable!("a request is answered by a response");
        };
        let again = now + REFRESH;
        match (response.error, task) {
            (None, Task::Allocate) => client.relayed = response.relayed.map(|it| (it, again)),
            (None, Task::Refresh) => client.relayed = client.relayed.map(|it| (it.0, again)),
            (None, Task::Bind(peer)) => client.bound = Some((peer, again)),
            (Some(_), _) => {
                client.is_dead = !client.session.learn(&response);
                if client.is_dead {
                    client.relayed = None;
                }
            }
        }
    }

    fn transaction(&mut self) -> [u8; 12] {
        self.transactions += 1;
        let mut transaction = [1; 12];
        transaction[4..].copy_from_slice(&self.transactions.to_be_bytes());
        transaction
    }

    fn answer(&mut self, now: Instant, client: Client, request: &[u8]) -> Option<Vec<u8>> {
        match self.core.client_packet(now, client, request) {
            Action::Poll => self.drain(now),
            action => unreachable!("a request is control: {action:?}"),
        }
    }

    /// The one place where what the core wants is done; the last thing that it said to a client.
    fn drain(&mut self, now: Instant) -> Option<Vec<u8>> {
        let mut said = None;
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send { message, .. } => said = Some(message),
                Output::Bind { allocation, .. } => {
                    self.next_port = self.next_port.checked_add(1).unwrap_or(50_000);
                    let relayed = (SERVER, self.next_port).into();
                    let relay = Some(turn::Relay {
                        bound: relayed,
                        relayed,
                    });
                    self.core.handle(now, Input::Bound { allocation, relay });
                }
                Output::Close { .. } => {}
            }
        }
        said
    }

    /// Whether a packet of one reaches the other, as it would through the server.
    pub(crate) fn carries(
        &mut self,
        now: Instant,
        from: &PeerConnection,
        to: &PeerConnection,
    ) -> bool {
        let client_of = |it: &PeerConnection| self.clients.get(&(it.uid, it.generation()?));
        let (Some(sender), Some(receiver)) = (client_of(from), client_of(to)) else {
            return false;
        };
        let (sender, receiver) = (sender.client, receiver.client);
        let data = from.uid.to_be_bytes();
        let Some(packet) = channel_data(CHANNEL, &data, false) else {
            return false;
        };
        match self.core.client_packet(now, sender, &packet) {
            Action::ToClient {
                client,
                header,
                data: range,
            } => {
                let payload = packet.get(range).unwrap_or_default();
                assert_eq!(payload, data, "other bytes than were sent");
                let mut message = Vec::new();
                header.append(&mut message, payload);
                // On the channel that the receiver bound; until it has, as an indication.
                let parsed = FromServer::parse(&message);
                assert!(
                    matches!(
                        parsed,
                        Some(
                            FromServer::Channel {
                                number: CHANNEL,
                                ..
                            } | FromServer::Data { .. }
                        )
                    ),
                    "not data"
                );
                let arrived = client == receiver;
                self.carried += u64::from(arrived);
                arrived
            }
            Action::Drop => false,
            action => unreachable!("data is not {action:?}"),
        }
    }
}
