//! A page that is reloaded, and one that takes the call over from another tab, go on as the
//! participant that was there.

use std::time::Duration;

use call::{Command, EndReason, Event, Input, Memory, PageEvent, Screen};

use crate::support::{World, room, secret};

fn me(world: &World, at: usize) -> protocol::ParticipantId {
    world.view(at).me.participant.unwrap()
}

#[test]
fn a_reload_without_a_word() {
    for descending in [false, true] {
        let mut world = World::connected(descending, |_| Memory::default());
        for at in [1, 0, 1] {
            let before = me(&world, at);
            world.reload(at);
            world.run();
            world.command(at, Command::Join);
            world.run_for(Duration::from_secs(2));
            world.assert_connected();
            assert_eq!(me(&world, at), before);
            assert_eq!(world.relay.member_count(), 2);
        }
    }
}

#[test]
fn a_pass_is_kept_when_the_page_goes_away_and_gone_when_the_person_leaves() {
    let mut world = World::connected(true, |_| Memory::default());
    let pass = world.sides[1].kept.pass.clone().unwrap();
    assert_eq!(pass.room, room());
    assert_eq!(pass.numbers.len(), 1);
    let mut closing = world.clone();
    closing.input(1, Input::Event(Event::Page(PageEvent::Closing)));
    assert!(closing.sides[1].kept.pass.is_some());
    world.command(1, Command::Leave);
    assert_eq!(world.sides[1].kept.pass, None);
}

#[test]
fn a_pass_that_is_not_good_any_more_is_forgotten() {
    let mut world = World::connected(true, |_| Memory::default());
    world.reload(1);
    world.relay.give_up_lost();
    world.run();
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(2));
    world.assert_connected();
}

/// Side 0 is in the call, and side 1 is a second tab of the same device.
fn two_tabs() -> World {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.tabs_talk();
    world
}

fn elsewhere(world: &World) -> bool {
    matches!(
        world.view(1).screen,
        Screen::Lobby {
            elsewhere: true,
            ..
        }
    )
}

#[test]
fn a_second_tab_says_that_the_device_is_in_the_call_and_takes_it_over() {
    let mut world = two_tabs();
    assert!(elsewhere(&world));
    let before = me(&world, 0);
    world.command(1, Command::Join);
    world.run();
    assert_eq!(world.relay.member_count(), 1, "it waits for the first tab");
    world.tabs_talk();
    world.run();
    assert!(matches!(
        world.view(0).screen,
        Screen::Ended {
            reason: EndReason::Replaced,
            ..
        }
    ));
    world.assert_clean(0);
    assert_eq!(me(&world, 1), before);
    assert_eq!(world.relay.member_count(), 1);
    assert_eq!(world.sides[0].kept.pass, None);
}

#[test]
fn a_tab_that_does_not_answer_is_not_waited_for() {
    let mut world = two_tabs();
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(2));
    assert!(matches!(world.view(1).screen, Screen::Call { .. }));
}

#[test]
fn a_lobby_hears_that_the_other_tab_has_left() {
    let mut world = two_tabs();
    world.command(0, Command::Leave);
    world.run();
    world.tabs_talk();
    assert!(!elsewhere(&world));
}
