//! Nobody can take more than a share.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode, ParticipantId, Sdp, ServerMessage};
use room::{Config, Input, Undecodable};

use crate::world::{Joined, World, as_guest, as_host, offering, room};

const PING: ClientMessage = ClientMessage::Ping { id: 0 };

#[test]
fn a_burst_passes_and_then_the_client_is_told_when_to_go_on() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    for _ in 0..119 {
        world.say(guest.connection, PING);
    }
    let heard = world.heard(guest.connection);
    assert!(
        heard
            .iter()
            .all(|it| matches!(it, ServerMessage::Pong { .. }))
    );
    world.say(guest.connection, PING);
    let heard = world.heard(guest.connection);
    let [ServerMessage::Error(error)] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(error.code, ErrorCode::TooManyMessages);
    assert_eq!(error.refused.as_deref(), Some("ping"));
    world.wait(Duration::from_millis(error.retry_after_ms.unwrap()));
    world.say(guest.connection, PING);
    assert!(matches!(
        world.heard(guest.connection)[..],
        [ServerMessage::Pong { .. }]
    ));
    assert_eq!(world.heard(host.connection), []);
}

#[test]
fn a_flood_is_closed_and_the_participant_held() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    for _ in 0..300 {
        world.say(guest.connection, PING);
    }
    assert_eq!(
        world.closed(guest.connection),
        Some(CloseCode::TooManyMessages)
    );
    assert!(world.heard(guest.connection).len() <= 120 + 122);
    assert!(matches!(
        world.heard(host.connection)[..],
        [ServerMessage::ParticipantConnection {
            connected: false,
            missed: false,
            ..
        }]
    ));
}

#[test]
fn what_cannot_be_read_counts_too_and_leaving_always_works() {
    let mut world = World::new(Config::default());
    let (_, guest) = world.pair(1);
    let why = Undecodable {
        code: ErrorCode::BadMessage,
        message: "not JSON".into(),
        refused: None,
    };
    for _ in 0..130 {
        let connection = guest.connection;
        world.handle(Input::Undecodable {
            connection,
            why: why.clone(),
        });
    }
    let heard = world.heard(guest.connection);
    assert!(matches!(heard.last(), Some(ServerMessage::Error(error))
        if error.code == ErrorCode::TooManyMessages));
    assert_eq!(heard.len(), 130);
    world.say(guest.connection, ClientMessage::Leave {});
    assert_eq!(world.rooms.snapshot(world.now).participants, 1);
}

fn long_offer(to: &ParticipantId) -> ClientMessage {
    ClientMessage::Offer {
        to: to.clone(),
        connection: 1,
        sdp: Sdp::new("x".repeat(48 * 1024)),
    }
}

/// How many of them get there, and what the last one is answered with.
fn flood(world: &mut World, from: &Joined, to: &Joined) -> (usize, Option<ServerMessage>) {
    for _ in 0..40 {
        world.say(from.connection, long_offer(&to.id));
    }
    let heard = world.heard(to.connection);
    let is_offer = |it: &&ServerMessage| matches!(it, ServerMessage::Offer { .. });
    let came = heard.iter().filter(is_offer).count();
    (came, world.heard(from.connection).pop())
}

#[test]
fn who_sends_too_much_to_one_participant_waits_and_only_that_one() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (came, told) = flood(&mut world, &guest, &host);
    assert_eq!(came, 10);
    let Some(ServerMessage::Error(error)) = told else {
        panic!("{told:?}");
    };
    assert_eq!(error.code, ErrorCode::TooManyMessages);
    assert_eq!(error.refused.as_deref(), Some("offer"));
    assert_eq!(world.closed(guest.connection), None);
    assert_eq!(world.closed(host.connection), None);
    // The other way there is room, and after that time there is again.
    assert_eq!(flood(&mut world, &host, &guest).0, 10);
    world.wait(Duration::from_millis(error.retry_after_ms.unwrap()));
    world.say(guest.connection, long_offer(&host.id));
    assert!(matches!(
        world.heard(host.connection)[..],
        [ServerMessage::Offer { .. }]
    ));
}

#[test]
fn coming_anew_gives_no_more_room() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let mut came = 0;
    for _ in 0..40 {
        let ClientMessage::Offer { sdp, .. } = long_offer(&host.id) else {
            continue;
        };
        let guest = world.enter(offering(as_guest(1), sdp)).unwrap();
        world.say(guest.connection, ClientMessage::Leave {});
        world.lose(guest.connection);
        let heard = world.heard(host.connection);
        let is_offer = |it: &&ServerMessage| matches!(it, ServerMessage::Offer { .. });
        came += heard.iter().filter(is_offer).count();
    }
    assert_eq!(came, 10);
}

#[test]
fn an_address_has_its_share_of_connections_and_an_ipv6_client_is_a_64() {
    let mut world = World::new(Config {
        max_connections_per_address: 2,
        ..Config::default()
    });
    let mut open = |address: &str| {
        let connection = world.open_from(address.parse().unwrap());
        (connection, world.closed(connection))
    };
    assert_eq!(open("2001:db8::1").1, None);
    let (second, _) = open("2001:db8::2");
    assert_eq!(open("2001:db8::3").1, Some(CloseCode::ServerBusy));
    assert_eq!(open("2001:db8:0:1::3").1, None);
    world.lose(second);
    let connection = world.open_from("2001:db8::4".parse().unwrap());
    assert_eq!(world.closed(connection), None);
}

#[test]
fn the_server_has_its_limits_and_says_so() {
    let mut world = World::new(Config {
        max_connections: 3,
        max_rooms: 1,
        max_lobbies_per_room: 1,
        ..Config::default()
    });
    world.enter(as_host(1)).unwrap();
    assert_eq!(world.enter(as_host(2)).unwrap_err(), ErrorCode::ServerBusy);
    assert!(world.enter(as_guest(1)).is_ok());
    let refused = world.open();
    assert_eq!(world.closed(refused), Some(CloseCode::ServerBusy));
    assert!(
        matches!(&world.heard(refused)[..], [ServerMessage::Error(error)]
        if error.code == ErrorCode::ServerBusy && error.retry_after_ms.is_some())
    );
}

#[test]
fn one_address_keeps_nobody_else_out_of_a_lobby() {
    let mut world = World::new(Config {
        max_lobbies_per_room: 10,
        ..Config::default()
    });
    let peek = || ClientMessage::Peek { room: room(1) };
    let greedy: Vec<_> = (0..10).map(|_| world.open()).collect();
    for watcher in &greedy {
        world.say(*watcher, peek());
        world.heard(*watcher);
    }
    let others: Vec<_> = (0..5)
        .map(|_| world.open_from([192, 0, 2, 1].into()))
        .collect();
    for watcher in &others[..4] {
        world.say(*watcher, peek());
        assert!(matches!(
            world.heard(*watcher)[..],
            [ServerMessage::Lobby { .. }]
        ));
    }
    // One of those that are too many hears of it each time, and may ask again.
    let told: Vec<_> = greedy.iter().flat_map(|it| world.heard(*it)).collect();
    assert_eq!(told.len(), 4);
    assert!(
        told.iter()
            .all(|it| matches!(it, ServerMessage::Error(error)
        if error.code == ErrorCode::ServerBusy && error.refused.as_deref() == Some("peek")))
    );
    // Nor do the others take more than half.
    world.say(others[4], peek());
    world.heard(others[4]);
    let more = world.open_from([192, 0, 2, 1].into());
    assert_eq!(world.refused(more, peek()), ErrorCode::ServerBusy);
}

#[test]
fn a_room_has_its_share_of_lobbies() {
    let mut world = World::new(Config {
        max_lobbies_per_room: 1,
        ..Config::default()
    });
    let peek = || ClientMessage::Peek { room: room(1) };
    let (first, second) = (world.open(), world.open());
    world.say(first, peek());
    assert_eq!(world.refused(second, peek()), ErrorCode::ServerBusy);
    world.say(first, peek());
    assert!(matches!(
        world.heard(first)[..],
        [.., ServerMessage::Lobby { .. }]
    ));
    world.lose(first);
    world.heard(second);
    world.say(second, peek());
    assert!(matches!(
        world.heard(second)[..],
        [ServerMessage::Lobby { .. }]
    ));
}
