//! Two relayed people reach one another inside of the server, whatever their addresses are; and
//! both must have permitted it.

use std::net::SocketAddr;

use turn::{Client, Family, Transport};

use crate::world::{Person, World};

fn both_ways(
    world: &mut World,
    (ada, a): (&mut Person, SocketAddr),
    (ben, b): (&mut Person, SocketAddr),
) {
    ada.permit(world, &[b]).expect("a permission");
    assert_eq!(ada.send(world, b, b"1"), [], "Ben permitted nothing");
    ben.permit(world, &[a]).expect("a permission");
    let sent = ada.send(world, b, b"2");
    assert!(ben.got_from(&sent, a, b"2"), "{sent:?}");
    let sent = ben.send(world, a, b"3");
    assert!(ada.got_from(&sent, b, b"3"), "{sent:?}");

    ada.bind(world, 0x4001, b).expect("a channel");
    ben.bind(world, 0x4002, a).expect("a channel");
    for length in 0..1_300 {
        let data = vec![length as u8; length];
        let sent = ada.send_on(world, 0x4001, &data);
        assert!(ben.got_on(&sent, 0x4002, &data), "{sent:?}");
        let sent = ben.send_on(world, 0x4002, &data);
        assert!(ada.got_on(&sent, 0x4001, &data), "{sent:?}");
    }
}

#[test]
fn two_people_with_private_addresses() {
    let mut world = World::new();
    world.bind_v4 = ("192.168.1.2", "192.168.1.2");
    let mut ada = world.person_at("ada", "192.168.1.10:5000");
    let mut ben = world.person_at("ben", "10.1.1.1:5000");
    ben.client = Client {
        transport: Transport::Tls,
        link: 4,
        ..ben.client
    };
    let a = ada.allocate(&mut world).unwrap();
    let b = ben.allocate(&mut world).unwrap();
    both_ways(&mut world, (&mut ada, a), (&mut ben, b));
    let counters = *world.server.counters();
    assert_eq!(
        counters.to_peers.packets, 0,
        "nothing was sent through a socket"
    );
    assert_eq!(counters.handed_over.packets, 2_602);
}

#[test]
fn over_ipv6() {
    let mut world = World::new();
    world.bind_v6 = ("fd00::1", "fd00::1");
    let (mut ada, mut ben) = (world.person("ada"), world.person("ben"));
    let a = ada.allocate_family(&mut world, Some(Family::V6)).unwrap();
    let b = ben.allocate_family(&mut world, Some(Family::V6)).unwrap();
    both_ways(&mut world, (&mut ada, a), (&mut ben, b));
}

#[test]
fn behind_a_one_to_one_nat_by_either_address() {
    let mut world = World::new();
    world.bind_v4 = ("10.0.0.5", "8.8.4.4");
    let (mut ada, a) = world.relayed("ada");
    let (mut ben, b) = world.relayed("ben");
    assert_eq!(
        a.ip().to_string(),
        "8.8.4.4",
        "clients are told the outer address"
    );
    both_ways(&mut world, (&mut ada, a), (&mut ben, b));

    // By the inner address the same socket is meant; it is known by its outer one all the same.
    let inner = SocketAddr::new("10.0.0.5".parse().unwrap(), b.port());
    let (mut cleo, c) = world.relayed("cleo");
    cleo.permit(&mut world, &[inner]).unwrap();
    ben.permit(&mut world, &[c]).unwrap();
    let sent = cleo.send(&mut world, inner, b"x");
    assert!(ben.got_from(&sent, c, b"x"), "{sent:?}");
}

#[test]
fn it_ends_with_either_allocation() {
    let mut world = World::new();
    let (mut ada, a) = world.relayed("ada");
    let (mut ben, b) = world.relayed("ben");
    both_ways(&mut world, (&mut ada, a), (&mut ben, b));
    ben.refresh(&mut world, 0).unwrap();
    assert_eq!(ada.send_on(&mut world, 0x4001, b"x"), []);
    assert_eq!(ada.send(&mut world, b, b"x"), []);
    assert_eq!(ada.bind(&mut world, 0x4001, b), Err(403));
}
