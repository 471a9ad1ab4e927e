//! Loudness, speech with some hold, and notices that go away.

use std::time::Duration;

use call::{Event, Input, Level, MediaEvent, Memory, NoticeKind};

use crate::support::World;

fn levels(world: &mut World, level: f32) {
    let connection = world.view(0).people[0].connection.unwrap();
    let levels = MediaEvent::Levels {
        own: Level(0.25),
        remote: vec![(connection, Level(level))],
    };
    world.input(0, Input::Event(Event::Media(levels)));
}

#[test]
fn talking_is_held_over_the_pause_between_words() {
    let mut world = World::connected(true, |_| Memory::default());
    levels(&mut world, 0.6);
    assert!(world.view(0).people[0].talking);
    assert_eq!(world.level(0), Level(0.25));
    levels(&mut world, 0.0);
    world.run_for(Duration::from_millis(500));
    assert!(world.view(0).people[0].talking);
    world.run_for(Duration::from_millis(600));
    assert!(!world.view(0).people[0].talking);
}

#[test]
fn noise_is_not_talking() {
    let mut world = World::connected(true, |_| Memory::default());
    levels(&mut world, 0.05);
    assert!(!world.view(0).people[0].talking);
}

#[test]
fn notices_go_away_by_themselves() {
    let mut world = World::connected(true, |_| Memory::default());
    let joined = |world: &World| {
        let notices = world.view(0).notices;
        notices
            .iter()
            .any(|it| matches!(it.kind, NoticeKind::Joined { .. }))
    };
    assert!(joined(&world));
    world.run_for(Duration::from_secs(7));
    assert!(!joined(&world));
}
