//! A call that is over stays over, and what its host decided outlives it.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, as_host, named, on_device, room, with_ticket};

fn three() -> Config {
    Config {
        max_participants: 3,
        ..Config::default()
    }
}

const LOCK: ClientMessage = ClientMessage::Lock { locked: true };
const UNLOCK: ClientMessage = ClientMessage::Lock { locked: false };

#[test]
fn a_guest_that_was_removed_brings_no_ended_call_back() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    let other = world.enter(named(as_guest(1), "Mary")).unwrap();
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    world.say(host.connection, LOCK);
    for it in [&host, &other] {
        world.say(it.connection, ClientMessage::Leave {});
    }
    for (at, code) in [(1, ErrorCode::BadTicket), (3_600, ErrorCode::BadTicket)] {
        world.wait(Duration::from_secs(at));
        for ticket in [&guest.ticket, &other.ticket, &host.ticket] {
            let back = named(with_ticket(1, ticket), "Admin");
            assert_eq!(world.enter(back).unwrap_err(), code);
        }
        let lobby = world.open();
        world.say(lobby, ClientMessage::Peek { room: room(1) });
        let shown = world.heard(lobby);
        assert!(matches!(&shown[..], [ServerMessage::Lobby { names, .. }] if names.is_empty()));
    }
}

#[test]
fn a_lock_and_removals_outlive_the_room_for_as_long_as_tickets_are_good() {
    let mut world = World::new(three());
    let host = world.enter(named(as_host(1), "Host")).unwrap();
    let guest = world.enter(on_device(as_guest(1), 'd')).unwrap();
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    world.say(host.connection, LOCK);
    world.say(host.connection, ClientMessage::Leave {});
    world.wait(Duration::from_secs(23 * 3_600));

    let host = world.enter(named(as_host(1), "Host")).unwrap();
    assert!(host.locked);
    let told = world.heard(host.connection);
    assert!(
        matches!(&told[..], [ServerMessage::KeptOut { participants }]
            if participants.len() == 1 && participants[0].id == guest.id
                && participants[0].name.as_str() == "Ada"),
        "{told:?}"
    );
    world.say(host.connection, UNLOCK);
    let again = named(on_device(as_guest(1), 'd'), "x");
    assert_eq!(world.enter(again).unwrap_err(), ErrorCode::Removed);
    assert!(world.enter(named(as_guest(1), "Grace")).is_ok());
}

#[test]
fn after_that_nothing_is_left_of_it() {
    let mut world = World::new(three());
    let host = world.enter(as_host(1)).unwrap();
    world.say(host.connection, LOCK);
    world.say(host.connection, ClientMessage::Leave {});
    world.wait(Duration::from_secs(24 * 3_600));
    assert!(!world.enter(as_host(1)).unwrap().locked);
}

#[test]
fn a_guest_brings_a_call_back_only_in_the_first_minute_after_a_restart() {
    for (seconds, is_in_time) in [(60, true), (61, false)] {
        let mut world = World::new(three());
        let (_, guest) = world.pair(1);
        world.wait(Duration::from_secs(2));
        world.restart(three());
        world.wait(Duration::from_secs(seconds));
        let back = world.enter(with_ticket(1, &guest.ticket));
        assert_eq!(back.is_ok(), is_in_time, "after {seconds} s");
    }
}

#[test]
fn what_was_brought_back_and_ended_is_not_brought_back_again() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.wait(Duration::from_secs(2));
    world.restart(three());
    let back = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    world.say(back.connection, ClientMessage::Leave {});
    let refused = world.enter(with_ticket(1, &host.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
}

#[test]
fn a_clock_that_was_set_back_lets_no_ticket_replace_a_running_call() {
    let mut world = World::new(three());
    let (_, guest) = world.pair(1);
    // The next server's clock is a day behind; there the host has begun anew.
    world.restart_at(three(), crate::world::UNIX_MS - 86_400_000);
    let host = world.enter(as_host(1)).unwrap();
    let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
    assert_eq!(world.closed(host.connection), None);
    // Nor does such a ticket make a room.
    world.restart_at(three(), crate::world::UNIX_MS - 86_400_000);
    let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
}

#[test]
fn only_a_room_that_a_ticket_brought_back_gives_way_to_a_later_call() {
    let mut world = World::new(three());
    let (host, old) = world.pair(1);
    world.say(host.connection, ClientMessage::Leave {});
    world.say(old.connection, ClientMessage::Leave {});
    world.wait(Duration::from_secs(2));
    let (_, new) = world.pair(1);
    world.wait(Duration::from_secs(2));
    for by_secret in [true, false] {
        world.restart(three());
        let first = if by_secret {
            let host = world.enter(as_host(1)).unwrap();
            world.enter(with_ticket(1, &old.ticket)).unwrap();
            host
        } else {
            world.enter(with_ticket(1, &old.ticket)).unwrap()
        };
        let later = world.enter(with_ticket(1, &new.ticket));
        assert_eq!(later.is_ok(), !by_secret);
        assert_eq!(world.closed(first.connection).is_some(), !by_secret);
    }
}

#[test]
fn within_the_minute_of_a_restart_no_old_ticket_enters_what_the_host_has_locked() {
    for brought_back in [false, true] {
        let mut world = World::new(three());
        let (_, guest) = world.pair(1);
        let other = world.enter(as_guest(1)).unwrap();
        world.wait(Duration::from_secs(2));
        world.restart(three());
        if brought_back {
            world.enter(with_ticket(1, &other.ticket)).unwrap();
        }
        let host = world.enter(as_host(1)).unwrap();
        world.say(host.connection, LOCK);
        let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
        assert_eq!(refused, ErrorCode::BadTicket);
        assert_eq!(world.heard(host.connection).len(), 1);
    }
}
