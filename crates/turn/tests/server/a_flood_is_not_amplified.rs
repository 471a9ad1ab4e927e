//! Whoever forges the sender's address cannot make the server send more bytes than it was sent, apart
//! from a small constant: the bytes that fresh addresses are given, so that their first request is
//! answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use turn::client::{self, Session};
use turn::{Client, Input, Transport};

use crate::world::{World, at};

/// How many bytes one address is given, and all addresses together: at once, and then a second.
const GIVEN: (usize, usize) = (160, 16);
const GIVEN_IN_ALL: (usize, usize) = (28_000, 28_000);

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
fn what_is_given_is_small_in_all() {
    let mut world = World::new();
    let request = Session::new("", "").allocate([1; 12], None);
    for n in 0..100_000_u32 {
        let victim = SocketAddr::new(Ipv4Addr::from_bits(0x0900_0000 + n).into(), 5);
        let from = Client {
            address: victim,
            ..at("1.1.1.1:1")
        };
        world.client(from, &request);
        world.now += Duration::from_micros(10);
    }
    // An address that is answered has paid for half of the reply.
    let (at_once, a_second) = GIVEN_IN_ALL;
    let out = world.bytes_out;
    assert!(out <= 2 * (at_once + a_second), "{out} bytes in a second");
}

#[test]
fn slowly_over_minutes() {
    let (bytes_in, bytes_out) = flood(|n| Ipv4Addr::from_bits(0x0900_0000 + n % 8).into(), 3_000);
    let (at_once, a_second) = GIVEN;
    let given = 8 * (at_once + a_second * 300);
    assert!(
        bytes_out <= bytes_in + given,
        "{bytes_in} in, {bytes_out} out"
    );
}

#[test]
fn by_single_requests() {
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
            assert!(world.bytes_out <= bytes_in + GIVEN.0);
        }
    }
}

#[test]
fn the_first_request_is_answered() {
    let mut world = World::new();
    let stranger = Session::new("", "");
    let binding = client::binding([1; 12]);
    assert_eq!(binding.len(), 20);
    assert_eq!(world.client(at("1.2.3.4:5"), &binding).len(), 1);
    let allocate = stranger.allocate([2; 12], None);
    assert_eq!(world.client(at("1.2.3.5:5"), &allocate).len(), 1);
    // Several people behind one address send all that a browser asks at the beginning.
    for n in 0..3 {
        let browser = at(&format!("1.2.3.6:{}", 5_000 + n));
        assert_eq!(world.client(browser, &binding).len(), 1, "{n}");
        assert_eq!(world.client(browser, &allocate).len(), 1, "{n}");
    }
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
    assert_eq!(tries, Some(2), "others ask twice as long as it lasts");
    world.now += Duration::from_secs(2);
    assert_eq!(world.client(at("192.0.2.3:7"), &request).len(), 1);

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
