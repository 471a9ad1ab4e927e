//! An offer that comes with `join` is passed on at once to who is there, and to nobody else.

use protocol::{ClientMessage, ErrorCode, Sdp, ServerMessage, limits};
use room::Config;

use crate::world::{World, as_guest, as_host, offering, with_ticket};

fn sdp() -> Sdp {
    Sdp::new("v=0")
}

fn offers(heard: Vec<ServerMessage>) -> Vec<ServerMessage> {
    let is_offer = |it: &ServerMessage| matches!(it, ServerMessage::Offer { .. });
    heard.into_iter().filter(is_offer).collect()
}

#[test]
fn who_is_there_hears_of_the_newcomer_and_then_the_offer() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let guest = world.enter(offering(as_guest(1), sdp())).unwrap();
    assert_eq!(guest.offered, Some(host.id));
    let offer = ServerMessage::Offer {
        from: guest.id.clone(),
        connection: 1,
        sdp: sdp(),
    };
    match world.heard(host.connection).as_slice() {
        [ServerMessage::ParticipantJoined { participant }, last] => {
            assert_eq!((&participant.id, last), (&guest.id, &offer));
        }
        other => panic!("not the newcomer and the offer: {other:?}"),
    }
    assert_eq!(world.heard(guest.connection), []);
}

#[test]
fn of_several_it_goes_to_the_first_that_is_connected() {
    let mut world = World::new(Config {
        max_participants: 4,
        ..Config::default()
    });
    let mut there = vec![world.enter(as_host(1)).unwrap()];
    there.push(world.enter(as_guest(1)).unwrap());
    there.push(world.enter(as_guest(1)).unwrap());
    there.sort_by(|one, other| one.id.cmp(&other.id));
    world.lose(there[0].connection);
    let last = world.enter(offering(as_guest(1), sdp())).unwrap();
    let listed = last.others.iter().find(|it| it.connected).unwrap();
    assert_eq!(listed.id, there[1].id);
    assert_eq!(last.offered.as_ref(), Some(&listed.id));
    assert_eq!(offers(world.heard(there[1].connection)).len(), 1);
    assert_eq!(offers(world.heard(there[2].connection)), []);
}

#[test]
fn it_is_dropped_where_nobody_is_connected_or_one_comes_back() {
    let mut world = World::new(Config::default());
    let host = world.enter(offering(as_host(1), sdp())).unwrap();
    assert_eq!(host.offered, None);
    world.lose(host.connection);
    let guest = world.enter(offering(as_guest(1), sdp())).unwrap();
    assert_eq!(guest.offered, None);
    let host = world
        .enter(offering(with_ticket(1, &host.ticket), sdp()))
        .unwrap();
    assert_eq!(host.offered, None);
    assert_eq!(offers(world.heard(guest.connection)), []);
}

#[test]
fn who_is_not_let_in_offers_nothing() {
    let mut world = World::new(Config::default());
    let (host, _guest) = world.pair(1);
    let third = world.enter(offering(as_guest(1), sdp()));
    assert_eq!(third.unwrap_err(), ErrorCode::Full);
    world.say(host.connection, ClientMessage::Lock { locked: true });
    world.heard(host.connection);
    let third = world.enter(offering(as_guest(1), sdp()));
    assert_eq!(third.unwrap_err(), ErrorCode::Unavailable);
    assert_eq!(
        world.heard(host.connection),
        [ServerMessage::Waiting { count: 1 }]
    );
}

#[test]
fn one_that_is_too_long_is_refused_with_its_join() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let long = |more| Sdp::new("x".repeat(limits::SDP_BYTES + more));
    let guest = world.enter(offering(as_guest(1), long(1)));
    assert_eq!(guest.unwrap_err(), ErrorCode::TooLarge);
    assert_eq!(world.heard(host.connection), []);
    assert!(world.enter(offering(as_guest(1), long(0))).is_ok());
}
