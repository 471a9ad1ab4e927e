//! The key that signs tickets is replaced while calls go on.

use protocol::{ClientMessage, ErrorCode};
use room::{Config, Input, TicketKey};

use crate::world::{World, as_guest, as_host, on_device, with_ticket};

fn replace_key(world: &mut World) {
    world.handle(Input::TicketKey(TicketKey::new(&[77; 32])));
}

#[test]
fn who_is_connected_stays_and_comes_back_by_the_new_ticket_only() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let old = guest.ticket.clone();
    replace_key(&mut world);
    let new = world.ticket(&guest);
    assert_ne!(world.ticket(&host), host.ticket);
    world.lose(guest.connection);
    let refused = world.enter(with_ticket(1, &old)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
    let again = world.enter(with_ticket(1, &new)).unwrap();
    assert!(again.resumed);
    assert_eq!(again.id, guest.id);
}

/// Their place is held, but what they have to show for it is of the old key.
#[test]
fn who_is_lost_at_that_moment_comes_as_somebody_new() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (_, guest) = world.pair(1);
    world.lose(guest.connection);
    replace_key(&mut world);
    let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
    assert_ne!(world.enter(as_guest(1)).unwrap().id, guest.id);
}

#[test]
fn who_was_removed_stays_out() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let guest = world.enter(on_device(as_guest(1), 'd')).unwrap();
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    replace_key(&mut world);
    for again in [as_guest(1), on_device(as_guest(1), 'd')] {
        assert_eq!(world.enter(again).unwrap_err(), ErrorCode::Removed);
    }
}
