//! If a browser can connect to nobody, the lobby says so, instead of trying for ever.

use call::{Command, ConnectionEvent, Event, GatheringState, Input, PageEvent, Problem, Screen};

use crate::support::{Next, World, room, secret};

fn problem(world: &World) -> Option<Problem> {
    match world.view(1).screen {
        Screen::Lobby { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_it_is_switched_off() {
    let mut world = World::new(true);
    world.input(1, Input::Event(Event::Page(PageEvent::NoWebRtc)));
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    assert_eq!(problem(&world), Some(Problem::WebRtcOff));
}

#[test]
fn where_it_may_use_no_network() {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    while world.relay.has_event(1) {
        world.take(Next::Message(1));
    }
    let connections = &world.sides[1].browser.connections;
    let connection = *connections.keys().next().unwrap();
    let mut confined = world.clone();
    let event = ConnectionEvent::Gathering(GatheringState::Complete);
    confined.input(1, Input::Event(Event::Connection { connection, event }));
    assert_eq!(problem(&confined), Some(Problem::WebRtcConfined));
    world.run();
    assert_eq!(problem(&world), None);
}
