//! What was said while somebody was away, or got lost with the connection, is said again.

use protocol::{ClientMessage, ErrorCode, ParticipantId, Sdp, ServerMessage};
use room::{Config, Input, Undecodable};

use crate::world::{Joined, World, as_guest, as_host, connection, counting, offer, with_ticket};

/// A host, and a guest that counts.
fn pair(world: &mut World) -> (Joined, Joined) {
    let host = world.enter(as_host(1)).expect("a host enters");
    let guest = world
        .enter(counting(as_guest(1), 0))
        .expect("a guest enters");
    world.heard(host.connection);
    assert!(!guest.missed);
    (host, guest)
}

fn numbered(to: &ParticipantId, connection: u32) -> ClientMessage {
    ClientMessage::Offer {
        to: to.clone(),
        connection,
        sdp: Sdp::new("v=0"),
    }
}

fn numbers(heard: &[ServerMessage]) -> Vec<u32> {
    let offers = heard.iter().filter_map(|it| match it {
        ServerMessage::Offer { connection, .. } => Some(*connection),
        _ => None,
    });
    offers.collect()
}

#[test]
fn what_was_lost_or_said_meanwhile_comes_in_its_order() {
    let mut world = World::new(Config::default());
    let (host, guest) = pair(&mut world);
    for number in 1..=3 {
        world.say(host.connection, numbered(&guest.id, number));
    }
    // It has got the first; the others were on their way.
    world.lose(guest.connection);
    world.say(host.connection, numbered(&guest.id, 4));
    let again = counting(with_ticket(1, &guest.ticket), 1);
    let again = world.enter(again).unwrap();
    assert!(again.resumed && !again.missed);
    assert_eq!(numbers(&world.heard(again.connection)), [2, 3, 4]);
    // Who negotiates with it need not begin anew.
    let heard = world.heard(host.connection);
    assert_eq!(heard[0], connection(&guest.id, false));
    assert!(
        matches!(&heard[1], ServerMessage::ParticipantConnection { connected: true, missed, .. } if !missed)
    );
}

#[test]
fn it_goes_on_counting_over_any_number_of_connections() {
    let mut world = World::new(Config::default());
    let (host, guest) = pair(&mut world);
    let mut ticket = guest.ticket.clone();
    for round in 0..20 {
        world.say(host.connection, numbered(&guest.id, round));
        // The answer to this join is lost, too.
        let lost = world.enter(counting(with_ticket(1, &ticket), u64::from(round)));
        assert!(!lost.unwrap().missed);
        let again = world.enter(counting(with_ticket(1, &ticket), u64::from(round)));
        let again = again.unwrap();
        assert_eq!(numbers(&world.heard(again.connection)), [round]);
        ticket = again.ticket;
    }
}

#[test]
fn what_it_said_is_counted_so_that_it_can_say_the_rest_again() {
    let mut world = World::new(Config::default());
    let (host, guest) = pair(&mut world);
    world.say(guest.connection, offer(&host.id));
    world.say(guest.connection, ClientMessage::Ping { id: 1 });
    world.say(guest.connection, offer(&host.id));
    let again = counting(with_ticket(1, &guest.ticket), 0);
    assert_eq!(world.enter(again).unwrap().received, 2);
}

#[test]
fn what_cannot_be_read_is_counted_by_its_type() {
    let mut world = World::new(Config::default());
    let (_, guest) = pair(&mut world);
    let counted = [
        Some("offer"),
        Some("lock"),
        Some("dance"),
        Some("ping"),
        None,
    ];
    for refused in counted.map(|it| it.map(str::to_owned)) {
        world.handle(Input::Undecodable {
            connection: guest.connection,
            why: Undecodable {
                code: ErrorCode::BadMessage,
                message: String::new(),
                refused,
            },
        });
    }
    let again = counting(with_ticket(1, &guest.ticket), 0);
    assert_eq!(world.enter(again).unwrap().received, 2);
}

#[test]
fn what_has_arrived_is_not_kept() {
    let mut world = World::new(Config::default());
    let (host, guest) = pair(&mut world);
    world.say(host.connection, numbered(&guest.id, 1));
    world.heard(guest.connection);
    world.say(guest.connection, ClientMessage::Received { count: 1 });
    assert_eq!(
        world.heard(guest.connection),
        [ServerMessage::Received { count: 0 }]
    );
    // Who then says that it has not got it is not believed.
    let again = counting(with_ticket(1, &guest.ticket), 0);
    assert!(world.enter(again).unwrap().missed);
}

#[test]
fn who_missed_too_much_gets_the_state_anew_and_the_others_know() {
    let mut world = World::new(Config {
        messages_per_second: 0,
        ..Config::default()
    });
    let (host, guest) = pair(&mut world);
    world.lose(guest.connection);
    for number in 0..200 {
        world.say(host.connection, numbered(&guest.id, number));
    }
    world.heard(host.connection);
    let again = counting(with_ticket(1, &guest.ticket), 0);
    let again = world.enter(again).unwrap();
    assert!(again.resumed && again.missed);
    assert_eq!(again.received, 0);
    assert_eq!(numbers(&world.heard(again.connection)), [0; 0]);
    assert_eq!(world.heard(host.connection), [connection(&guest.id, true)]);
    // From here both count from 0.
    world.say(host.connection, numbered(&guest.id, 7));
    let again = counting(with_ticket(1, &again.ticket), 0);
    let again = world.enter(again).unwrap();
    assert_eq!(numbers(&world.heard(again.connection)), [7]);
}

#[test]
fn a_server_that_was_started_anew_has_missed_all() {
    let mut world = World::new(Config::default());
    let (_, guest) = pair(&mut world);
    world.restart(Config::default());
    let again = counting(with_ticket(1, &guest.ticket), 0);
    let again = world.enter(again).unwrap();
    assert!(again.resumed && again.missed);
}

/// Neither what it had got from the server before nor what it had said to it is taken for something
/// of this one.
#[test]
fn who_did_not_hear_of_being_let_in_by_a_new_server_still_counts_the_old_one() {
    let mut world = World::new(Config::default());
    let (host, guest) = pair(&mut world);
    for _ in 0..3 {
        world.say(host.connection, numbered(&guest.id, 1));
        world.say(guest.connection, offer(&host.id));
    }
    world.restart(Config::default());
    let host = world.enter(with_ticket(1, &host.ticket)).unwrap();
    let lost = world.enter(counting(with_ticket(1, &guest.ticket), 1));
    let lost = lost.unwrap();
    assert!(lost.missed);
    world.say(host.connection, numbered(&guest.id, 2));
    world.heard(host.connection);
    let again = world.enter(counting(with_ticket(1, &guest.ticket), 1));
    let again = again.unwrap();
    assert!(again.resumed && again.missed);
    assert_eq!(again.received, 0);
    assert_eq!(numbers(&world.heard(again.connection)), [0; 0]);
    let heard = world.heard(host.connection);
    assert_eq!(heard.last(), Some(&connection(&guest.id, true)));
    let third = world.enter(counting(with_ticket(1, &again.ticket), 0));
    assert!(!third.unwrap().missed);
}
