//! A connection is prepared in the lobby, with its candidates, and nobody learns of it before
//! the person joins; then its offer goes with the request to be let in.

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

fn prepared(world: &World) -> call::ConnectionId {
    *world.sides[1].browser.connections.keys().next().unwrap()
}

/// How many offers the server has heard.
fn offers(world: &World) -> usize {
    let is_offer = |it: &&(usize, ClientMessage)| match &it.1 {
        ClientMessage::Join { offer, .. } => offer.is_some(),
        message => matches!(message, ClientMessage::Offer { .. }),
    };
    world.relay.heard.0.iter().filter(is_offer).count()
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
    let prepared = prepared(&world);
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    // Only the server's answer is delivered, nothing of the browser.
    let (socket, event) = world.relay.next_event(1).unwrap();
    let event = call::Event::Socket { socket, event };
    world.input(1, call::Input::Event(event));
    assert_eq!(offers(&world), 1);
    let said = world.relay.said(1);
    // The offer brings the candidates along, and then there is only the end of them to be said.
    assert_eq!(said, ["join", "candidate"]);
    world.run();
    world.assert_connected();
    assert_eq!(offers(&world), 0);
    // It was the prepared one that was connected.
    let connections = &world.sides[1].browser.connections;
    assert!(connections.keys().eq([&prepared]));
}

/// The join that carries an offer may have been heard although its answer was lost: whoever got
/// the offer would answer somebody who is not there, so nobody else is offered the same.
#[test]
fn an_offer_that_may_have_been_heard_is_not_made_again() {
    let mut world = lobby();
    let prepared = prepared(&world);
    world.command(1, Command::Join);
    assert_eq!(offers(&world), 1);
    world.relay.cut(1);
    world.relay.give_up_lost();
    world.run_for(Duration::from_secs(70));
    world.assert_connected();
    let connections = &world.sides[1].browser.connections;
    assert!(!connections.contains_key(&prepared));
}

/// The prepared connection is given up while the server is asked, and its offer was heard.
#[test]
fn another_connection_than_the_offered_one_has_the_next_number() {
    let mut world = lobby();
    let prepared = prepared(&world);
    world.command(1, Command::Join);
    world.command(1, Command::SetRelayOnly { on: true });
    world.run();
    world.assert_connected();
    let connections = &world.sides[1].browser.connections;
    assert!(!connections.contains_key(&prepared));
    let numbers = world.relay.heard.0.iter().filter_map(|it| match it.1 {
        ClientMessage::Offer { connection, .. } => Some(connection),
        _ => None,
    });
    assert_eq!(numbers.max(), Some(2));
}

/// A browser may tell of candidates before the page knows the description they belong to. The
/// offer goes with the request if it is ready by then.
#[test]
fn candidates_never_overtake_their_offer() {
    for (ready, first) in [
        (true, &["join", "candidate"][..]),
        (false, &["join", "offer", "candidate"]),
    ] {
        let mut world = World::new(true);
        world.command(0, Command::StartCall { secret: secret() });
        world.command(0, Command::Join);
        world.run();
        world.command(1, Command::OpenRoom { room: room() });
        while let Some((socket, event)) = world.relay.next_event(1) {
            let event = call::Event::Socket { socket, event };
            world.input(1, call::Input::Event(event));
        }
        if ready {
            world.run_browser(1);
        }
        world.relay.heard.0.clear();
        world.command(1, Command::Join);
        assert_eq!(offers(&world) == 1, ready);
        world.run();
        // Devices that opened later are offered later.
        assert!(!ready || offers(&world) == 1);
        let mut said = world.relay.said(1);
        said.dedup();
        assert!(said.starts_with(first));
        world.assert_connected();
    }
}

#[test]
fn a_stale_one_is_made_anew() {
    let mut world = lobby();
    let before = prepared(&world);
    world.run_for(Duration::from_secs(50));
    assert_eq!(prepared(&world), before);
    world.run_for(Duration::from_secs(15));
    assert_ne!(prepared(&world), before);
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
    assert_eq!(offers(&world), 1);
}
