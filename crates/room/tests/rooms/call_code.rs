//! Eight digits stand for a room for a while.

use std::time::Duration;

use protocol::{CallCode, ClientMessage, ErrorCode, ServerMessage};
use room::{Config, SocketId};

use crate::world::{World, room};

const MINUTES: Duration = Duration::from_secs(60);

fn code(world: &mut World, connection: SocketId) -> (CallCode, u64) {
    world.say(connection, ClientMessage::Code {});
    match &world.heard(connection)[..] {
        [
            ServerMessage::Code {
                code,
                expires_in_ms,
            },
        ] => (code.clone(), *expires_in_ms),
        other => panic!("expected a code, got {other:?}"),
    }
}

fn find(world: &mut World, code: &CallCode) -> Vec<ServerMessage> {
    let connection = world.open();
    world.say(connection, ClientMessage::Find { code: code.clone() });
    let heard = world.heard(connection);
    world.lose(connection);
    heard
}

fn is_unavailable(heard: &[ServerMessage]) -> bool {
    matches!(heard, [ServerMessage::Error(error)] if error.code == ErrorCode::Unavailable)
}

#[test]
fn a_code_leads_to_its_room_until_it_expires() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (first, lasts) = code(&mut world, host.connection);
    assert_eq!(lasts, 600_000);
    assert_eq!(code(&mut world, guest.connection), (first.clone(), 600_000));
    assert_eq!(
        find(&mut world, &first),
        [ServerMessage::Found { room: room(1) }]
    );
    world.wait(4 * MINUTES);
    assert_eq!(code(&mut world, host.connection), (first.clone(), 360_000));
    // Asked for again late in its life, it lives on.
    world.wait(2 * MINUTES);
    assert_eq!(code(&mut world, host.connection), (first.clone(), 600_000));
    world.wait(10 * MINUTES);
    assert!(is_unavailable(&find(&mut world, &first)));
    assert_ne!(code(&mut world, host.connection).0, first);
}

#[test]
fn a_wrong_code_and_that_of_a_locked_or_ended_room_answer_the_same() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (right, _) = code(&mut world, host.connection);
    let digits = (right.as_str().parse::<u32>().unwrap() + 1) % 100_000_000;
    let wrong = find(
        &mut world,
        &CallCode::parse(&format!("{digits:08}")).unwrap(),
    );
    world.say(host.connection, ClientMessage::Lock { locked: true });
    let locked = find(&mut world, &right);
    world.say(host.connection, ClientMessage::Leave {});
    world.say(guest.connection, ClientMessage::Leave {});
    let ended = find(&mut world, &right);
    assert!(is_unavailable(&wrong));
    assert_eq!((&wrong, &wrong), (&locked, &ended));
    assert_eq!(
        world.rooms.poll_timeout(),
        None,
        "no code is left to expire"
    );
}

#[test]
fn guessing_is_slowed_down_also_for_right_codes_and_only_for_the_guesser() {
    let mut world = World::new(Config::default());
    let (host, _) = world.pair(1);
    let (right, _) = code(&mut world, host.connection);
    let wrong = CallCode::parse(if right.as_str() == "00000000" {
        "00000001"
    } else {
        "00000000"
    });
    let wrong = wrong.unwrap();
    for _ in 0..10 {
        assert!(is_unavailable(&find(&mut world, &wrong)));
    }
    let heard = find(&mut world, &right);
    let [ServerMessage::Error(error)] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(error.code, ErrorCode::TooManyMessages);
    let elsewhere = world.open_from([192, 0, 2, 1].into());
    world.say(
        elsewhere,
        ClientMessage::Find {
            code: right.clone(),
        },
    );
    assert_eq!(
        world.heard(elsewhere),
        [ServerMessage::Found { room: room(1) }]
    );
    world.wait(Duration::from_millis(error.retry_after_ms.unwrap()));
    assert_eq!(
        find(&mut world, &right),
        [ServerMessage::Found { room: room(1) }]
    );
}
