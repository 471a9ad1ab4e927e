//! Operators see what there is, and no secrets.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode};
use room::Config;

use crate::world::{World, as_guest, room, secret};

#[test]
fn a_snapshot_says_what_there_is_and_nothing_secret() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let lobby = world.open();
    world.say(lobby, ClientMessage::Peek { room: room(1) });
    world.say(host.connection, ClientMessage::Code {});
    world.lose(guest.connection);
    world.wait(Duration::from_secs(5));
    let snapshot = world.rooms.snapshot(world.now);
    assert_eq!((snapshot.connections, snapshot.lobbies), (2, 1));
    assert_eq!((snapshot.participants, snapshot.codes), (2, 1));
    assert_eq!(snapshot.rooms[0].label.len(), 6);
    assert_eq!(snapshot.rooms[0].age_seconds, 5);
    let guest_view = snapshot.rooms[0]
        .participants
        .iter()
        .find(|it| it.id == guest.id);
    assert!(!guest_view.unwrap().connected);
    let text = serde_json::to_string(&snapshot).unwrap();
    for hidden in [
        room(1).as_str(),
        secret(1).as_str(),
        "Ada",
        host.ticket.as_str(),
    ] {
        assert!(!text.contains(hidden));
    }
}

#[test]
fn counters_count_messages_and_refusals() {
    let mut world = World::new(Config::default());
    world.pair(1);
    world.enter(as_guest(1)).unwrap_err();
    let counters = world.rooms.counters();
    assert_eq!(
        (counters.connections, counters.rooms, counters.participants),
        (3, 1, 2)
    );
    assert_eq!(counters.messages_in["join"], 3);
    assert_eq!(counters.messages_out["joined"], 2);
    assert_eq!(counters.messages_out["participant_joined"], 1);
    assert_eq!(counters.refusals[&ErrorCode::Full], 1);
}
