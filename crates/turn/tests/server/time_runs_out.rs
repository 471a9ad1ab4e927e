//! Permissions, channels, allocations and nonces end in their time, and not before.

use std::time::Duration;

use crate::world::{Sent, World, addr};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_permission_after_five_minutes() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    let peer = addr("1.2.3.4:5000");
    ada.permit(&mut world, &[peer]).unwrap();
    world.wait(4 * MINUTE);
    ada.permit(&mut world, &[peer]).unwrap();
    world.wait(5 * MINUTE - Duration::from_millis(1));
    assert_eq!(ada.send(&mut world, peer, b"x").len(), 1);
    assert_eq!(world.peer(relayed, peer, b"x").len(), 1);
    world.wait(Duration::from_millis(1));
    assert_eq!(ada.send(&mut world, peer, b"x"), []);
    assert_eq!(world.peer(relayed, peer, b"x"), []);
    assert_eq!(world.server.counters().not_permitted, 2);
}

#[test]
fn a_channel_after_ten_minutes() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    let (peer, other) = (addr("1.2.3.4:5000"), addr("1.2.3.5:5000"));
    ada.bind(&mut world, 0x4000, peer).unwrap();
    assert_eq!(ada.refresh(&mut world, 3_600), Ok(3_600));
    world.wait(9 * MINUTE);
    assert_eq!(
        world.peer(relayed, peer, b"x"),
        [],
        "its permission is over"
    );
    ada.permit(&mut world, &[peer]).unwrap();
    world.wait(MINUTE - Duration::from_millis(1));
    assert_eq!(ada.send_on(&mut world, 0x4000, b"x").len(), 1);
    assert_eq!(ada.bind(&mut world, 0x4000, other), Err(400));

    world.wait(Duration::from_millis(1));
    assert_eq!(ada.send_on(&mut world, 0x4000, b"x"), []);
    let sent = world.peer(relayed, peer, b"x");
    assert!(
        ada.got_from(&sent, peer, b"x"),
        "no channel, still permitted"
    );
    ada.bind(&mut world, 0x4000, other).unwrap();
    let expected = [Sent::ToPeer(relayed, other, b"x".to_vec())];
    assert_eq!(ada.send_on(&mut world, 0x4000, b"x"), expected);
}

#[test]
fn an_allocation_that_is_not_refreshed() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    world.wait(9 * MINUTE);
    assert_eq!(
        ada.refresh(&mut world, 60),
        Ok(600),
        "not less than the default"
    );
    assert_eq!(
        ada.refresh(&mut world, 90_000),
        Ok(3_600),
        "not more than an hour"
    );
    assert_eq!(ada.refresh(&mut world, 1_000), Ok(1_000));
    world.wait(Duration::from_millis(999_999));
    assert_eq!(world.server.allocations(), 1);
    world.wait(Duration::from_millis(1));
    assert_eq!(world.server.allocations(), 0);
    assert!(world.sockets.is_empty());
    assert_eq!(world.server.poll_timeout(), None);
    let refused = [
        ada.refresh(&mut world, 600),
        ada.permit(&mut world, &[relayed]).map(|()| 0),
        ada.bind(&mut world, 0x4000, relayed).map(|()| 0),
    ];
    // Its credential is too old for more than living on.
    assert_eq!(refused, [Err(401); 3]);
}

#[test]
fn an_allocation_that_is_given_back() {
    let mut world = World::new();
    let (mut ada, first) = world.relayed("ada");
    assert_eq!(ada.refresh(&mut world, 0), Ok(0));
    assert!(world.sockets.is_empty());
    assert_eq!(ada.refresh(&mut world, 0), Err(437));
    assert_eq!(ada.permit(&mut world, &[addr("1.2.3.4:5005")]), Err(437));
    assert_eq!(ada.bind(&mut world, 0x4000, addr("1.2.3.4:5005")), Err(437));
    let second = ada.allocate(&mut world).unwrap();
    assert_ne!(first, second);
}

#[test]
fn a_nonce_after_an_hour() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    for _ in 0..15 {
        // 438, and again with the new nonce, once an hour.
        assert_eq!(ada.refresh(&mut world, 600), Ok(600));
        world.wait(Duration::from_secs(599));
    }
    // The first 401, and two stale ones.
    assert_eq!(world.server.counters().unauthorized, 3);
}
