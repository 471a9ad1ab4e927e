//! What a request may hold, and how it is refused otherwise.

use turn::{Class, Config, Family, Input, Message, Method, RelayedSocket};

use crate::world::{Person, Refused, Sent, World, addr};

const LIFETIME: u16 = 0x000D;
const EVEN_PORT: u16 = 0x0018;
const REQUESTED_TRANSPORT: u16 = 0x0019;
const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
const DONT_FRAGMENT: u16 = 0x001A;
const ADDITIONAL_ADDRESS_FAMILY: u16 = 0x8000;
type Attributes<'a> = &'a [(u16, &'a [u8])];

const UDP: (u16, &[u8]) = (REQUESTED_TRANSPORT, &[17, 0, 0, 0]);

fn allocate(world: &mut World, attributes: Attributes<'_>) -> Result<Vec<u8>, Refused> {
    let mut person = world.person("ada");
    person.request(world, |session, it| {
        session.request(Method::Allocate, it, attributes)
    })
}

#[test]
fn what_an_allocate_request_asks_for() {
    let cases: [(Attributes<'_>, Option<Refused>); 12] = [
        (&[], Some(400)),
        (&[UDP], None),
        (&[UDP, (DONT_FRAGMENT, &[])], None),
        (&[UDP, (ADDITIONAL_ADDRESS_FAMILY, &[2, 0, 0, 0])], None),
        (&[UDP, (0x8022, b"some software")], None),
        (&[UDP, (REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0])], None),
        (&[UDP, (REQUESTED_ADDRESS_FAMILY, &[3, 0, 0, 0])], Some(440)),
        (&[(REQUESTED_TRANSPORT, &[6, 0, 0, 0])], Some(442)),
        (&[(REQUESTED_TRANSPORT, &[17, 0, 0])], Some(400)),
        (&[UDP, (LIFETIME, &[0; 5])], Some(400)),
        (&[UDP, (EVEN_PORT, &[0x80])], Some(420)),
        (&[UDP, (0x0022, &[0; 8])], Some(420)),
    ];
    for (attributes, refused) in cases {
        let mut world = World::new();
        let result = allocate(&mut world, attributes);
        assert_eq!(result.err(), refused, "{attributes:?}");
        let made = usize::from(refused.is_none());
        assert_eq!(world.server.allocations(), made);
    }
}

#[test]
fn the_families_that_the_server_has() {
    let with = |ipv4, ipv6| {
        World::with(Config {
            ipv4,
            ipv6,
            ..Config::default()
        })
    };
    let asked = [None, Some(Family::V4), Some(Family::V6)];
    let given = |world: &mut World| {
        asked.map(|family| {
            let relayed = world.person("ada").allocate_family(world, family);
            relayed.map(|it| Family::of(it.ip()))
        })
    };
    let (v4, v6) = (Ok(Family::V4), Ok(Family::V6));
    assert_eq!(given(&mut with(true, true)), [v4, v4, v6]);
    assert_eq!(given(&mut with(true, false)), [v4, v4, Err(440)]);
    assert_eq!(given(&mut with(false, true)), [v6, Err(440), v6]);
}

#[test]
fn unknown_attributes_are_named() {
    let mut world = World::new();
    let ada = world.person("ada");
    let request = ada
        .session
        .request(Method::Binding, [1; 12], &[(0x0003, &[0; 4])]);
    let response = ada.ask(&mut world, &request).unwrap();
    let message = Message::parse(&response).unwrap();
    assert_eq!(message.error, Some(420));
    assert!(
        response.ends_with(&[0, 0x0A, 0, 2, 0, 3, 0, 0]),
        "{response:?}"
    );
}

#[test]
fn an_allocation_is_made_once() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    assert_eq!(ada.allocate(&mut world), Err(437));
    assert_eq!(ada.refresh(&mut world, 600), Ok(600));
    assert_eq!(world.sockets.len(), 1);
    let (_, other) = world.relayed("ada");
    assert_ne!(other, relayed);
}

#[test]
fn a_refresh_is_of_the_family_that_is_there() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    let mut refresh = |family: u8| {
        ada.request(&mut world, |session, it| {
            let family = [family, 0, 0, 0];
            session.request(Method::Refresh, it, &[(REQUESTED_ADDRESS_FAMILY, &family)])
        })
        .err()
    };
    assert_eq!(refresh(1), None);
    assert_eq!(refresh(2), Some(443));
    assert_eq!(refresh(9), Some(443));
}

#[test]
fn channels_have_one_number_and_one_peer() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    let (one, two) = (addr("1.2.3.4:5005"), addr("1.2.3.4:5006"));
    for number in [0, 0x3FFF, 0x5000, 0x7FFF, 0xFFFF] {
        assert_eq!(ada.bind(&mut world, number, one), Err(400), "{number:x}");
    }
    assert_eq!(ada.bind(&mut world, 0x4000, addr("1.2.3.4:0")), Err(400));
    ada.bind(&mut world, 0x4000, one).unwrap();
    ada.bind(&mut world, 0x4000, one).unwrap();
    assert_eq!(ada.bind(&mut world, 0x4000, two), Err(400));
    assert_eq!(ada.bind(&mut world, 0x4001, one), Err(400));
    ada.bind(&mut world, 0x4FFF, two).unwrap();
    for method in [Method::ChannelBind, Method::CreatePermission] {
        let empty = ada.request(&mut world, |session, it| session.request(method, it, &[]));
        assert_eq!(empty.err(), Some(400));
    }
}

/// Appends an attribute of one number behind everything else.
fn with_more(mut request: Vec<u8>, kind: u16, value: u32) -> Vec<u8> {
    request.extend(kind.to_be_bytes());
    request.extend([0, 4]);
    request.extend(value.to_be_bytes());
    let length = (request.len() - 20) as u16;
    let place = request.get_mut(2..4).expect("a header");
    place.copy_from_slice(&length.to_be_bytes());
    request
}

#[test]
fn what_follows_message_integrity_counts_for_nothing() {
    let mut world = World::new();
    let (ada, _) = world.relayed("ada");
    // Somebody on the way adds "and let it end", and something unknown.
    let signed = ada.session.request(Method::Refresh, ada.transaction(), &[]);
    let request = with_more(with_more(signed, LIFETIME, 0), 0x7777, 0);
    let response = ada.ask(&mut world, &request).unwrap();
    let message = Message::parse(&response).unwrap();
    assert_eq!(message.class, Class::Success);
    assert_eq!(message.lifetime, Some(600));
    assert_eq!(world.server.allocations(), 1);

    // Nor does it make up for what is missing before.
    let signed = ada
        .session
        .request(Method::Allocate, ada.transaction(), &[]);
    let other = Person {
        client: world.person("other").client,
        ..world.person("ada")
    };
    let request = with_more(signed, REQUESTED_TRANSPORT, 17 << 24);
    let response = other.ask(&mut world, &request).unwrap();
    assert_eq!(Message::parse(&response).unwrap().error, Some(438));
    assert_eq!(world.server.allocations(), 1);
}

#[test]
fn a_wrong_fingerprint_is_as_if_nothing_came() {
    let mut world = World::new();
    let ada = world.person("ada");
    let request = turn::client::binding([1; 12]);
    assert!(ada.ask(&mut world, &request).is_some());
    let request = with_more(request, 0x8028, 0x1234_5678);
    assert_eq!(ada.ask(&mut world, &request), None);
}

#[test]
fn a_socket_of_the_wrong_kind_is_none() {
    let wrong = ["[2001:db8::1]:50000", "0.0.0.0:50000", "198.51.100.1:0"];
    for relayed in wrong {
        let mut world = World::new();
        world.answers_binds = false;
        let mut ada = world.person("ada");
        let request = ada.session.allocate(ada.transaction(), None);
        let challenge = ada.ask(&mut world, &request).unwrap();
        ada.session.learn(&Message::parse(&challenge).unwrap());
        let request = ada.session.allocate(ada.transaction(), None);
        assert_eq!(ada.ask(&mut world, &request), None);
        let relay = Some(RelayedSocket {
            bound: addr(relayed),
            relayed: addr(relayed),
        });
        let allocation = world.binds[0];
        let sent = world.handle(Input::Bound { allocation, relay });
        let [Sent::ToClient(_, response)] = &sent[..] else {
            panic!("no response: {sent:?}");
        };
        assert_eq!(Message::parse(response).unwrap().error, Some(508));
        assert_eq!(world.server.allocations(), 0);
    }
}
