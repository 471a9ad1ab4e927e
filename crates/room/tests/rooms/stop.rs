//! A server that stops says so to everyone, and to who still comes.

use protocol::{ClientMessage, CloseCode, ServerMessage};
use room::{Config, Input, Snapshot};

use crate::world::{World, room};

#[test]
fn everyone_is_told_that_the_server_stops_and_nothing_is_left() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(2) });
    world.say(host.connection, ClientMessage::Code {});
    world.heard(host.connection);
    world.heard(lobby);
    let fresh = world.open();
    world.handle(Input::Stop);
    for connection in [host.connection, guest.connection, lobby, fresh] {
        let heard = world.heard(connection);
        assert!(
            matches!(heard[..], [ServerMessage::Stopping { retry_after_ms }]
                if (1_000..2_000).contains(&retry_after_ms)),
            "{heard:?}"
        );
        assert_eq!(world.closed(connection), Some(CloseCode::GoingAway));
    }
    let late = world.open();
    assert_eq!(world.closed(late), Some(CloseCode::GoingAway));
    assert_eq!(world.rooms.snapshot(world.now), Snapshot::default());
    assert_eq!(world.rooms.poll_timeout(), None);
}
