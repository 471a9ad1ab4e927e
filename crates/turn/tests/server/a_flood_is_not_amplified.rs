//! Whoever forges the sender's address cannot make the server send more than it was sent.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use turn::client::{self, Session};
use turn::{Client, Input, Transport};

use crate::world::{World, at};

/// What a hundred thousand forged requests cost and bring: bytes in and bytes out.
fn flood(victim: impl Fn(u32) -> IpAddr, microseconds: u64) -> (usize, usize) {
    let mut world = World::new();
    let stranger = Session::new("", "");
    let mut signed = world.person("ada");
    signed.allocate(&mut world).expect("an allocation");
    world.bytes_out = 0;
    let mut bytes_in = 0;
    for n in 0..100_000_u32 {
        let mut transaction = [0; 12];
        transaction[8..].copy_from_slice(&n.to_be_bytes());
        let request = match n % 5 {
            0 => client::binding(transaction),
            1 => stranger.allocate(transaction, None),
            2 => stranger.refresh(transaction, 600),
            3 => stranger.create_permission(transaction, &[]),
            // Signed once, for another address: 438.
            _ => signed.session.refresh(transaction, 600),
        };
        bytes_in += request.len();
        let port = 1_024 + (n % 60_000) as u16;
        let from = Client {
            address: SocketAddr::new(victim(n), port),
            ..at("1.1.1.1:1")
        };
        world.client(from, &request);
        world.now += Duration::from_micros(microseconds);
    }
    (bytes_in, world.bytes_out)
}

#[test]
fn one_victim() {
    let (bytes_in, bytes_out) = flood(|_| "1.2.3.4".parse().expect("an address"), 10);
    assert!(bytes_out <= bytes_in / 10, "{bytes_in} in, {bytes_out} out");
}

#[test]
fn a_hundred_thousand_victims() {
    let (bytes_in, bytes_out) = flood(|n| Ipv4Addr::from_bits(0x0900_0000 + n).into(), 10);
    assert!(bytes_out <= bytes_in, "{bytes_in} in, {bytes_out} out");
}

#[test]
fn slowly_over_minutes() {
    let (bytes_in, bytes_out) = flood(|n| Ipv4Addr::from_bits(0x0900_0000 + n % 8).into(), 3_000);
    assert!(bytes_out <= bytes_in, "{bytes_in} in, {bytes_out} out");
}

#[test]
fn not_even_by_a_single_request() {
    let mut world = World::new();
    let stranger = Session::new("", "");
    let transactions = (0..100_u32).map(|n| {
        let mut transaction = [0; 12];
        transaction[8..].copy_from_slice(&n.to_be_bytes());
        transaction
    });
    let mut bytes_in = 0;
    for transaction in transactions {
        for request in [
            client::binding(transaction),
            stranger.allocate(transaction, None),
            stranger.refresh(transaction, 600),
            stranger.create_permission(transaction, &[]),
        ] {
            bytes_in += request.len();
            world.client(at("1.2.3.4:5"), &request);
            assert!(world.bytes_out <= bytes_in);
        }
    }
    assert!(world.bytes_out > 0, "it is answered in the end");
}

#[test]
fn in_a_flood_people_are_answered() {
    let mut world = World::new();
    let stranger = Session::new("", "");
    let ada = world.person_at("ada", "192.0.2.1:7");
    world.handle(Input::Expect(ada.client.address.ip()));
    let flood = |world: &mut World| {
        for n in 0..50_000_u32 {
            let victim = SocketAddr::new(Ipv4Addr::from_bits(0x0900_0000 + n).into(), 5);
            let from = Client {
                address: victim,
                ..at("1.1.1.1:1")
            };
            world.client(from, &client::binding([1; 12]));
        }
    };
    flood(&mut world);
    let request = stranger.allocate([1; 12], None);
    assert_eq!(
        world.client(ada.client, &request).len(),
        1,
        "who has opened a connection is no forgery"
    );
    let unknown = at("192.0.2.2:7");
    let tries = (1..=2).find(|_| !world.client(unknown, &request).is_empty());
    assert_eq!(tries, Some(2), "others ask twice");

    let mut ben = world.person("ben");
    ben.client.transport = Transport::Tcp;
    ben.allocate(&mut world)
        .expect("a stream's other end is no forgery");
}

#[test]
fn a_401_is_as_small_as_it_can_be() {
    let mut world = World::new();
    let ada = world.person("ada");
    let request = ada.session.allocate([1; 12], None);
    let challenge = ada.ask(&mut world, &request).unwrap();
    // Header; code; realm of 4; nonce of 16: two requests pay for it.
    assert_eq!((request.len(), challenge.len()), (28, 20 + 8 + 8 + 20));
}
