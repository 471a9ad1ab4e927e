//! Where something answers in the place of the server, or the server does not want the page, the
//! person is told so, and the network is not blamed. It is tried all the same.

use std::time::Duration;

use call::{Command, Memory, Obstacle, Outcome, Problem, Screen, Status};
use protocol::WrongOrigin;

use crate::support::{Act, World, room};

fn problem(world: &World) -> Option<Problem> {
    match world.view(0).screen {
        Screen::Home { problem, .. } | Screen::Lobby { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

fn behind(obstacle: Obstacle) -> World {
    let mut world = World::new(true);
    world.relay.down = true;
    world.relay.fallback = Outcome::Blocked(obstacle);
    world
}

#[test]
fn in_the_lobby_at_once_and_until_it_is_mended() {
    for obstacle in [
        Obstacle::Login,
        Obstacle::NotPassedOn { status: 404 },
        Obstacle::WrongOrigin(WrongOrigin::ProxyHost),
    ] {
        let mut world = behind(obstacle);
        world.command(0, Command::OpenRoom { room: room() });
        world.run_for(Duration::from_millis(100));
        assert_eq!(problem(&world), Some(Problem::Blocked(obstacle)));
        // While the next try is on its way it is still so.
        world.run_for(Duration::from_secs(30));
        assert_eq!(problem(&world), Some(Problem::Blocked(obstacle)));
        // The network went away since: nobody knows what stands there now.
        world.relay.fallback = Outcome::Failed;
        world.run_for(Duration::from_secs(10));
        assert_eq!(problem(&world), Some(Problem::Offline));
        world.relay.down = false;
        world.run_for(Duration::from_secs(10));
        assert_eq!(problem(&world), None);
    }
}

#[test]
fn at_home_while_a_code_is_looked_up() {
    let mut world = behind(Obstacle::Login);
    let text = "12345678".to_owned();
    world.command(0, Command::Find { text });
    world.run_for(Duration::from_secs(1));
    assert_eq!(problem(&world), Some(Problem::Blocked(Obstacle::Login)));
}

#[test]
fn in_a_call_that_goes_on() {
    let mut world = World::connected(true, |_| Memory::default());
    world.relay.down = true;
    world.relay.fallback = Outcome::Blocked(Obstacle::Login);
    world.act(0, Act::Cut);
    world.run_for(Duration::from_secs(20));
    assert_eq!(world.view(0).status, Status::Blocked(Obstacle::Login));
    world.relay.down = false;
    world.run_for(Duration::from_secs(10));
    world.assert_connected();
}
