//! A room is made by its host, and says no in ways that tell a guesser nothing.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, LeaveReason, Role, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, as_host, connection, left, room, secret};

#[test]
fn the_secret_makes_a_host_and_the_room_and_the_others_are_told() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    assert_eq!((host.role, host.others.len()), (Role::Host, 0));
    let guest = world.enter(as_guest(1)).unwrap();
    assert_eq!((guest.role, guest.resumed), (Role::Guest, false));
    assert_eq!(guest.others.len(), 1);
    assert_eq!(guest.others[0].id, host.id);
    let heard = world.heard(host.connection);
    assert!(
        matches!(&heard[..], [ServerMessage::ParticipantJoined { participant }]
            if participant.id == guest.id && participant.connected),
        "{heard:?}"
    );
}

#[test]
fn a_secret_of_another_room_is_refused() {
    let mut world = World::new(Config::default());
    let message = ClientMessage::Join {
        room: room(1),
        name: None,
        secret: Some(secret(2)),
        ticket: None,
        media: None,
        received: None,
        offer: None,
        device: None,
    };
    assert_eq!(world.enter(message).unwrap_err(), ErrorCode::BadSecret);
}

#[test]
fn a_third_person_is_told_that_the_call_is_full_and_disturbs_nobody() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    assert_eq!(world.enter(as_guest(1)).unwrap_err(), ErrorCode::Full);
    assert_eq!(world.enter(as_host(1)).unwrap_err(), ErrorCode::Full);
    assert_eq!(world.heard(host.connection), []);
    assert_eq!(world.heard(guest.connection), []);
}

#[test]
fn a_missing_room_and_a_locked_one_answer_with_the_same_bytes() {
    let mut world = World::new(Config::default());
    let (host, _) = world.pair(1);
    world.say(host.connection, ClientMessage::Lock { locked: true });
    let mut answers = Vec::new();
    for n in [1, 2] {
        let connection = world.open();
        for message in [ClientMessage::Peek { room: room(n) }, as_guest(n)] {
            world.say(connection, message);
        }
        let heard = world.heard(connection);
        let text = serde_json::to_string(&heard).unwrap();
        answers.push(text.replace(room(n).as_str(), "ROOM"));
        assert!(matches!(&heard[1], ServerMessage::Error(error)
            if error.code == ErrorCode::Unavailable));
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_host_enters_a_locked_room() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    world.say(host.connection, ClientMessage::Lock { locked: true });
    let second = world.enter(as_host(1)).unwrap();
    assert!(second.locked);
}

#[test]
fn who_left_is_gone_at_once_and_may_join_again_on_the_same_connection() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.say(guest.connection, ClientMessage::Leave {});
    assert_eq!(
        world.heard(host.connection),
        [left(&guest.id, LeaveReason::Left)]
    );
    let again = world.enter_on(guest.connection, as_guest(1)).unwrap();
    assert_ne!(again.id, guest.id);
}

#[test]
fn a_room_is_gone_with_its_last_participant() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.say(host.connection, ClientMessage::Leave {});
    world.say(guest.connection, ClientMessage::Leave {});
    assert_eq!(
        world.enter(as_guest(1)).unwrap_err(),
        ErrorCode::Unavailable
    );
    assert_eq!(world.rooms.snapshot(world.now).rooms, []);
}

#[test]
fn a_lost_participant_is_held_for_a_minute_and_the_others_know() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.lose(guest.connection);
    assert_eq!(world.heard(host.connection), [connection(&guest.id, false)]);
    world.wait(Duration::from_millis(59_999));
    assert_eq!(world.heard(host.connection), []);
    world.wait(Duration::from_millis(1));
    assert_eq!(
        world.heard(host.connection),
        [left(&guest.id, LeaveReason::Lost)]
    );
}

#[test]
fn a_full_room_gives_the_place_of_who_was_lost_first() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, first) = world.pair(1);
    let second = world.enter(as_guest(1)).unwrap();
    world.lose(second.connection);
    world.wait(Duration::from_secs(1));
    world.lose(first.connection);
    world.wait(Duration::from_secs(10));
    world.heard(host.connection);
    let third = world.enter(as_guest(1)).unwrap();
    let others: Vec<_> = third
        .others
        .iter()
        .map(|it| (&it.id, it.connected))
        .collect();
    assert!(others.contains(&(&host.id, true)) && others.contains(&(&first.id, false)));
    assert_eq!(others.len(), 2);
    let heard = world.heard(host.connection);
    assert_eq!(heard[0], left(&second.id, LeaveReason::Lost));
    assert!(matches!(heard[1], ServerMessage::ParticipantJoined { .. }));
    // What is left of the first hold does not hit anybody later.
    world.wait(Duration::from_secs(49));
    assert_eq!(world.heard(host.connection), []);
}

#[test]
fn joining_twice_on_a_connection_is_refused() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    for message in [
        as_host(1),
        as_host(2),
        ClientMessage::Peek { room: room(1) },
    ] {
        assert_eq!(
            world.refused(host.connection, message),
            ErrorCode::WrongState
        );
    }
    assert_eq!(world.rooms.snapshot(world.now).participants, 1);
}
