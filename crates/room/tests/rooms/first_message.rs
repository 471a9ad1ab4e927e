//! A connection says within two seconds what it wants.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode};
use room::Config;

use crate::world::{World, as_guest, room};

#[test]
fn a_connection_that_wants_nothing_is_closed() {
    let mut world = World::new(Config::default());
    let silent = world.open();
    let pinging = world.open();
    let peeking = world.open();
    let refused = world.open();
    world.say(peeking, ClientMessage::Peek { room: room(1) });
    assert_eq!(world.refused(refused, as_guest(1)), ErrorCode::Unavailable);
    world.wait(Duration::from_millis(1_999));
    world.say(pinging, ClientMessage::Ping { id: 1 });
    assert_eq!(world.closed(silent), None);
    world.wait(Duration::from_millis(1));
    assert_eq!(world.closed(silent), Some(CloseCode::NoFirstMessage));
    assert_eq!(world.closed(pinging), Some(CloseCode::NoFirstMessage));
    assert_eq!(world.closed(peeking), None);
    assert_eq!(world.closed(refused), None);
    assert_eq!(world.rooms.snapshot(world.now).connections, 2);
}
