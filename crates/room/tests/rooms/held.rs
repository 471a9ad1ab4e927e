//! A place is held for who was lost: not for ever, not for too many, and not against all others.

use std::net::IpAddr;
use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode, LeaveReason, ServerMessage};
use room::{Config, Input, SocketId};

use crate::world::{World, as_guest, as_host, left, with_ticket};

const SECOND: Duration = Duration::from_secs(1);

/// When to try again, as a refusal for want of a place says.
fn full(world: &mut World, connection: SocketId, message: ClientMessage) -> Duration {
    world.heard(connection);
    world.say(connection, message);
    match world.heard(connection).as_slice() {
        [ServerMessage::Error(error)] if error.code == ErrorCode::Full => {
            Duration::from_millis(error.retry_after_ms.expect("when to try again"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_place_of_who_was_just_lost_is_given_to_nobody() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.lose(guest.connection);
    world.wait(SECOND);
    let newcomer = world.open();
    let wait = full(&mut world, newcomer, as_guest(1));
    assert!((9 * SECOND..10 * SECOND).contains(&wait), "{wait:?}");
    world.heard(host.connection);
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!(again.id, guest.id);
    // Lost again, and now for as long as that.
    world.lose(again.connection);
    let wait = full(&mut world, newcomer, as_guest(1));
    world.wait(wait);
    assert!(world.enter_on(newcomer, as_guest(1)).is_ok());
}

#[test]
fn who_is_silent_is_asked_when_a_place_is_wanted() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.wait(30 * SECOND);
    let newcomer = world.open();
    let wait = full(&mut world, newcomer, as_guest(1));
    assert!((2 * SECOND..3 * SECOND).contains(&wait), "{wait:?}");
    let mut asked = world.probed();
    asked.sort();
    assert_eq!(asked, [host.connection, guest.connection]);
    // Once is enough, and any sign of life.
    full(&mut world, newcomer, as_guest(1));
    assert_eq!(world.probed(), []);
    let connection = host.connection;
    world.handle(Input::Alive { connection });
    world.wait(wait);
    assert_eq!(world.closed(host.connection), None);
    assert_eq!(world.closed(guest.connection), Some(CloseCode::Idle));
    // Counted from when it did not answer, it is away for ten seconds.
    full(&mut world, newcomer, as_guest(1));
    world.handle(Input::Alive { connection });
    let wait = full(&mut world, newcomer, as_guest(1));
    assert!((7 * SECOND..=8 * SECOND).contains(&wait), "{wait:?}");
    world.wait(wait);
    world.probed();
    assert!(world.enter_on(newcomer, as_guest(1)).is_ok());
    // Who was just heard of is not asked.
    let third = world.open();
    full(&mut world, third, as_guest(1));
    assert_eq!(world.probed(), [host.connection]);
}

#[test]
fn the_place_of_a_host_is_given_to_no_guest() {
    let mut world = World::new(Config::default());
    let (host, _guest) = world.pair(1);
    world.lose(host.connection);
    world.wait(59 * SECOND);
    let newcomer = world.open();
    full(&mut world, newcomer, as_guest(1));
    let again = world.enter(with_ticket(1, &host.ticket)).unwrap();
    world.lose(again.connection);
    world.wait(11 * SECOND);
    // The same host, who lost its ticket too.
    assert!(world.enter_on(newcomer, as_host(1)).is_ok());
}

#[test]
fn a_host_takes_the_place_of_a_guest_before_that_of_a_host() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    world.lose(host.connection);
    world.wait(SECOND);
    world.lose(guest.connection);
    world.wait(11 * SECOND);
    world.heard(third.connection);
    world.enter(as_host(1)).unwrap();
    let heard = world.heard(third.connection);
    assert_eq!(heard[0], left(&guest.id, LeaveReason::Lost));
}

#[test]
fn a_room_in_which_nobody_else_ever_was_ends_after_seconds() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    world.lose(host.connection);
    world.wait(Duration::from_millis(9_999));
    assert_eq!(world.rooms.totals().rooms, 1);
    world.wait(Duration::from_millis(1));
    assert_eq!(world.rooms.totals().rooms, 0);
    let (host, guest) = world.pair(1);
    world.say(guest.connection, ClientMessage::Leave {});
    world.lose(host.connection);
    world.wait(59 * SECOND);
    assert_eq!(world.rooms.totals().rooms, 1);
}

#[test]
fn one_address_holds_no_more_places_than_it_may_have_connections() {
    let mut world = World::new(Config {
        max_connections_per_address: 10,
        max_rooms: 1_000,
        ..Config::default()
    });
    let address: IpAddr = [192, 0, 2, 1].into();
    for n in 0..100 {
        let connection = world.open_from(address);
        world.enter_on(connection, as_host(n)).unwrap();
        world.lose(connection);
        assert!(world.rooms.totals().rooms <= 10);
    }
    // Others are not touched by it, and it may come in again at any time.
    let (_, guest) = world.pair(200);
    world.lose(guest.connection);
    assert_eq!(world.rooms.totals().participants, 12);
    let connection = world.open_from(address);
    assert_eq!(world.closed(connection), None);
    world.wait(10 * SECOND);
    assert_eq!(world.rooms.totals().rooms, 1);
}

#[test]
fn many_behind_one_address_who_are_lost_at_once_all_come_back() {
    let mut world = World::new(Config {
        max_connections_per_address: 10,
        ..Config::default()
    });
    let pairs: Vec<_> = (0..5).map(|n| world.pair(n)).collect();
    for (host, guest) in &pairs {
        world.lose(host.connection);
        world.lose(guest.connection);
    }
    for (n, (host, guest)) in pairs.iter().enumerate() {
        for it in [host, guest] {
            let again = world.enter(with_ticket(n as u8, &it.ticket)).unwrap();
            assert!(again.resumed);
        }
    }
    let (host, guest) = &pairs[0];
    assert_ne!(host.id, guest.id);
    world.lose(guest.connection);
}

#[test]
fn who_is_not_held_is_gone_at_once_and_the_others_know() {
    let mut world = World::new(Config {
        max_connections_per_address: 2,
        ..Config::default()
    });
    let host = world.enter(as_host(1)).unwrap();
    let address: IpAddr = [192, 0, 2, 1].into();
    let (first, second) = (world.open_from(address), world.open_from(address));
    let guest = world.enter_on(first, as_guest(1)).unwrap();
    world.enter_on(second, as_host(2)).unwrap();
    world.lose(second);
    world.open_from(address);
    world.heard(host.connection);
    // One connection and one place: that is all there may be.
    world.lose(first);
    let heard = world.heard(host.connection);
    assert_eq!(heard, [left(&guest.id, LeaveReason::Lost)]);
}
