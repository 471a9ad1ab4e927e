//! Two people enter in every order that messages, devices and operations can come in.

use std::time::Duration;

use call::Command;

use crate::support::{Act, World, room, search, secret};

fn entering(name: &str, descending: bool, wait: Option<Duration>) {
    let mut world = World::new(descending);
    world.command(0, Command::StartCall { secret: secret() });
    world.script(0, [Act::Command(Command::Join)]);
    world.script(0, wait.map(Act::Wait));
    world.script(
        1,
        [
            Act::Command(Command::OpenRoom { room: room() }),
            Act::Command(Command::Join),
        ],
    );
    search(name, &world, |world| {
        world.run_for(Duration::from_secs(30));
        world.assert_connected();
        assert_eq!(world.failures(), 0, "candidates of another connection");
    });
}

#[test]
fn with_the_newcomer_polite() {
    entering("newcomer polite", true, None);
}

#[test]
fn with_the_newcomer_impolite() {
    entering("newcomer impolite", false, None);
}

/// The one who was there loses patience and offers, too: a glare on connections that were never
/// negotiated.
#[test]
fn with_both_offering_and_the_newcomer_polite() {
    let wait = Some(Duration::from_millis(5_500));
    entering("both offer, newcomer polite", true, wait);
}

#[test]
fn with_both_offering_and_the_newcomer_impolite() {
    let wait = Some(Duration::from_millis(5_500));
    entering("both offer, newcomer impolite", false, wait);
}
