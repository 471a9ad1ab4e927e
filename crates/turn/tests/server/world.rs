//! A server, its owner, and people who use it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use turn::client::{self, FromServer, Session};
use turn::{
    Action, AllocationId, Anchor, Class, Client, Config, Credentials, Family, Input, Keys, Message,
    Output, RelayedSocket, Server, Transport,
};

/// 2026-09-21, in seconds.
pub const START_UNIX_S: u64 = 1_790_000_000;

/// Something that left the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    ToClient(Client, Vec<u8>),
    /// From an allocation's socket, named by its relayed address.
    ToPeer(SocketAddr, SocketAddr, Vec<u8>),
}

pub struct World {
    pub server: Server,
    pub start: Instant,
    pub now: Instant,
    /// The live sockets.
    pub sockets: BTreeMap<AllocationId, RelayedSocket>,
    /// What the next sockets are bound to, and what that is called outside.
    pub bind_v4: (&'static str, &'static str),
    pub bind_v6: (&'static str, &'static str),
    /// Whether there are sockets at all.
    pub sockets_left: bool,
    /// Whether Bind is answered at once.
    pub answers_binds: bool,
    pub binds: Vec<AllocationId>,
    next_port: u16,
    pub bytes_out: usize,
}

impl World {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let now = Instant::now();
        let keys = Keys {
            credentials: [1; 32],
            seed: [2; 32],
        };
        let anchor = Anchor {
            instant: now,
            unix_ms: START_UNIX_S * 1_000,
        };
        Self {
            server: Server::new(config, keys, anchor),
            start: now,
            now,
            sockets: BTreeMap::new(),
            bind_v4: ("198.51.100.1", "198.51.100.1"),
            bind_v6: ("2001:db8::1", "2001:db8::1"),
            sockets_left: true,
            answers_binds: true,
            binds: Vec::new(),
            next_port: 49_152,
            bytes_out: 0,
        }
    }

    pub fn handle(&mut self, input: Input) -> Vec<Sent> {
        self.server.handle(self.now, input);
        self.drain()
    }

    pub fn wait(&mut self, duration: Duration) {
        self.now += duration;
        self.server.handle_timeout(self.now);
        assert_eq!(self.drain(), []);
        assert!(self.server.poll_timeout().is_none_or(|at| at > self.now));
    }

    fn drain(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Send { client, message } => {
                    self.bytes_out += message.len();
                    sent.push(Sent::ToClient(client, message));
                }
                Output::Bind {
                    allocation, family, ..
                } => {
                    self.binds.push(allocation);
                    if self.answers_binds {
                        self.bind(allocation, family);
                    }
                }
                Output::Close { allocation } => {
                    self.sockets.remove(&allocation);
                }
            }
        }
        sent
    }

    pub fn bind(&mut self, allocation: AllocationId, family: Family) {
        let (bound, relayed) = match family {
            Family::V4 => self.bind_v4,
            Family::V6 => self.bind_v6,
        };
        let port = self.next_port;
        self.next_port += 1;
        let at = |ip: &str| SocketAddr::new(ip.parse().expect("an address"), port);
        let relay = self.sockets_left.then(|| RelayedSocket {
            bound: at(bound),
            relayed: at(relayed),
        });
        if let Some(relay) = relay {
            self.sockets.insert(allocation, relay);
        }
        self.server
            .handle(self.now, Input::Bound { allocation, relay });
    }

    /// A packet comes from a client.
    pub fn client(&mut self, client: Client, packet: &[u8]) -> Vec<Sent> {
        let action = self.server.client_packet(self.now, client, packet);
        self.act(action, packet)
    }

    /// A datagram comes to the socket with this relayed address.
    pub fn peer(&mut self, relayed: SocketAddr, peer: SocketAddr, data: &[u8]) -> Vec<Sent> {
        let (id, _) = self
            .sockets
            .iter()
            .find(|(_, relay)| relay.relayed == relayed)
            .expect("a live socket");
        let action = self.server.peer_packet(self.now, *id, peer, data);
        self.act(action, data)
    }

    fn act(&mut self, action: Action, packet: &[u8]) -> Vec<Sent> {
        match action {
            Action::Drop => {
                assert_eq!(self.server.poll_output(), None);
                Vec::new()
            }
            Action::Poll => self.drain(),
            Action::ToPeer {
                allocation,
                peer,
                data,
            } => {
                let from = self.sockets[&allocation].relayed;
                vec![Sent::ToPeer(from, peer, packet[data].to_vec())]
            }
            Action::ToClient {
                client,
                header,
                data,
            } => {
                let mut message = Vec::new();
                header.append(&mut message, &packet[data]);
                if client.transport.is_stream() {
                    let frame = turn::frame(&message).expect("TURN").expect("whole");
                    assert_eq!(frame.whole, message.len(), "padded as a stream asks for");
                }
                vec![Sent::ToClient(client, message)]
            }
        }
    }

    /// Somebody at an address of their own, with credentials.
    pub fn person(&mut self, participant: &str) -> Person {
        let port = self.next_port;
        self.next_port += 1;
        self.person_at(participant, &format!("192.0.2.1:{port}"))
    }

    /// Credentials of somebody who is a participant at this address.
    pub fn credentials_at(&mut self, participant: &str, address: IpAddr) -> Credentials {
        let grant = Input::Grant {
            participant: participant.to_owned(),
            address,
        };
        assert_eq!(self.handle(grant), []);
        self.server.credentials(self.now, participant)
    }

    pub fn person_at(&mut self, participant: &str, address: &str) -> Person {
        let client = at(address);
        let credentials = self.credentials_at(participant, client.address.ip());
        Person {
            client,
            session: Session::new(&credentials.username, &credentials.password),
            transactions: Cell::new(0),
        }
    }

    /// Somebody who has an allocation.
    pub fn relayed(&mut self, participant: &str) -> (Person, SocketAddr) {
        let mut person = self.person(participant);
        let relayed = person.allocate(self).expect("an allocation");
        (person, relayed)
    }
}

/// A client that speaks UDP from this address.
pub fn at(address: &str) -> Client {
    Client {
        transport: Transport::Udp,
        link: 0,
        address: address.parse().expect("an address"),
    }
}

pub fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A client of the server.
pub struct Person {
    pub client: Client,
    pub session: Session,
    pub transactions: Cell<u64>,
}

/// The code of an error response.
pub type Refused = u16;

impl Person {
    pub fn transaction(&self) -> [u8; 12] {
        self.transactions.set(self.transactions.get() + 1);
        let mut transaction = [7; 12];
        transaction[4..].copy_from_slice(&self.transactions.get().to_be_bytes());
        transaction
    }

    /// Sends a request and gives the one response, or none. The owner knows that the person is there.
    pub fn ask(&self, world: &mut World, request: &[u8]) -> Option<Vec<u8>> {
        world.handle(Input::Expect(self.client.address.ip()));
        let mut sent = world.client(self.client, request);
        let last = sent.pop();
        assert_eq!(sent, [], "more than one response");
        last.map(|last| match last {
            Sent::ToClient(client, bytes) if client == self.client => bytes,
            other => panic!("not a response: {other:?}"),
        })
    }

    /// The same with the challenge answered.
    pub fn request(
        &mut self,
        world: &mut World,
        make: impl Fn(&Session, [u8; 12]) -> Vec<u8>,
    ) -> Result<Vec<u8>, Refused> {
        for _ in 0..2 {
            let transaction = self.transaction();
            let request = make(&self.session, transaction);
            let bytes = self.ask(world, &request).expect("a response");
            let message = Message::parse(&bytes).expect("a message");
            assert_eq!(message.transaction, transaction);
            if message.class == Class::Success {
                assert!(self.session.signed(&message), "signed");
                return Ok(bytes);
            }
            let code = message.error.expect("a code");
            if !self.session.learn(&message) {
                return Err(code);
            }
        }
        panic!("challenged twice");
    }

    pub fn allocate(&mut self, world: &mut World) -> Result<SocketAddr, Refused> {
        self.allocate_family(world, None)
    }

    pub fn allocate_family(
        &mut self,
        world: &mut World,
        family: Option<Family>,
    ) -> Result<SocketAddr, Refused> {
        let bytes = self.request(world, |session, it| session.allocate(it, family))?;
        let message = Message::parse(&bytes).expect("a message");
        assert_eq!(message.mapped, Some(self.client.address));
        Ok(message.relayed.expect("a relayed address"))
    }

    /// The seconds that the allocation lasts.
    pub fn refresh(&mut self, world: &mut World, seconds: u32) -> Result<u32, Refused> {
        let bytes = self.request(world, |session, it| session.refresh(it, seconds))?;
        let message = Message::parse(&bytes).expect("a message");
        Ok(message.lifetime.expect("a lifetime"))
    }

    pub fn permit(&mut self, world: &mut World, peers: &[SocketAddr]) -> Result<(), Refused> {
        self.request(world, |session, it| session.create_permission(it, peers))
            .map(drop)
    }

    pub fn bind(
        &mut self,
        world: &mut World,
        number: u16,
        peer: SocketAddr,
    ) -> Result<(), Refused> {
        self.request(world, |session, it| session.channel_bind(it, number, peer))
            .map(drop)
    }

    /// Data in a Send indication.
    pub fn send(&mut self, world: &mut World, peer: SocketAddr, data: &[u8]) -> Vec<Sent> {
        let indication = client::send_indication(self.transaction(), peer, data);
        world.client(self.client, &indication)
    }

    /// Data on a channel.
    pub fn send_on(&self, world: &mut World, number: u16, data: &[u8]) -> Vec<Sent> {
        let stream = self.client.transport.is_stream();
        let message = client::channel_data(number, data, stream).expect("short enough");
        world.client(self.client, &message)
    }

    /// The one thing that came, as data on a channel.
    pub fn got_on(&self, sent: &[Sent], number: u16, data: &[u8]) -> bool {
        let [Sent::ToClient(client, bytes)] = sent else {
            return false;
        };
        let Some(FromServer::Channel { number: n, data: d }) = FromServer::parse(bytes) else {
            return false;
        };
        *client == self.client && n == number && d == data
    }

    /// The one thing that came, as data from a peer.
    pub fn got_from(&self, sent: &[Sent], peer: SocketAddr, data: &[u8]) -> bool {
        let [Sent::ToClient(client, bytes)] = sent else {
            return false;
        };
        let Some(FromServer::Data { peer: p, data: d }) = FromServer::parse(bytes) else {
            return false;
        };
        *client == self.client && p == peer && d == data
    }
}
