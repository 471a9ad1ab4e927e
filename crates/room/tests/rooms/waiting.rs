//! The hosts of a locked room hear that somebody waits outside, and nobody else does.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, ServerMessage};
use room::{Config, SocketId};

use crate::world::{Joined, World, as_guest, as_host, room, with_ticket};

const SECOND: Duration = Duration::from_secs(1);

fn lock(locked: bool) -> ClientMessage {
    ClientMessage::Lock { locked }
}

/// A locked room with a host and a guest.
fn locked() -> (World, Joined, Joined) {
    let mut world = World::new(Config {
        max_participants: 5,
        max_connections_per_address: 1_000,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    world.heard(host.connection);
    world.heard(guest.connection);
    (world, host, guest)
}

/// Somebody at this address asks to be let in, and is refused.
fn knocks(world: &mut World, address: u8) -> SocketId {
    let connection = world.open_from([192, 0, 2, address].into());
    asks(world, connection);
    connection
}

fn asks(world: &mut World, connection: SocketId) {
    let refused = world.refused(connection, as_guest(1));
    assert_eq!(refused, ErrorCode::Unavailable);
}

/// The counts that somebody was told.
fn counts(world: &mut World, of: &Joined) -> Vec<u32> {
    let heard = world.heard(of.connection).into_iter();
    heard
        .filter_map(|message| match message {
            ServerMessage::Waiting { count } => Some(count),
            _ => None,
        })
        .collect()
}

#[test]
fn the_host_hears_who_waits_and_who_goes_away_and_the_guests_do_not() {
    let (mut world, host, guest) = locked();
    let first = knocks(&mut world, 1);
    assert_eq!(counts(&mut world, &host), [1]);
    world.wait(SECOND);
    let second = knocks(&mut world, 2);
    assert_eq!(counts(&mut world, &host), [2]);
    world.wait(SECOND);
    world.lose(second);
    assert_eq!(counts(&mut world, &host), [1]);
    // Who stops waiting looks in only.
    world.wait(SECOND);
    world.say(first, ClientMessage::Peek { room: room(1) });
    assert_eq!(counts(&mut world, &host), [0]);
    assert_eq!(world.heard(guest.connection), []);
}

#[test]
fn who_asks_no_more_is_forgotten_after_seconds() {
    let (mut world, host, _) = locked();
    let waits = knocks(&mut world, 1);
    for _ in 0..6 {
        world.wait(5 * SECOND);
        asks(&mut world, waits);
    }
    assert_eq!(counts(&mut world, &host), [1]);
    world.wait(11 * SECOND);
    assert!(counts(&mut world, &host).is_empty());
    world.wait(SECOND);
    assert_eq!(counts(&mut world, &host), [0]);
    assert_eq!(world.rooms.poll_timeout(), None);
}

#[test]
fn those_at_one_address_count_as_one() {
    let (mut world, host, _) = locked();
    let many: Vec<_> = (0..50).map(|_| knocks(&mut world, 1)).collect();
    world.wait(2 * SECOND);
    for connection in &many[1..] {
        world.lose(*connection);
    }
    world.wait(2 * SECOND);
    assert_eq!(counts(&mut world, &host), [1]);
    world.lose(many[0]);
    assert_eq!(counts(&mut world, &host), [0]);
}

#[test]
fn the_host_is_told_once_a_second_at_most() {
    let (mut world, host, _) = locked();
    let mut told = 0;
    for n in 0..200 {
        let waits = knocks(&mut world, n);
        world.lose(waits);
        told += counts(&mut world, &host).len();
        world.wait(SECOND / 20);
    }
    told += counts(&mut world, &host).len();
    assert!((1..=11).contains(&told), "{told} in ten seconds");
    world.wait(2 * SECOND);
    let last = knocks(&mut world, 1);
    assert_eq!(counts(&mut world, &host), [1]);
    world.lose(last);
    world.wait(SECOND);
    assert_eq!(counts(&mut world, &host), [0]);
}

#[test]
fn unlocking_ends_it_and_whoever_waited_comes_in() {
    let (mut world, host, _) = locked();
    let waits = knocks(&mut world, 1);
    world.wait(SECOND);
    assert_eq!(counts(&mut world, &host), [1]);
    world.say(host.connection, lock(false));
    assert!(world.enter_on(waits, as_guest(1)).is_ok());
    // Nor does who came in count when the room is locked again, but who asks then does.
    world.say(host.connection, lock(true));
    world.wait(SECOND);
    assert!(counts(&mut world, &host).is_empty());
    world.say(host.connection, lock(false));
    world.say(host.connection, lock(true));
    knocks(&mut world, 2);
    assert_eq!(counts(&mut world, &host), [1]);
}

#[test]
fn a_host_who_comes_later_or_comes_back_is_told_what_is_so() {
    let (mut world, host, guest) = locked();
    knocks(&mut world, 1);
    let second = world.enter(as_host(1)).unwrap();
    assert_eq!(counts(&mut world, &second), [1]);
    let ticket = world.ticket(&host);
    world.lose(host.connection);
    let host = world.enter(with_ticket(1, &ticket)).unwrap();
    assert_eq!(counts(&mut world, &host), [1]);
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::MakeHost { participant });
    assert_eq!(counts(&mut world, &guest), [1]);
}

#[test]
fn a_room_that_is_open_full_or_not_there_tells_nobody() {
    let mut world = World::new(Config::default());
    let (host, _) = world.pair(1);
    let connection = world.open();
    assert_eq!(world.refused(connection, as_guest(1)), ErrorCode::Full);
    assert_eq!(
        world.refused(connection, as_guest(2)),
        ErrorCode::Unavailable
    );
    assert!(counts(&mut world, &host).is_empty());
    // Nor does who asks elsewhere go on waiting here.
    world.say(host.connection, lock(true));
    asks(&mut world, connection);
    world.wait(SECOND);
    assert_eq!(counts(&mut world, &host), [1]);
    world.refused(connection, as_guest(2));
    assert_eq!(counts(&mut world, &host), [0]);
}

#[test]
fn nothing_is_left_of_those_who_wait_when_the_call_ends() {
    let (mut world, host, guest) = locked();
    let waits = knocks(&mut world, 1);
    for it in [&host, &guest] {
        world.say(it.connection, ClientMessage::Leave {});
    }
    assert_eq!(world.rooms.poll_timeout(), None);
    world.lose(waits);
}
