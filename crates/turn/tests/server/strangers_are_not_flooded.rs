//! A peer that has not sent anything is sent what ICE needs to reach it and no more, however many
//! clients send to it.

use std::time::Duration;

use crate::world::{Person, World, addr};

/// How many bytes leave for the people's peers in these seconds, when each person sends 100 packets of
/// 1,000 bytes a second.
fn flood(world: &mut World, people: &mut [(Person, String)], seconds: u32) -> usize {
    let mut sent = 0;
    for _ in 0..seconds * 100 {
        for (person, peer) in people.iter_mut() {
            sent += 1_000 * person.send(world, addr(peer), &[0; 1_000]).len();
        }
        world.wait(Duration::from_millis(10));
    }
    sent
}

fn people(
    world: &mut World,
    count: usize,
    peer: impl Fn(usize) -> String,
) -> Vec<(Person, String)> {
    (0..count)
        .map(|n| {
            let address = format!("9.9.{}.{}:5000", n / 250, n % 250);
            let mut person = world.person_at(&format!("p{n}"), &address);
            person.allocate(world).expect("an allocation");
            person
                .permit(world, &[addr(&peer(n))])
                .expect("a permission");
            (person, peer(n))
        })
        .collect()
}

#[test]
fn by_one_allocation() {
    let mut world = World::new();
    let mut eve = people(&mut world, 1, |_| "1.2.3.4:5000".to_owned());
    let sent = flood(&mut world, &mut eve, 10);
    assert!(sent <= 20_000 + 10 * 2_000, "{sent}");
    // By sending to many strangers Eve gets no more through than by sending to one.
    let (eve, _) = &mut eve[0];
    let peers: Vec<_> = (0..60).map(|n| addr(&format!("1.2.4.{n}:5000"))).collect();
    eve.permit(&mut world, &peers).unwrap();
    let mut sent = 0;
    for peer in peers {
        sent += 1_000 * eve.send(&mut world, peer, &[0; 1_000]).len();
    }
    assert!(sent <= 2_000, "{sent}");
    assert!(world.server.counters().unheard > 900);
}

#[test]
fn by_many_at_one_address() {
    let mut world = World::new();
    let mut crowd = people(&mut world, 50, |n| format!("1.2.3.4:{}", 5_000 + n));
    let sent = flood(&mut world, &mut crowd, 10);
    assert!(sent <= 100_000 + 10 * 20_000, "{sent}");
}

#[test]
fn in_all() {
    let mut world = World::new();
    let mut crowd = people(&mut world, 600, |n| {
        format!("1.2.{}.{}:5000", n / 250, n % 250)
    });
    let sent = flood(&mut world, &mut crowd, 10);
    assert!(sent <= 1_000_000 + 10 * 500_000, "{sent}");
}

/// Ada sends the checks of a browser to ten candidates, of which none answers, until a browser gives
/// up.
#[test]
fn the_checks_of_ice_get_through() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    let peers: Vec<_> = (0..10).map(|n| addr(&format!("1.2.3.{n}:5000"))).collect();
    ada.permit(&mut world, &peers).unwrap();
    for peer in peers.iter().cycle().take(15 * 20) {
        let check = [0; 130];
        assert_eq!(ada.send(&mut world, *peer, &check).len(), 1);
        world.wait(Duration::from_millis(50));
    }
}

#[test]
fn who_was_heard_is_sent_everything_however_much_others_have_spent() {
    let mut world = World::new();
    let mut crowd = people(&mut world, 100, |n| format!("1.2.3.4:{}", 5_000 + n));
    flood(&mut world, &mut crowd, 2);
    let (mut ada, relayed) = world.relayed("ada");
    let peer = addr("1.2.3.4:7000");
    ada.permit(&mut world, &[peer]).unwrap();
    let left = (0..20).take_while(|_| !ada.send(&mut world, peer, &[0; 1_000]).is_empty());
    assert!(left.count() < 15, "next to nothing is left for Ada");
    // Ben's own check comes to the relayed address.
    assert_eq!(world.peer(relayed, peer, b"check").len(), 1);
    for _ in 0..3 {
        for _ in 0..1_000 {
            assert_eq!(ada.send(&mut world, peer, &[0; 1_000]).len(), 1);
            world.wait(Duration::from_millis(1));
        }
        ada.bind(&mut world, 0x4000, peer).unwrap();
        for _ in 0..1_000 {
            assert_eq!(ada.send_on(&mut world, 0x4000, &[0; 1_000]).len(), 1);
            world.wait(Duration::from_millis(1));
        }
        // The permission expires and Ada asks for it again, while the peer goes on sending.
        world.wait(Duration::from_secs(301));
        ada.refresh(&mut world, 600).unwrap();
        ada.permit(&mut world, &[peer]).unwrap();
        assert_eq!(world.peer(relayed, peer, b"here").len(), 1);
    }
}
