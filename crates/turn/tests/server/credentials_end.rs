//! Credentials work for who they were given to, while they were meant to.

use std::time::Duration;

use turn::client::Session;
use turn::{Client, Config, Input, Message, Transport};

use crate::world::{Person, World, addr, at};

const MINUTE: Duration = Duration::from_secs(60);

fn revoke(world: &mut World, participant: &str) {
    let participant = participant.to_owned();
    world.handle(Input::Revoke { participant });
}

#[test]
fn they_must_be_used_within_five_minutes() {
    let mut world = World::new();
    let (mut early, mut late) = (world.person("ada"), world.person("ada"));
    world.wait(5 * MINUTE - Duration::from_secs(1));
    early.allocate(&mut world).unwrap();
    world.wait(Duration::from_secs(1));
    assert_eq!(late.allocate(&mut world), Err(401));
    // What was made with them lives on.
    for _ in 0..20 {
        early.refresh(&mut world, 600).unwrap();
        early.permit(&mut world, &[addr("1.2.3.4:5005")]).unwrap();
        world.wait(5 * MINUTE);
    }
    // Newer ones of the same participant do as well, older ones do not.
    let credentials = world.credentials_at("ada", early.client.address.ip());
    early.session = Session::new(&credentials.username, &credentials.password);
    early.refresh(&mut world, 600).unwrap();
}

#[test]
fn old_ones_do_not_move_a_newer_allocation() {
    let mut world = World::new();
    let old = world.server.credentials(world.now, "ada");
    world.wait(5 * MINUTE);
    let (mut ada, _) = world.relayed("ada");
    ada.session = Session::new(&old.username, &old.password);
    assert_eq!(ada.refresh(&mut world, 0), Err(401));
    assert_eq!(world.server.allocations(), 1);
}

#[test]
fn altered_ones_never_work() {
    let mut world = World::new();
    let good = world.server.credentials(world.now, "ada");
    let later = good.username.replacen('1', "2", 1);
    let of_ben = good.username.replace("ada", "ben");
    let long = format!("{}{}", good.username, "a".repeat(200));
    let wrong = [
        (later.as_str(), good.password.as_str()),
        (&of_ben, &good.password),
        (&long, &good.password),
        (&good.username, "password"),
        (&good.username, ""),
        ("", &good.password),
        ("ada", &good.password),
        (":", ""),
    ];
    for (username, password) in wrong {
        let mut person = world.person("ada");
        person.session = Session::new(username, password);
        assert_eq!(person.allocate(&mut world), Err(401), "{username}");
    }
    let mut person = world.person("ada");
    person.session = Session::new(&good.username, &good.password);
    person.allocate(&mut world).unwrap();
}

#[test]
fn revoked_ones_are_dead_at_once_and_so_is_what_they_made() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    let (mut ben, _) = world.relayed("ben");
    let peer = addr("1.2.3.4:5005");
    ada.bind(&mut world, 0x4000, peer).unwrap();
    ben.bind(&mut world, 0x4000, peer).unwrap();
    let mut unused = world.person("ada");

    revoke(&mut world, "ada");
    assert_eq!(world.sockets.len(), 1);
    assert!(world.sockets.values().all(|it| it.relayed != relayed));
    assert_eq!(ada.send_on(&mut world, 0x4000, b"x"), []);
    assert_eq!(ada.refresh(&mut world, 600), Err(401));
    assert_eq!(ada.allocate(&mut world), Err(401));
    assert_eq!(unused.allocate(&mut world), Err(401));
    assert_eq!(ben.send_on(&mut world, 0x4000, b"x").len(), 1, "Ben stays");

    // Somebody who comes back is another participant.
    let mut back = world.person("ada again");
    back.allocate(&mut world).unwrap();
    assert_eq!(unused.allocate(&mut world), Err(401));
}

#[test]
fn signed_ones_of_nobody_are_refused() {
    let mut world = World::new();
    let credentials = world.server.credentials(world.now, "eve");
    let mut eve = world.person("ada");
    eve.session = Session::new(&credentials.username, &credentials.password);
    assert_eq!(eve.allocate(&mut world), Err(401));
}

#[test]
fn however_many_go_those_who_stay_are_not_touched() {
    let mut world = World::new();
    let peer = addr("1.2.3.4:5000");
    let (mut ada, _) = world.relayed("ada");
    ada.bind(&mut world, 0x4000, peer).unwrap();
    let mut unused = world.person("ben");
    // Half of them come from Ada's address, the others from an address each.
    for n in 0..40_000_u32 {
        let somebody = format!("somebody {n}");
        let address = match n % 2 {
            0 => ada.client.address.ip(),
            _ => std::net::Ipv4Addr::from_bits(0x0900_0000 + n).into(),
        };
        world.credentials_at(&somebody, address);
        revoke(&mut world, &somebody);
    }
    assert_eq!(
        world.server.participants(),
        2,
        "nothing is kept of the rest"
    );
    assert_eq!(world.server.counters().not_granted, 0);
    ada.refresh(&mut world, 600).unwrap();
    ada.permit(&mut world, &[peer]).unwrap();
    assert_eq!(ada.send_on(&mut world, 0x4000, b"x").len(), 1);
    unused.allocate(&mut world).unwrap();
    world.person("cleo").allocate(&mut world).unwrap();
}

#[test]
fn one_address_has_its_share_of_them() {
    let mut world = World::with(Config {
        max_participants_per_address: 3,
        ..Config::default()
    });
    let allowed = (0..10)
        .filter(|n| {
            let mut eve = world.person_at(&format!("eve {n}"), &format!("[2001:db8::{n}]:5"));
            eve.allocate(&mut world).is_ok()
        })
        .count();
    assert_eq!(allowed, 3);
    assert_eq!(world.server.counters().not_granted, 7);
    let mut ada = world.person_at("ada", "[2001:db8:0:1::1]:5");
    ada.allocate(&mut world).unwrap();
}

/// Ada's signed request to have an allocation, as it would be overheard.
fn overheard(world: &mut World, ada: &mut Person) -> Vec<u8> {
    let request = ada.session.allocate(ada.transaction(), None);
    let challenge = ada.ask(world, &request).expect("a challenge");
    assert!(
        ada.session
            .learn(&Message::parse(&challenge).expect("a message"))
    );
    ada.session.allocate(ada.transaction(), None)
}

#[test]
fn a_replayed_request_works_nowhere_else() {
    let mut world = World::new();
    let mut ada = world.person("ada");
    let request = overheard(&mut world, &mut ada);
    let elsewhere = [
        at("203.0.113.9:7"),
        Client {
            link: 1,
            ..ada.client
        },
        Client {
            transport: Transport::Tcp,
            ..ada.client
        },
    ];
    for client in elsewhere {
        let thief = Person {
            client,
            ..world.person("eve")
        };
        let response = thief.ask(&mut world, &request).unwrap();
        assert_eq!(Message::parse(&response).unwrap().error, Some(438));
    }
    assert_eq!(world.server.allocations(), 0);

    // At its own place it makes one allocation, however often it comes.
    let first = ada.ask(&mut world, &request).unwrap();
    assert!(Message::parse(&first).unwrap().relayed.is_some());
    assert_eq!(ada.ask(&mut world, &request).unwrap(), first);
    assert_eq!(world.server.allocations(), 1);
    // And none after it was revoked.
    revoke(&mut world, "ada");
    let response = ada.ask(&mut world, &request).unwrap();
    assert_eq!(Message::parse(&response).unwrap().error, Some(401));
}

#[test]
fn another_participant_cannot_use_an_allocation() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    let mut ben = world.person("ben");
    ben.client = ada.client;
    assert_eq!(ben.refresh(&mut world, 0), Err(441));
    assert_eq!(ben.permit(&mut world, &[addr("1.2.3.4:5005")]), Err(441));
    assert_eq!(ben.bind(&mut world, 0x4000, addr("1.2.3.4:5005")), Err(441));
    assert_eq!(ben.allocate(&mut world), Err(437));
    ada.refresh(&mut world, 600).unwrap();
}
