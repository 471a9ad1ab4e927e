//! A picture begins small, so that its first frame is there soon, and grows once it flows.

use std::time::Duration;

use call::{ConnectionEvent, Event, Input, Memory, StatsReport};

use crate::support::World;

/// What the browser of `at` tells of the frames that it has sent.
fn sent(world: &mut World, at: usize, frames_sent: u64) {
    let connection = world.view(at).people[0].connection.unwrap();
    let report = StatsReport {
        frames_sent,
        ..StatsReport::default()
    };
    let event = ConnectionEvent::Stats(Box::new(report));
    world.input(at, Input::Event(Event::Connection { connection, event }));
}

fn is_small(world: &World, at: usize) -> bool {
    world.only(at).encodings.unwrap().camera.scale_down_by > 1
}

#[test]
fn it_grows_after_its_first_frames() {
    let mut world = World::connected(true, |_| Memory::default());
    assert!(is_small(&world, 0));
    sent(&mut world, 0, 2);
    assert!(is_small(&world, 0));
    sent(&mut world, 0, 20);
    assert!(!is_small(&world, 0));
    assert!(is_small(&world, 1));
    // Asked for once: the model of the browser sees to that.
    sent(&mut world, 0, 40);
}

#[test]
fn after_some_seconds_both_are_seen_in_full_size() {
    let mut world = World::connected(false, |_| Memory::default());
    world.run_for(Duration::from_secs(3));
    assert!(!is_small(&world, 0) && !is_small(&world, 1));
    world.assert_connected();
}
