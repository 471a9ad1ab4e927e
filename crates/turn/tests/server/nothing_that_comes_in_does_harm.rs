//! Whatever bytes come from clients and peers: no panic, and nothing changes that they had no
//! right to change.

use std::net::SocketAddr;

use turn::client::{self, FromServer};
use turn::{Config, Method};

use crate::world::{Person, Sent, World, addr};

const PEER: &str = "1.2.3.4:5000";
const OTHER: &str = "1.2.3.5:5000";

struct Case {
    world: World,
    ada: Person,
    relayed: SocketAddr,
    stranger: turn::Client,
    tried: usize,
}

impl Case {
    fn new() -> Self {
        let mut world = World::with(Config {
            max_bytes_per_second: None,
            ..Config::default()
        });
        let (mut ada, relayed) = world.relayed("ada");
        ada.bind(&mut world, 0x4000, addr(PEER)).expect("a channel");
        world.peer(relayed, addr(PEER), b"hello");
        Self {
            stranger: world.person("stranger").client,
            world,
            ada,
            relayed,
            tried: 0,
        }
    }

    /// Gives the packet to the server as Ada's and as a stranger's.
    fn try_it(&mut self, packet: &[u8]) {
        for client in [self.ada.client, self.stranger] {
            self.tried += 1;
            for sent in self.world.client(client, packet) {
                match sent {
                    Sent::ToClient(to, bytes) => {
                        assert_eq!(to, client);
                        assert!(FromServer::parse(&bytes).is_some(), "{bytes:?}");
                    }
                    Sent::ToPeer(from, to, data) => {
                        assert_eq!((client, from), (self.ada.client, self.relayed));
                        let permitted = [addr(PEER).ip(), addr(OTHER).ip()];
                        assert!(permitted.contains(&to.ip()), "{to}");
                        assert!(data.len() <= packet.len());
                    }
                }
            }
        }
    }

    /// Ada's allocation is as it was, and nobody else has one.
    fn is_unharmed(&mut self) -> usize {
        let Self {
            world,
            ada,
            relayed,
            ..
        } = self;
        assert_eq!(world.server.allocations(), 1);
        assert_eq!(world.sockets.len(), 1);
        let expected = [Sent::ToPeer(*relayed, addr(PEER), b"x".to_vec())];
        assert_eq!(ada.send_on(world, 0x4000, b"x"), expected);
        let sent = world.peer(*relayed, addr(PEER), b"y");
        assert!(ada.got_on(&sent, 0x4000, b"y"), "{sent:?}");
        assert_eq!(ada.refresh(world, 600), Ok(600));
        self.tried
    }
}

#[test]
fn every_length_with_every_beginning() {
    let mut case = Case::new();
    let kinds: [u16; 14] = [
        0x0001, 0x0003, 0x0004, 0x0006, 0x0008, 0x0009, 0x000A, 0x0011, 0x0016, 0x0101, 0x0117,
        0x4000, 0x4001, 0xFFFF,
    ];
    for length in 0..=1_500_usize {
        for (n, kind) in kinds.into_iter().enumerate() {
            // A length that fits, and one that does not; a body of zeros, and of anything.
            let body = length.saturating_sub(if kind < 0x4000 { 20 } else { 4 });
            let told = if n % 2 == 0 { body } else { body + length % 7 };
            let mut packet = vec![(length * 31 % 251 * (n % 3)) as u8; length];
            let header = kind.to_be_bytes().into_iter();
            let header = header.chain((told as u16).to_be_bytes());
            let header = header.chain([0x21, 0x12, 0xA4, 0x42]);
            for (to, from) in packet.iter_mut().zip(header) {
                *to = from;
            }
            case.try_it(&packet);
        }
    }
    assert!(case.is_unharmed() >= 1_501 * 14 * 2);
}

/// What attributes hold in sound messages, and some that nobody knows.
const ATTRIBUTES: [(u16, &[u8]); 18] = [
    (0x0006, b"1790000300:ada"),
    (0x0008, &[0; 20]),
    (0x0009, &[0, 0, 4, 1]),
    (0x000A, &[0, 9]),
    (0x000C, &[0x40, 0, 0, 0]),
    (0x000D, &[0, 0, 3, 0]),
    // 1.2.3.4:5000 and 1.2.3.5:5000.
    (0x0012, &[0, 1, 0x32, 0x9A, 0x20, 0x10, 0xA7, 0x46]),
    (0x0012, &[0, 1, 0x32, 0x9A, 0x20, 0x10, 0xA7, 0x47]),
    (0x0013, b"data"),
    (0x0014, b"crabcall"),
    (0x0015, b"0123456789abcdef"),
    (0x0016, &[0, 1, 0x32, 0x9A, 0x20, 0x10, 0xA7, 0x46]),
    (0x0017, &[1, 0, 0, 0]),
    (0x0019, &[17, 0, 0, 0]),
    (0x001A, b""),
    (0x0020, &[0, 1, 0x32, 0x9A, 0x20, 0x10, 0xA7, 0x46]),
    (0x7777, b"unknown"),
    (0x8028, &[0; 4]),
];

/// Signed requests and indications with one attribute more, in the place of others or before
/// them, whose value is cut, doubled or too long.
#[test]
fn every_attribute_cut_doubled_and_too_long() {
    let mut case = Case::new();
    let methods = [
        Method::Binding,
        Method::Allocate,
        Method::Refresh,
        Method::CreatePermission,
        Method::ChannelBind,
    ];
    for method in methods {
        for (kind, value) in ATTRIBUTES {
            // A Refresh with a lifetime of 0 is Ada's right, and no harm.
            let zero =
                |value: &[u8]| method == Method::Refresh && kind == 0x000D && value == [0; 4];
            let long = [value, &[7; 40]].concat();
            let values = (0..=long.len()).filter_map(|length| long.get(..length));
            for value in values.filter(|it| !zero(it)) {
                let doubled: [(u16, &[u8]); 2] = [(kind, value), (kind, &long)];
                let with_peer: [(u16, &[u8]); 3] = [(kind, value), ATTRIBUTES[6], ATTRIBUTES[4]];
                let sets: [&[(u16, &[u8])]; 3] = [&doubled[..1], &doubled, &with_peer];
                for set in sets {
                    let transaction = case.ada.transaction();
                    let request = case.ada.session.request(method, transaction, set);
                    case.try_it(&request);
                }
            }
        }
    }
    assert!(case.is_unharmed() >= 20_000, "{}", case.tried);
}

/// The lengths of attributes lie, in every way, in every message.
#[test]
fn every_byte_of_every_message_changed() {
    let mut case = Case::new();
    let session = case.ada.session.clone();
    let peers = [addr(PEER), addr(OTHER)];
    let messages = [
        client::binding([1; 12]),
        session.allocate([1; 12], Some(turn::Family::V4)),
        session.refresh([1; 12], 900),
        session.create_permission([1; 12], &peers),
        session.channel_bind([1; 12], 0x4000, addr(PEER)),
        client::send_indication([1; 12], addr(PEER), b"some data"),
        client::channel_data(0x4000, b"some data", false).unwrap(),
    ];
    for message in messages {
        for at in 0..message.len() {
            for change in [0x01, 0x02, 0x04, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                let mut changed = message.clone();
                changed[at] ^= change;
                case.try_it(&changed);
            }
            case.try_it(&message[..at]);
        }
        let twice = [&message[..], &message].concat();
        case.try_it(&twice);
    }
    assert!(case.is_unharmed() >= 9_000, "{}", case.tried);
}

#[test]
fn every_length_from_a_peer() {
    let mut case = Case::new();
    for length in 0..=1_500 {
        let data = vec![0x40; length];
        let sent = case.world.peer(case.relayed, addr(PEER), &data);
        assert!(case.ada.got_on(&sent, 0x4000, &data));
        let sent = case.world.peer(case.relayed, addr("9.9.9.9:9"), &data);
        assert_eq!(sent, []);
    }
    case.is_unharmed();
    let mut ben = case.world.person("ben");
    let relayed = ben.allocate(&mut case.world).unwrap();
    ben.permit(&mut case.world, &[addr(PEER)]).unwrap();
    for length in (0..=1_500).chain([65_507, 65_515, 65_516, 65_517, 65_535]) {
        let data = vec![1; length];
        let sent = case.world.peer(relayed, addr(PEER), &data);
        let fits = length <= 65_516;
        assert_eq!(ben.got_from(&sent, addr(PEER), &data), fits, "{length}");
    }
}
