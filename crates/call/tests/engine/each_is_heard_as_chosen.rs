//! Whoever makes somebody quieter, or mutes somebody, changes that for themselves alone, and for as
//! long as the call lasts, also over new connections.

use std::time::Duration;

use call::{Command, Hearing, MediaOp, Memory};

use crate::support::{Act, World};

fn told(world: &World, at: usize) -> Vec<(u32, Hearing)> {
    let done = world.sides[at].kept.media.iter();
    let hears = done.filter_map(|it| match it {
        MediaOp::Hear {
            connection,
            hearing,
        } => Some((connection.0, *hearing)),
        _ => None,
    });
    hears.collect()
}

fn choose(world: &mut World, percent: u8, muted: bool) {
    let participant = world.view(0).people[0].id.clone();
    let hearing = Hearing { percent, muted };
    world.command(
        0,
        Command::Hear {
            participant,
            hearing,
        },
    );
}

#[test]
fn a_choice_is_done_once_and_only_here() {
    let mut world = World::connected(true, |_| Memory::default());
    assert_eq!(told(&world, 0), []);
    let connection = world.view(0).people[0].connection.unwrap().0;
    let quiet = Hearing {
        percent: 30,
        muted: false,
    };
    choose(&mut world, 30, false);
    world.run_for(Duration::from_secs(5));
    assert_eq!(world.view(0).people[0].hearing, quiet);
    assert_eq!(told(&world, 0), [(connection, quiet)]);
    let silent = Hearing {
        percent: 30,
        muted: true,
    };
    choose(&mut world, 30, true);
    choose(&mut world, 30, true);
    assert_eq!(told(&world, 0)[1..], [(connection, silent)]);
    choose(&mut world, 255, false);
    let loud = Hearing::default();
    assert_eq!(loud.percent, 100);
    assert_eq!(told(&world, 0)[2..], [(connection, loud)]);
    assert_eq!(told(&world, 1), []);
    assert_eq!(world.view(1).people[0].hearing, loud);
}

#[test]
fn a_new_connection_is_heard_as_the_one_before() {
    let mut world = World::connected(true, |_| Memory::default());
    choose(&mut world, 100, true);
    let first = told(&world, 0)[0];
    world.reload(1);
    world.run();
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(15));
    world.assert_connected();
    let connection = world.view(0).people[0].connection.unwrap().0;
    assert_ne!(connection, first.0);
    assert!(world.view(0).people[0].hearing.muted);
    assert_eq!(told(&world, 0).last(), Some(&(connection, first.1)));
    // The server knows nothing of it.
    world.act(0, Act::Cut);
    world.run_for(Duration::from_secs(5));
    assert!(world.view(0).people[0].hearing.muted);
    world.command(0, Command::Leave);
    world.command(0, Command::CallAgain);
    world.run();
    world.command(0, Command::Join);
    world.run_for(Duration::from_secs(15));
    assert!(!world.view(0).people[0].hearing.muted, "another call");
}
