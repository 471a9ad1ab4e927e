//! Credentials for the relay: who gets them, for how long, and that they end.

use std::time::Duration;

use protocol::{ClientMessage, IceServer, ServerMessage};
use room::{Config, RelayKey, SocketId};

use crate::world::{UNIX_MS, World, as_guest, as_host, offer, room, urls, with_ticket};

const MINUTES_5: Duration = Duration::from_secs(300);

fn key() -> RelayKey {
    RelayKey::new(&[3; 32])
}

fn world() -> World {
    World::new(Config {
        max_participants: 3,
        relay_key: Some(key()),
        ..Config::default()
    })
}

fn servers(message: &ServerMessage) -> Option<&[IceServer]> {
    match message {
        ServerMessage::Lobby { ice_servers, .. }
        | ServerMessage::Joined { ice_servers, .. }
        | ServerMessage::IceServers { ice_servers } => Some(ice_servers),
        _ => None,
    }
}

/// The user of the relay that the connection was last told to be, after checking how.
fn user(world: &mut World, connection: SocketId) -> Option<String> {
    let heard = world.heard(connection);
    let servers = heard
        .iter()
        .filter_map(servers)
        .next_back()
        .expect("as PROTOCOL.md has it");
    let (stun, turn) = servers.split_first().expect("as PROTOCOL.md has it");
    assert_eq!((&stun.urls, &stun.username), (&urls().stun, &None));
    let [turn] = turn else {
        assert_eq!(turn, []);
        return None;
    };
    assert_eq!(turn.urls, urls().turn);
    let username = turn.username.as_deref().expect("as PROTOCOL.md has it");
    assert_eq!(turn.credential, Some(key().password(username)));
    let (expires, user) = username.split_once(':').expect("as PROTOCOL.md has it");
    let granted = world.granted.iter().any(|it| it.as_str() == user);
    assert!(
        granted,
        "the relay was told of {user} before the client was"
    );
    let now = UNIX_MS / 1_000 + (world.now - world.begin).as_secs();
    assert_eq!(
        expires.parse::<u64>().expect("as PROTOCOL.md has it"),
        now + MINUTES_5.as_secs()
    );
    Some(user.to_owned())
}

fn revoked(world: &mut World) -> Vec<String> {
    let users = world.revoked();
    users.iter().map(|user| user.as_str().to_owned()).collect()
}

fn join(world: &mut World, connection: SocketId, message: ClientMessage) -> String {
    world.say(connection, message);
    user(world, connection).expect("as PROTOCOL.md has it")
}

#[test]
fn everyone_in_a_call_has_an_own_user_until_they_leave() {
    let mut world = world();
    let (a, b, c) = (world.open(), world.open(), world.open());
    let host = join(&mut world, a, as_host(1));
    let guest = join(&mut world, b, as_guest(1));
    let third = join(&mut world, c, as_guest(1));
    assert!(host != guest && guest != third && third != host);
    assert_eq!(revoked(&mut world), [""; 0]);
    world.say(b, ClientMessage::Leave {});
    assert_eq!(revoked(&mut world), [guest.as_str()]);
    let again = join(&mut world, b, as_guest(1));
    assert_ne!(again, guest);
    world.say(
        a,
        offer(&protocol::ParticipantId::parse(&"x".repeat(12)).unwrap()),
    );
    assert_eq!(revoked(&mut world), [""; 0]);
}

#[test]
fn who_is_removed_loses_the_relay_at_once() {
    let mut world = world();
    let host = world.enter(as_host(1)).unwrap();
    let connection = world.open();
    world.say(connection, as_guest(1));
    let heard = world.heard(connection);
    let Some(ServerMessage::Joined { participant, .. }) = heard.first() else {
        panic!("{heard:?}");
    };
    let participant = participant.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    assert_eq!(world.revoked().len(), 1);
}

#[test]
fn a_lost_connection_keeps_the_relay_until_the_place_is_given_up() {
    let mut world = world();
    let host = world.enter(as_host(1)).unwrap();
    let guest = world.enter(as_guest(1)).unwrap();
    world.lose(guest.connection);
    world.wait(Duration::from_secs(30));
    let back = world.open();
    let resumed = join(&mut world, back, with_ticket(1, &guest.ticket));
    assert_eq!(revoked(&mut world), [""; 0]);
    world.lose(back);
    world.wait(Duration::from_secs(61));
    assert_eq!(revoked(&mut world), [resumed.as_str()]);
    // Who comes back after that is another user.
    let back = world.open();
    assert_ne!(
        join(&mut world, back, with_ticket(1, &guest.ticket)),
        resumed
    );
    drop(host);
}

#[test]
fn credentials_are_renewed_before_they_expire() {
    let mut world = world();
    let host = world.open();
    let first = join(&mut world, host, as_host(1));
    for _ in 0..3 {
        world.wait(MINUTES_5 - Duration::from_secs(30));
        world.now -= Duration::from_secs(30);
        let renewed = world.heard(host);
        assert!(
            matches!(&renewed[..], [ServerMessage::IceServers { .. }]),
            "{renewed:?}"
        );
        world.now += Duration::from_secs(30);
    }
    world.say(host, ClientMessage::Leave {});
    world.wait(MINUTES_5 * 2);
    assert_eq!(world.heard(host), []);
    assert_eq!(revoked(&mut world), [first]);
}

#[test]
fn a_lobby_has_the_relay_only_while_somebody_is_to_be_seen() {
    let mut world = world();
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    assert_eq!(user(&mut world, lobby), None);
    let host = world.enter(as_host(1)).unwrap();
    let seen = user(&mut world, lobby).unwrap();
    // It is locked: as if it were not there.
    world.say(host.connection, ClientMessage::Lock { locked: true });
    assert_eq!(user(&mut world, lobby), None);
    assert_eq!(revoked(&mut world), [seen.as_str()]);
    world.say(host.connection, ClientMessage::Lock { locked: false });
    let seen = user(&mut world, lobby).unwrap();
    world.lose(lobby);
    assert_eq!(revoked(&mut world), [seen]);
}

#[test]
fn looking_again_keeps_the_credentials_and_ends_nothing() {
    let mut world = world();
    world.enter(as_host(1)).unwrap();
    world.enter(as_host(2)).unwrap();
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    let seen = user(&mut world, lobby);
    // Also where it looks into one room after the other.
    for n in [1, 1, 2, 1, 2, 2] {
        world.say(lobby, ClientMessage::Peek { room: room(n) });
        assert_eq!(user(&mut world, lobby), seen);
    }
    assert_eq!(revoked(&mut world), [""; 0]);
    world.wait(MINUTES_5 - Duration::from_secs(60));
    assert_eq!(user(&mut world, lobby), seen);
    world.say(lobby, ClientMessage::Peek { room: room(3) });
    assert_eq!(revoked(&mut world), [seen.unwrap()]);
}

#[test]
fn what_was_prepared_in_the_lobby_goes_on_in_the_call() {
    let mut world = world();
    world.enter(as_host(1)).unwrap();
    let guest = world.open();
    world.say(guest, ClientMessage::Peek { room: room(1) });
    let prepared = user(&mut world, guest).unwrap();
    world.wait(MINUTES_5 - Duration::from_secs(60));
    assert_eq!(user(&mut world, guest).unwrap(), prepared);
    assert_eq!(join(&mut world, guest, as_guest(1)), prepared);
    assert_eq!(revoked(&mut world), [""; 0]);
    world.say(guest, ClientMessage::Leave {});
    assert_eq!(revoked(&mut world), [prepared]);
}

#[test]
fn without_a_relay_there_is_only_stun() {
    let mut world = World::new(Config::default());
    let host = world.open();
    world.say(host, as_host(1));
    assert_eq!(user(&mut world, host), None);
    world.say(host, ClientMessage::Leave {});
    assert_eq!(revoked(&mut world), [""; 0]);
}
