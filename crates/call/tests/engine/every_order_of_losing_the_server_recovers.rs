//! Sockets are lost while something is being negotiated; in every order the two find together
//! again.

use std::time::Duration;

use call::{Command, Memory};

use crate::support::{Act, World, room, search, secret};

fn check(world: &mut World) {
    world.run_for(Duration::from_secs(60));
    world.assert_connected();
}

fn camera(on: bool) -> Act {
    Act::Command(Command::SetCamera { on })
}

#[test]
fn while_a_camera_comes() {
    for descending in [true, false] {
        let mut world = World::connected(descending, |_| Memory {
            camera_off: true,
            ..Memory::default()
        });
        world.script(0, [camera(true), Act::Cut, Act::Online]);
        world.script(1, [camera(true)]);
        search("cut while a camera comes", &world, check);
    }
}

#[test]
fn while_both_are_cut() {
    for descending in [true, false] {
        let mut world = World::connected(descending, |_| Memory {
            camera_off: true,
            ..Memory::default()
        });
        world.script(0, [camera(true), Act::Cut, Act::Online]);
        world.script(1, [Act::Cut, Act::Online]);
        search("both cut", &world, check);
    }
}

#[test]
fn while_entering() {
    for descending in [true, false] {
        let mut world = World::new(descending);
        world.command(0, Command::StartCall { secret: secret() });
        world.command(0, Command::Join);
        world.run();
        world.command(1, Command::OpenRoom { room: room() });
        world.run();
        world.script(1, [Act::Command(Command::Join)]);
        world.script(0, [Act::Cut, Act::Online]);
        search("cut while entering", &world, check);
    }
}
