//! Hanging up leaves nothing behind, and a second call on the same page works.

use std::time::Duration;

use call::{Command, EndReason, Memory, Screen};

use crate::support::{Act, World, search};

#[test]
fn hang_up_and_call_again() {
    for descending in [true, false] {
        let mut world = World::connected(descending, |_| Memory::default());
        world.script(
            0,
            [Command::Leave, Command::CallAgain, Command::Join].map(Act::Command),
        );
        search("hang up and call again", &world, |world| {
            world.run_for(Duration::from_secs(20));
            world.assert_connected();
        });
    }
}

#[test]
fn both_hang_up() {
    let mut world = World::connected(true, |_| Memory::default());
    world.script(0, [Act::Command(Command::SetScreen { on: true })]);
    world.script(0, [Act::Command(Command::Leave)]);
    world.script(1, [Act::Command(Command::SetCamera { on: false })]);
    world.script(1, [Act::Command(Command::Leave)]);
    search("both hang up", &world, |world| {
        for at in 0..2 {
            world.assert_clean(at);
            let screen = world.view(at).screen;
            assert!(
                matches!(
                    screen,
                    Screen::Ended {
                        reason: EndReason::Left,
                        ..
                    }
                ),
                "{screen:?}"
            );
        }
        assert_eq!(world.relay.member_count(), 0, "ghosts in the room");
    });
}

#[test]
fn what_was_told_of_a_call_ends_with_it() {
    let mut world = World::connected(true, |_| Memory::default());
    world.command(1, Command::Leave);
    world.run();
    assert!(!world.view(0).notices.is_empty());
    world.command(0, Command::Leave);
    assert_eq!(world.view(0).notices, []);
}

#[test]
fn leaving_while_entering() {
    let mut world = World::connected(true, |_| Memory::default());
    world.command(1, Command::Leave);
    world.run();
    world.script(
        1,
        [Command::CallAgain, Command::Join, Command::GoHome].map(Act::Command),
    );
    search("leaving while entering", &world, |world| {
        world.run_for(Duration::from_secs(5));
        world.assert_clean(1);
        assert_eq!(world.relay.member_count(), 1, "a ghost in the room");
        assert_eq!(world.view(0).people.len(), 0);
    });
}
