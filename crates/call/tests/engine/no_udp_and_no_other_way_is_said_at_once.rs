//! Behind an HTTP proxy the server may offer media by UDP alone. A network that lets no UDP through
//! has no way then, and the person is told so, instead of that it is being tried.

use std::time::Duration;

use call::{Command, Problem, Screen, Status};
use protocol::IceServer;

use crate::support::{Act, World, room, secret};

const BY_UDP: &str = "turn:call.example:3478?transport=udp";
const BY_TLS: &str = "turns:call.example:443?transport=tcp";

/// The first is alone in a call, the second in its lobby. Nothing comes back by UDP.
fn world(urls: &[&str]) -> World {
    let mut world = World::new(true);
    world.relay.ice_servers = vec![IceServer {
        urls: urls.iter().map(|it| (*it).to_owned()).collect(),
        username: None,
        credential: None,
    }];
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world
}

fn problem(world: &World) -> Option<Problem> {
    match world.view(1).screen {
        Screen::Lobby { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn in_the_lobby_and_in_the_call() {
    let mut world = world(&[BY_UDP]);
    assert_eq!(problem(&world), Some(Problem::NoUdp));
    world.act(0, Act::Path(false));
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(6));
    for at in 0..2 {
        assert_eq!(world.view(at).status, Status::NoUdp);
    }
    world.run_for(Duration::from_secs(120));
    assert_eq!(world.view(0).status, Status::NoUdp);
}

#[test]
fn two_in_one_network_call_each_other_all_the_same() {
    let mut world = world(&[BY_UDP]);
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
    for at in 0..2 {
        assert_eq!(world.view(at).status, Status::Connected);
    }
}

#[test]
fn not_where_there_is_another_way() {
    let mut world = world(&[BY_UDP, BY_TLS]);
    assert_eq!(problem(&world), None);
    world.act(0, Act::Path(false));
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(120));
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).status, Status::CannotConnect { name });
}
