//! Hosts remove people and lock the room; others do not.

use protocol::{ClientMessage, CloseCode, ErrorCode, LeaveReason, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, left};

fn lock(locked: bool) -> ClientMessage {
    ClientMessage::Lock { locked }
}

#[test]
fn who_is_removed_is_told_and_closed_and_the_others_know() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    assert_eq!(world.heard(guest.connection), [ServerMessage::Removed {}]);
    assert_eq!(world.closed(guest.connection), Some(CloseCode::Removed));
    assert_eq!(
        world.heard(host.connection)[0],
        left(&guest.id, LeaveReason::Removed)
    );
}

#[test]
fn who_is_away_can_be_removed_too() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.lose(guest.connection);
    world.heard(host.connection);
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    assert_eq!(
        world.heard(host.connection)[0],
        left(&guest.id, LeaveReason::Removed)
    );
    assert_eq!(world.rooms.poll_timeout(), None);
}

#[test]
fn a_locked_room_takes_nobody_new_until_it_is_unlocked() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    for it in [&host, &guest] {
        assert_eq!(
            world.heard(it.connection),
            [ServerMessage::Locked { locked: true }]
        );
    }
    assert_eq!(
        world.enter(as_guest(1)).unwrap_err(),
        ErrorCode::Unavailable
    );
    assert_eq!(
        world.heard(host.connection),
        [ServerMessage::Waiting { count: 1 }]
    );
    // Saying it again is answered, and disturbs nobody.
    world.say(host.connection, lock(true));
    assert_eq!(
        world.heard(host.connection),
        [ServerMessage::Locked { locked: true }]
    );
    assert_eq!(world.heard(guest.connection), []);
    world.say(host.connection, lock(false));
    assert!(world.enter(as_guest(1)).is_ok());
}

#[test]
fn guests_may_not_and_nobody_removes_oneself_or_a_stranger() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (stranger, _) = world.pair(2);
    let remove = |id: &protocol::ParticipantId| ClientMessage::Remove {
        participant: id.clone(),
    };
    for (from, message, code) in [
        (&guest, lock(true), ErrorCode::NotHost),
        (&guest, remove(&host.id), ErrorCode::NotHost),
        (&host, remove(&host.id), ErrorCode::NoSuchParticipant),
        (&host, remove(&stranger.id), ErrorCode::NoSuchParticipant),
    ] {
        assert_eq!(world.refused(from.connection, message), code);
    }
}
