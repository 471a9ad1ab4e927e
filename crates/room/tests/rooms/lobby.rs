//! A lobby sees who is in the room, as it changes, and leaves no trace there.

use protocol::{ClientMessage, Name, ServerMessage};
use room::{Config, SocketId};

use crate::world::{World, as_guest, as_host, room};

fn names(world: &mut World, connection: SocketId) -> Vec<Vec<String>> {
    let heard = world.heard(connection).into_iter();
    heard
        .map(|message| match message {
            ServerMessage::Lobby { names, .. } => {
                names.iter().map(|name| name.as_str().to_owned()).collect()
            }
            other => panic!("expected a lobby, got {other:?}"),
        })
        .collect()
}

#[test]
fn a_lobby_follows_the_room_and_nobody_hears_of_it() {
    let mut world = World::new(Config::default());
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    assert_eq!(names(&mut world, lobby), [[""; 0]]);
    let host = world.enter(as_host(1)).unwrap();
    assert_eq!(names(&mut world, lobby), [["Ada"]]);
    let name = Name::clean("Grace");
    world.say(host.connection, ClientMessage::Rename { name });
    assert_eq!(names(&mut world, lobby), [["Grace"]]);
    assert_eq!(world.heard(host.connection), []);
    world.lose(host.connection);
    assert_eq!(names(&mut world, lobby), [[""; 0]]);
}

#[test]
fn a_locked_room_looks_empty_and_stays_silent() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    assert_eq!(names(&mut world, lobby), [["Ada", "Ada"]]);
    world.say(host.connection, ClientMessage::Lock { locked: true });
    assert_eq!(names(&mut world, lobby), [[""; 0]]);
    world.say(guest.connection, ClientMessage::Leave {});
    world.enter(as_host(1)).unwrap();
    assert_eq!(names(&mut world, lobby), [[""; 0]; 0]);
    world.say(host.connection, ClientMessage::Lock { locked: false });
    assert_eq!(names(&mut world, lobby), [["Ada", "Ada"]]);
}

#[test]
fn who_enters_or_looks_elsewhere_hears_no_more_of_the_lobby() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    world.say(lobby, ClientMessage::Peek { room: room(2) });
    world.heard(lobby);
    let rename = |name: &str| ClientMessage::Rename {
        name: Name::clean(name),
    };
    world.say(host.connection, rename("x"));
    assert_eq!(world.heard(lobby), []);
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    world.enter_on(lobby, as_guest(1)).unwrap();
    world.say(host.connection, rename("y"));
    let heard = world.heard(lobby);
    assert!(
        matches!(&heard[..], [ServerMessage::Renamed { .. }]),
        "{heard:?}"
    );
}
