//! A connection is prepared in the lobby, with its candidates, and nobody learns of it before
//! the person joins; then its offer is the first thing that is said.

use std::time::Duration;

use call::{Command, Memory};
use protocol::ClientMessage;

use crate::support::{World, room, secret};

fn lobby() -> World {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world
}

#[test]
fn in_the_lobby_the_offer_is_ready_and_unsaid() {
    let mut world = lobby();
    let connections = &world.sides[1].browser.connections;
    assert_eq!(connections.len(), 1);
    assert_eq!(
        connections.values().next().unwrap().signaling(),
        call::SignalingState::HaveLocalOffer
    );
    assert_eq!(world.relay.said(1), ["peek"]);
}

#[test]
fn joining_sends_offer_and_candidates_without_asking_the_browser() {
    let mut world = lobby();
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    // Only the server's answer is delivered, nothing of the browser.
    let (socket, event) = world.relay.next_event(1).unwrap();
    let event = call::Event::Socket { socket, event };
    world.input(1, call::Input::Event(event));
    let said = world.relay.said(1);
    assert_eq!(
        said,
        ["join", "offer", "candidate", "candidate", "candidate"]
    );
    world.run();
    world.assert_connected();
}

/// A browser may tell of candidates before the page knows the description they belong to.
#[test]
fn candidates_never_overtake_their_offer() {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    while let Some((socket, event)) = world.relay.next_event(1) {
        let event = call::Event::Socket { socket, event };
        world.input(1, call::Input::Event(event));
    }
    world.run_browser(1);
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    world.run();
    let said = world.relay.said(1);
    assert_eq!(said[..3], ["join", "offer", "candidate"]);
    world.assert_connected();
}

#[test]
fn a_stale_one_is_made_anew() {
    let mut world = lobby();
    let id = |world: &World| *world.sides[1].browser.connections.keys().next().unwrap();
    let before = id(&world);
    world.run_for(Duration::from_secs(50));
    assert_eq!(id(&world), before);
    world.run_for(Duration::from_secs(15));
    assert_ne!(id(&world), before);
    assert_eq!(world.sides[1].browser.connections.len(), 1);
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
}

#[test]
fn without_anybody_there_nothing_is_prepared() {
    let mut world = World::new(true);
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    assert!(world.sides[1].browser.connections.is_empty());
}

#[test]
fn going_home_closes_it() {
    let mut world = lobby();
    world.command(1, Command::GoHome);
    world.run();
    world.assert_clean(1);
}

#[test]
fn a_camera_turned_on_in_the_lobby_is_in_the_offer() {
    let mut world = World::with_memory(true, |_| Memory {
        camera_off: true,
        ..Memory::default()
    });
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::SetCamera { on: true });
    world.run();
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
    let offers = |it: &&(usize, ClientMessage)| matches!(it.1, ClientMessage::Offer { .. });
    assert_eq!(world.relay.heard.0.iter().filter(offers).count(), 1);
}
