//! Two people enter in every order that messages, devices and operations can come in.

use std::time::Duration;

use call::Command;

use protocol::ClientMessage;

use crate::support::{Act, Next, World, room, search, secret};

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

/// The plainest such glare: the newcomer learns that it is in only after the other has offered.
#[test]
fn what_follows_an_ignored_offer_is_ignored_too() {
    for descending in [true, false] {
        let mut world = World::new(descending);
        world.command(0, Command::StartCall { secret: secret() });
        world.command(0, Command::Join);
        world.run();
        world.command(1, Command::OpenRoom { room: room() });
        while world.relay.has_event(1) {
            world.take(Next::Message(1));
        }
        // Before the offer is ready, which would go with it.
        world.command(1, Command::Join);
        world.run_browser(1);
        world.take(Next::Message(0));
        world.wait(Duration::from_millis(5_500));
        world.run_browser(0);
        // Both offers and their candidates are on their way.
        world.take(Next::Message(1));
        world.run();
        world.assert_connected();
        assert_eq!(world.failures(), 0, "candidates of another connection");
        let offers = |it: &&(usize, ClientMessage)| it.1.kind() == "offer";
        assert_eq!(world.relay.heard.0.iter().filter(offers).count(), 2);
    }
}
