//! An allocation relays so many bytes per second, each way, and others are not slower for it.

use std::time::Duration;

use turn::{Config, Family};

use crate::world::{World, addr};

#[test]
fn each_way_on_its_own() {
    let mut world = World::with(Config {
        max_bytes_per_second: Some(100_000),
        ..Config::default()
    });
    let peer = addr("1.2.3.4:5005");
    let (mut ada, a) = world.relayed("ada");
    let (mut ben, b) = world.relayed("ben");
    ada.bind(&mut world, 0x4000, peer).unwrap();
    ben.bind(&mut world, 0x4000, peer).unwrap();
    let data = [0; 1_000];
    let seconds = 10;
    let (mut out, mut back, mut of_ben) = (0, 0, 0);
    // A thousand packets per second each way, ten times what is allowed; Ben keeps below it.
    for n in 0..seconds * 1_000 {
        out += ada.send_on(&mut world, 0x4000, &data).len();
        back += world.peer(a, peer, &data).len();
        if n % 10 == 0 {
            of_ben += world.peer(b, peer, &data[..990]).len();
        }
        world.wait(Duration::from_millis(1));
    }
    // Half a second's worth may come at once.
    let allowed = 50 + seconds * 100;
    assert!((allowed - 2..=allowed + 1).contains(&out), "{out}");
    assert!((allowed - 2..=allowed + 1).contains(&back), "{back}");
    assert_eq!(of_ben, seconds * 100);
    let dropped = 2 * seconds * 1_000 - out - back;
    assert_eq!(world.server.counters().too_fast, dropped as u64);
}

/// How many packets of 1,000 bytes get through when twenty people, each with an allocation and a peer
/// of their own, send a hundred a second each for ten seconds.
fn sent_by_twenty(config: Config, peers: impl Fn(usize) -> String) -> usize {
    let mut world = World::with(config);
    let mut people: Vec<_> = (0..20)
        .map(|n| {
            let (mut person, relayed) = world.relayed(&format!("p{n}"));
            let peer = addr(&peers(n));
            person.bind(&mut world, 0x4000, peer).expect("a channel");
            assert_eq!(world.peer(relayed, peer, b"hello").len(), 1);
            person
        })
        .collect();
    let mut sent = 0;
    for _ in 0..1_000 {
        for person in &mut people {
            sent += person.send_on(&mut world, 0x4000, &[0; 1_000]).len();
        }
        world.wait(Duration::from_millis(10));
    }
    sent
}

fn config(per_address: Option<u32>, in_all: Option<u32>) -> Config {
    Config {
        max_bytes_per_second: None,
        max_bytes_per_second_per_address: per_address,
        max_bytes_per_second_in_all: in_all,
        ..Config::default()
    }
}

#[test]
fn all_that_comes_from_one_address_or_goes_to_one_has_a_rate() {
    let peers = |n| format!("1.2.3.{n}:5000");
    assert_eq!(sent_by_twenty(config(None, None), peers), 20_000);
    // All twenty are at one address.
    let sent = sent_by_twenty(config(Some(500_000), None), peers);
    assert!((5_240..=5_251).contains(&sent), "{sent}");
    let sent = sent_by_twenty(config(None, Some(500_000)), peers);
    assert!((5_240..=5_251).contains(&sent), "{sent}");
}

#[test]
fn many_do_not_flood_one() {
    let mut world = World::with(config(Some(500_000), None));
    let victim = addr("[2a00::1]:5000");
    let mut sent = 0;
    let mut people: Vec<_> = (0..20)
        .map(|n| {
            let mut person = world.person_at(&format!("p{n}"), &format!("9.9.9.{n}:5000"));
            let family = Some(Family::V6);
            let relayed = person.allocate_family(&mut world, family).unwrap();
            person.bind(&mut world, 0x4000, victim).unwrap();
            world.peer(relayed, victim, b"hello");
            person
        })
        .collect();
    for _ in 0..1_000 {
        for person in &mut people {
            sent += person.send_on(&mut world, 0x4000, &[0; 1_000]).len();
        }
        world.wait(Duration::from_millis(10));
    }
    assert!((5_240..=5_251).contains(&sent), "{sent}");
}
