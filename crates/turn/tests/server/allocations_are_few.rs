//! Allocations, permissions and channels have bounds, and one person's do not take another's.

use turn::{Config, Input, Message};

use crate::world::{World, addr, at};

#[test]
fn a_thousand_by_one_participant() {
    let mut world = World::new();
    let mut made = 0;
    for n in 0..1_000 {
        let mut ada = world.person_at("ada", &format!("1.1.{}.{}:99", n / 250, n % 250));
        match ada.allocate(&mut world) {
            Ok(_) => made += 1,
            Err(code) => assert_eq!(code, 486),
        }
        world.wait(std::time::Duration::from_millis(50));
    }
    assert_eq!(made, Config::default().max_allocations_per_participant);
    assert_eq!(world.sockets.len(), made);
    assert_eq!(world.server.counters().over_quota, 1_000 - made as u64);
    let (mut ben, relayed) = world.relayed("ben");
    ben.permit(&mut world, &[addr("1.2.3.4:5005")]).unwrap();
    assert_eq!(world.peer(relayed, addr("1.2.3.4:5005"), b"x").len(), 1);
}

#[test]
fn from_one_address() {
    let mut world = World::with(Config {
        max_allocations_per_address: 3,
        ..Config::default()
    });
    for (n, allowed) in [(1, true), (2, true), (3, true), (4, false)] {
        let mut person = world.person_at(&format!("p{n}"), &format!("[2001:db8::{n}]:5"));
        assert_eq!(person.allocate(&mut world).is_ok(), allowed, "{n}");
    }
    let mut other = world.person_at("other", "[2001:db8:0:1::1]:5");
    other.allocate(&mut world).unwrap();
    // One of the three leaves.
    let participant = "p2".to_owned();
    world.handle(Input::Revoke { participant });
    let mut fourth = world.person_at("p4", "[2001:db8::4]:5");
    fourth.allocate(&mut world).unwrap();
}

#[test]
fn a_few_addresses_do_not_take_the_places_of_everybody() {
    let mut world = World::with(Config {
        max_allocations: 400,
        max_allocations_per_address: 40,
        ..Config::default()
    });
    let mut made = Vec::new();
    let mut refused = 486;
    while refused == 486 {
        let address = made.len();
        let mut count = 0;
        refused = loop {
            let who = format!("{address}-{count}");
            let mut person = world.person_at(&who, &format!("1.1.{address}.1:{}", 1_024 + count));
            world.wait(std::time::Duration::from_millis(50));
            match person.allocate(&mut world) {
                Ok(_) => count += 1,
                Err(code) => break code,
            }
        };
        made.push(count);
    }
    assert_eq!(refused, 508, "all are taken");
    // Half of the places go to five greedy addresses, and each of the others gets enough for a call.
    let (greedy, others) = made.split_at(5);
    assert_eq!(greedy, [40; 5]);
    assert_eq!(others, [&[16; 12][..], &[8][..]].concat());
}

#[test]
fn in_all() {
    let mut world = World::with(Config {
        max_allocations: 2,
        ..Config::default()
    });
    let (mut ada, _) = world.relayed("ada");
    world.relayed("ben");
    let mut cleo = world.person("cleo");
    assert_eq!(cleo.allocate(&mut world), Err(508));
    ada.refresh(&mut world, 0).unwrap();
    cleo.allocate(&mut world).unwrap();
}

#[test]
fn no_socket_to_be_had() {
    let mut world = World::new();
    world.sockets_left = false;
    let mut ada = world.person("ada");
    assert_eq!(ada.allocate(&mut world), Err(508));
    assert_eq!(world.server.allocations(), 0);
    assert_eq!(world.server.poll_timeout(), None);
    world.sockets_left = true;
    ada.allocate(&mut world).unwrap();
}

#[test]
fn permissions_and_channels_of_one_allocation() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    let peers: Vec<_> = (0..64).map(|n| addr(&format!("1.2.3.{n}:5005"))).collect();
    ada.permit(&mut world, &peers).unwrap();
    ada.permit(&mut world, &peers).unwrap();
    assert_eq!(ada.permit(&mut world, &[addr("1.2.4.1:5005")]), Err(508));
    assert_eq!(ada.bind(&mut world, 0x4000, addr("1.2.4.1:5005")), Err(508));
    for n in 0..64 {
        ada.bind(&mut world, 0x4000 + n, peers[usize::from(n)])
            .unwrap();
    }
    assert_eq!(ada.bind(&mut world, 0x4100, addr("1.2.3.0:5006")), Err(508));
    world.wait(std::time::Duration::from_secs(300));
    // The permissions are over, the channels are not.
    ada.permit(&mut world, &[addr("1.2.4.1:5005")]).unwrap();
}

#[test]
fn a_socket_that_came_too_late_is_closed() {
    let mut world = World::new();
    world.answers_binds = false;
    let mut ada = world.person("ada");
    let request = ada.session.allocate(ada.transaction(), None);
    let challenge = ada.ask(&mut world, &request).unwrap();
    ada.session.learn(&Message::parse(&challenge).unwrap());
    let transaction = ada.transaction();
    let request = ada.session.allocate(transaction, None);
    assert_eq!(
        ada.ask(&mut world, &request),
        None,
        "it waits for the socket"
    );
    assert_eq!(ada.ask(&mut world, &request), None, "asked again");
    assert_eq!(world.binds.len(), 1);
    let participant = "ada".to_owned();
    world.handle(Input::Revoke { participant });
    let late = world.binds[0];
    world.bind(late, turn::Family::V4);
    assert_eq!(world.sockets.len(), 1);
    world.handle(Input::Closed {
        client: at("9.9.9.9:9"),
    });
    assert!(world.sockets.is_empty(), "told to close");
    assert_eq!(world.server.allocations(), 0);
}
