//! A device has another address, and its browser does not tell its connections so for a while.

use std::time::Duration;

use call::{LogLine, Memory};

use crate::support::{Act, World};

fn connected(gecko: bool) -> World {
    let mut world = if gecko {
        World::connected_by([true; 2], true)
    } else {
        World::connected(true, |_| Memory::default())
    };
    world.run_for(Duration::from_secs(3));
    world.late = true;
    world
}

/// The device of side 0 has another address; its socket is lost with the old one.
fn moves(world: &mut World) {
    world.sides[0].browser.address = 2;
    world.run_for(Duration::from_millis(700));
    world.act(0, Act::Cut);
}

fn made(world: &World, at: usize) -> u64 {
    world.only(at).uid
}

fn restarts(world: &World) -> bool {
    let id = &world.view(0).people[0].id;
    let details = world.sides[0].call.details(id).unwrap();
    details.log.iter().any(|it| it.line == LogLine::IceRestart)
}

#[test]
fn a_connection_that_knows_the_new_address_takes_its_place() {
    let mut world = connected(false);
    let before = [made(&world, 0), made(&world, 1)];
    moves(&mut world);
    world.run_for(Duration::from_millis(300));
    world.assert_connected();
    assert_ne!(made(&world, 0), before[0]);
    assert_ne!(made(&world, 1), before[1]);
    assert_eq!(world.only(0).address(), 2);
}

/// The device loses its only network, and finds another one ten seconds later.
#[test]
fn the_new_address_may_come_later() {
    let mut world = connected(false);
    world.late = false;
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(1));
    world.relay.down = true;
    world.act(0, Act::Cut);
    world.run_for(Duration::from_secs(10));
    world.sides[0].browser.address = 2;
    world.act(0, Act::Path(true));
    world.relay.down = false;
    world.act(0, Act::Online);
    world.run_for(Duration::from_millis(300));
    world.assert_connected();
    assert_eq!(world.only(0).address(), 2);
}

#[test]
fn where_the_address_is_the_same_the_connection_stays() {
    let mut world = connected(false);
    let before = made(&world, 0);
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_millis(700));
    world.act(0, Act::Cut);
    world.run_for(Duration::from_secs(2));
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(3));
    world.assert_connected();
    assert_eq!(made(&world, 0), before);
    assert!(restarts(&world));
}

/// Firefox tells its connections of a new address at once.
#[test]
fn firefox_is_not_asked() {
    let mut world = connected(true);
    moves(&mut world);
    assert_eq!(world.sides[0].browser.connections.len(), 1);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.sides[0].browser.connections.len(), 1);
}

#[test]
fn where_addresses_are_hidden_nothing_is_looked_for() {
    let mut world = World::new(true);
    for side in &mut world.sides {
        side.browser.hides = true;
    }
    let mut world = world.connect();
    world.run_for(Duration::from_secs(3));
    world.late = true;
    moves(&mut world);
    assert_eq!(world.sides[0].browser.connections.len(), 1);
    world.sides[0].browser.tells();
    world.run_for(Duration::from_secs(1));
    world.assert_connected();
}
