//! Any clients with credentials and any strangers, saying anything at any time: nothing leaves
//! through a socket that is not there, to a peer in a special range, or larger than it came.
#![no_main]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use turn::client::{self, FromServer, Session};
use turn::{
    Action, AllocationId, Anchor, Client, Config, Input, Keys, Method, Output, RelayedSocket, Server,
    Transport,
};

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    /// A signed request, with any attributes.
    Request {
        who: u8,
        method: u8,
        attributes: Vec<(u16, &'a [u8])>,
    },
    Permit {
        who: u8,
        peer: [u8; 4],
        inside: Option<u8>,
    },
    Bind {
        who: u8,
        channel: u8,
        peer: [u8; 4],
        inside: Option<u8>,
    },
    Send {
        who: u8,
        peer: [u8; 4],
        inside: Option<u8>,
        data: &'a [u8],
    },
    SendOn {
        who: u8,
        channel: u8,
        data: &'a [u8],
    },
    Bytes {
        who: u8,
        bytes: &'a [u8],
    },
    FromPeer {
        socket: u8,
        peer: [u8; 4],
        data: &'a [u8],
    },
    Revoke {
        who: u8,
    },
    Close {
        who: u8,
    },
    Wait {
        seconds: u16,
    },
}

const PEOPLE: u8 = 4;

struct World {
    server: Server,
    now: Instant,
    sockets: BTreeMap<AllocationId, SocketAddr>,
    sessions: Vec<Session>,
    port: u16,
    /// Whose response is learned from.
    asking: usize,
}

fn client(who: u8) -> Client {
    let who = who % PEOPLE;
    Client {
        transport: [
            Transport::Udp,
            Transport::Tcp,
            Transport::Udp,
            Transport::Tls,
        ][usize::from(who)],
        link: who.into(),
        address: SocketAddr::new(Ipv4Addr::new(192, 0, 2, who).into(), 7),
    }
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let keys = Keys {
            credentials: [1; 32],
            seed: [2; 32],
        };
        let anchor = Anchor {
            instant: now,
            unix_ms: 1_790_000_000_000,
        };
        let config = Config {
            max_allocations: 3,
            max_allocations_per_participant: 2,
            ..Config::default()
        };
        let mut world = Self {
            server: Server::new(config, keys, anchor),
            now,
            sockets: BTreeMap::new(),
            sessions: Vec::new(),
            port: 50_000,
            asking: 0,
        };
        world.sessions = (0..PEOPLE).map(|who| world.session(who)).collect();
        world
    }

    fn session(&mut self, who: u8) -> Session {
        let grant = Input::Grant {
            participant: who.to_string(),
            address: client(who).address.ip(),
        };
        self.server.handle(self.now, grant);
        let new = self.server.credentials(self.now, &who.to_string());
        Session::new(&new.username, &new.password)
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Send { message, .. } => {
                    let Some(FromServer::Response(response)) = FromServer::parse(&message) else {
                        panic!("no response: {message:?}");
                    };
                    self.sessions[self.asking].learn(&response);
                }
                Output::Bind { allocation, .. } => {
                    self.port = self.port.checked_add(1).unwrap_or(50_000);
                    let relayed = SocketAddr::new(Ipv4Addr::new(8, 8, 8, 8).into(), self.port);
                    self.sockets.insert(allocation, relayed);
                    let relay = Some(RelayedSocket {
                        bound: relayed,
                        relayed,
                    });
                    let input = Input::Bound { allocation, relay };
                    self.server.handle(self.now, input);
                }
                Output::Close { allocation } => drop(self.sockets.remove(&allocation)),
            }
        }
        assert_eq!(self.sockets.len(), self.server.allocations());
    }

    fn packet(&mut self, who: u8, packet: &[u8]) {
        self.asking = usize::from(who % PEOPLE);
        // Nobody has to repeat a request here.
        let input = Input::Expect(client(who).address.ip());
        self.server.handle(self.now, input);
        let action = self.server.client_packet(self.now, client(who), packet);
        self.act(action, packet);
    }

    fn act(&mut self, action: Action, packet: &[u8]) {
        match action {
            Action::Drop => assert_eq!(self.server.poll_output(), None),
            Action::Poll => self.drain(),
            Action::ToPeer {
                allocation,
                peer,
                data,
            } => {
                assert!(self.sockets.contains_key(&allocation));
                assert!(packet.get(data).is_some());
                let SocketAddr::V4(peer) = peer else {
                    panic!("not of the allocation's family: {peer}");
                };
                let ip = peer.ip();
                assert!(!ip.is_private() && !ip.is_loopback() && !ip.is_link_local());
                assert!(!ip.is_multicast() && *ip != Ipv4Addr::new(8, 8, 8, 8));
            }
            Action::ToClient { header, data, .. } => {
                let mut message = Vec::new();
                header.append(&mut message, &packet[data]);
                assert!(FromServer::parse(&message).is_some());
            }
        }
    }

    fn peer(&self, ip: [u8; 4], inside: Option<u8>) -> SocketAddr {
        let relayed = inside.and_then(|n| self.sockets.values().nth(n.into()));
        let outside = SocketAddr::new(ip.into(), u16::from(ip[3]));
        relayed.copied().unwrap_or(outside)
    }

    fn run(&mut self, step: &Step<'_>) {
        let transaction = [7; 12];
        match step {
            Step::Request {
                who,
                method,
                attributes,
            } => {
                let method = [
                    Method::Binding,
                    Method::Allocate,
                    Method::Refresh,
                    Method::CreatePermission,
                    Method::ChannelBind,
                ][usize::from(method % 5)];
                let session = &self.sessions[usize::from(who % PEOPLE)];
                let request = match (method, attributes.is_empty()) {
                    (Method::Allocate, true) => session.allocate(transaction, None),
                    _ => session.request(method, transaction, attributes),
                };
                self.packet(*who, &request);
            }
            Step::Permit { who, peer, inside } => {
                let peer = self.peer(*peer, *inside);
                let session = &self.sessions[usize::from(who % PEOPLE)];
                let request = session.create_permission(transaction, &[peer]);
                self.packet(*who, &request);
            }
            Step::Bind {
                who,
                channel,
                peer,
                inside,
            } => {
                let peer = self.peer(*peer, *inside);
                let session = &self.sessions[usize::from(who % PEOPLE)];
                let number = 0x4000 + u16::from(*channel);
                let request = session.channel_bind(transaction, number, peer);
                self.packet(*who, &request);
            }
            Step::Send {
                who,
                peer,
                inside,
                data,
            } => {
                let peer = self.peer(*peer, *inside);
                self.packet(*who, &client::send_indication(transaction, peer, data));
            }
            Step::SendOn { who, channel, data } => {
                let number = 0x4000 + u16::from(*channel);
                if let Some(message) = client::channel_data(number, data, false) {
                    self.packet(*who, &message);
                }
            }
            Step::Bytes { who, bytes } => self.packet(*who, bytes),
            Step::FromPeer { socket, peer, data } => {
                let id = self.sockets.keys().nth(usize::from(*socket)).copied();
                if let Some(id) = id {
                    let peer = self.peer(*peer, None);
                    let action = self.server.peer_packet(self.now, id, peer, data);
                    self.act(action, data);
                }
            }
            Step::Revoke { who } => {
                let participant = (who % PEOPLE).to_string();
                self.server.handle(self.now, Input::Revoke { participant });
                self.drain();
                self.sessions[usize::from(who % PEOPLE)] = self.session(who % PEOPLE);
            }
            Step::Close { who } => {
                let client = client(*who);
                self.server.handle(self.now, Input::Closed { client });
                self.drain();
            }
            Step::Wait { seconds } => {
                self.now += Duration::from_secs((*seconds).into());
                self.server.handle_timeout(self.now);
                self.drain();
                assert!(self.server.poll_timeout().is_none_or(|at| at > self.now));
            }
        }
        assert!(self.server.allocations() <= 3);
    }
}

fuzz_target!(|steps: Vec<Step<'_>>| {
    let mut world = World::new();
    for step in &steps {
        world.run(step);
    }
    world.run(&Step::Wait { seconds: 3_600 });
    assert_eq!(world.server.allocations(), 0);
    assert_eq!(world.server.poll_timeout(), None);
});
