//! In a call, both sides change what they send at the same time; in every order the two end
//! with matching media.

use std::time::Duration;

use call::{Command, Memory};

use crate::support::{Act, World, search};

fn camera_off(_: usize) -> Memory {
    Memory {
        camera_off: true,
        ..Memory::default()
    }
}

fn camera(on: bool) -> Act {
    Act::Command(Command::SetCamera { on })
}

fn changing(name: &str, descending: bool, scripts: [Vec<Act>; 2]) {
    let mut world = World::connected(descending, camera_off);
    for (at, script) in scripts.into_iter().enumerate() {
        world.script(at, script);
    }
    search(name, &world, |world| {
        world.run_for(Duration::from_secs(30));
        world.assert_connected();
    });
}

#[test]
fn two_late_cameras_glare() {
    for descending in [true, false] {
        let scripts = [vec![camera(true)], vec![camera(true)]];
        changing("two late cameras", descending, scripts);
    }
}

#[test]
fn on_and_off_and_on() {
    for descending in [true, false] {
        let scripts = [
            vec![camera(true), camera(false), camera(true)],
            vec![camera(true)],
        ];
        changing("on, off, on", descending, scripts);
    }
}

#[test]
fn camera_unplugged_while_the_other_shares_the_screen() {
    for descending in [true, false] {
        let scripts = [
            vec![camera(true), Act::UnplugCamera],
            vec![
                Act::Command(Command::SetScreen { on: true }),
                Act::StopScreen,
            ],
        ];
        changing("unplugged and shared", descending, scripts);
    }
}

/// Restarting ICE on both sides at once, while a track comes.
#[test]
fn ice_restarts_glare() {
    for descending in [true, false] {
        let lost = vec![
            Act::Path(false),
            Act::Wait(Duration::from_millis(2_700)),
            Act::Path(true),
        ];
        let scripts = [lost, vec![camera(true)]];
        changing("ice restarts", descending, scripts);
    }
}
