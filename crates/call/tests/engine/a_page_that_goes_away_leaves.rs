//! Closing the page says goodbye at once, and a page that comes back from the browser's cache
//! works.

use call::{Command, EndReason, Event, Input, Memory, PageEvent, Screen, Status};

use crate::support::{World, room, secret};

fn closing(world: &mut World, at: usize) {
    world.input(at, Input::Event(Event::Page(PageEvent::Closing)));
}

fn visible(world: &mut World, at: usize) {
    world.input(at, Input::Event(Event::Page(PageEvent::Visible)));
}

#[test]
fn from_a_call() {
    let mut world = World::connected(true, |_| Memory::default());
    closing(&mut world, 1);
    // Nothing was delivered to the page that is gone, and all is said already.
    world.assert_clean(1);
    world.run();
    assert!(
        matches!(world.view(0).status, Status::TheyDropped { .. }),
        "it may be loaded anew"
    );
    world.relay.give_up_lost();
    world.run();
    assert_eq!(world.view(0).status, Status::WaitingForOthers);
    visible(&mut world, 1);
    assert!(matches!(
        world.view(1).screen,
        Screen::Ended {
            reason: EndReason::Left,
            ..
        }
    ));
    world.command(1, Command::CallAgain);
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
}

#[test]
fn from_the_lobby_while_entering() {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::Join);
    closing(&mut world, 1);
    world.assert_clean(1);
    world.run();
    assert_eq!(world.relay.member_count(), 1);
    visible(&mut world, 1);
    world.run();
    assert!(world.sides[1].browser.devices.is_any_open());
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
}
