//! A server that was started anew learns from tickets what it has forgotten.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode, Role, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, as_host, room, with_ticket};

fn three() -> Config {
    Config {
        max_participants: 3,
        ..Config::default()
    }
}

fn lock(locked: bool) -> ClientMessage {
    ClientMessage::Lock { locked }
}

#[test]
fn a_lock_comes_back_with_the_guest_alone() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    let ticket = world.ticket(&guest);
    world.restart(three());
    let again = world.enter(with_ticket(1, &ticket)).unwrap();
    assert!(again.locked);
    assert_eq!(again.role, Role::Guest);
    world.wait(Duration::from_secs(120));
    let refused = world.enter(as_guest(1)).unwrap_err();
    assert_eq!(refused, ErrorCode::Unavailable);
}

#[test]
fn an_unlocking_comes_back_too() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    world.say(host.connection, lock(false));
    let ticket = world.ticket(&guest);
    world.restart(three());
    assert!(!world.enter(with_ticket(1, &ticket)).unwrap().locked);
}

#[test]
fn who_was_away_while_it_was_locked_cannot_unlock_it() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    // A ticket of before the lock.
    let old = guest.ticket.clone();
    world.say(host.connection, lock(true));
    let newest = world.ticket(&host);
    world.restart(three());
    let again = world.enter(with_ticket(1, &old)).unwrap();
    assert!(!again.locked);
    // Nobody new enters before the others have had the time to come back.
    let watcher = world.open();
    world.say(watcher, ClientMessage::Peek { room: room(1) });
    world.heard(watcher);
    assert_eq!(
        world.enter(as_guest(1)).unwrap_err(),
        ErrorCode::Unavailable
    );
    world.wait(Duration::from_secs(9));
    assert!(world.enter(with_ticket(1, &newest)).unwrap().locked);
    let heard = world.heard(again.connection);
    assert!(heard.contains(&ServerMessage::Locked { locked: true }));
    // What it holds now says so, too.
    let ticket = world.ticket(&again);
    assert_eq!(world.heard(watcher), []);
    world.restart(three());
    assert!(world.enter(with_ticket(1, &ticket)).unwrap().locked);
}

#[test]
fn an_open_room_takes_newcomers_when_the_host_is_back_or_after_a_while() {
    for host_comes in [true, false] {
        let mut world = World::new(three());
        let (host, guest) = world.pair(1);
        world.restart(three());
        world.enter(with_ticket(1, &guest.ticket)).unwrap();
        let watcher = world.open();
        world.say(watcher, ClientMessage::Peek { room: room(1) });
        let closed = world.heard(watcher);
        assert!(matches!(&closed[..], [ServerMessage::Lobby { names, .. }] if names.is_empty()));
        if host_comes {
            world.enter(with_ticket(1, &host.ticket)).unwrap();
        } else {
            world.wait(Duration::from_secs(10));
        }
        let shown = world.heard(watcher);
        assert!(matches!(&shown[..], [ServerMessage::Lobby { names, .. }] if !names.is_empty()));
        world.enter(as_guest(1)).unwrap();
    }
}

#[test]
fn a_host_without_a_ticket_does_not_lose_the_lock() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    let ticket = world.ticket(&guest);
    world.wait(Duration::from_secs(2));
    world.restart(three());
    // As after the page was loaded anew.
    let host = world.enter(as_host(1)).unwrap();
    assert!(!host.locked);
    world.wait(Duration::from_secs(2));
    let guest = world.enter(with_ticket(1, &ticket)).unwrap();
    assert!(guest.resumed && guest.locked);
    let heard = world.heard(host.connection);
    assert!(heard.contains(&ServerMessage::Locked { locked: true }));
}

#[test]
fn what_a_host_does_with_the_lock_after_the_restart_counts() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    let ticket = world.ticket(&guest);
    world.wait(Duration::from_secs(2));
    world.restart(three());
    let host = world.enter(as_host(1)).unwrap();
    world.say(host.connection, lock(true));
    world.say(host.connection, lock(false));
    assert!(!world.enter(with_ticket(1, &ticket)).unwrap().locked);
}

#[test]
fn who_was_removed_stays_out_in_whatever_order_they_come() {
    for removed_first in [true, false] {
        let mut world = World::new(three());
        let (host, guest) = world.pair(1);
        let other = world.enter(as_guest(1)).unwrap();
        let participant = guest.id.clone();
        world.say(host.connection, ClientMessage::Remove { participant });
        let known = world.ticket(&other);
        world.restart(three());
        if removed_first {
            let back = world.enter(with_ticket(1, &guest.ticket)).unwrap();
            let other = world.enter(with_ticket(1, &known)).unwrap();
            assert_eq!(other.others, []);
            assert_eq!(world.closed(back.connection), Some(CloseCode::Removed));
            assert_eq!(world.heard(back.connection), [ServerMessage::Removed {}]);
        } else {
            world.enter(with_ticket(1, &known)).unwrap();
        }
        let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
        assert_eq!(refused, ErrorCode::Removed);
    }
}

#[test]
fn the_ticket_of_a_call_that_is_over_is_no_good_in_the_next() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.say(host.connection, lock(true));
    let old = world.ticket(&guest);
    for it in [&host, &guest] {
        world.say(it.connection, ClientMessage::Leave {});
    }
    let host = world.enter(as_host(1)).unwrap();
    let refused = world.enter(with_ticket(1, &old)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
    world.say(host.connection, lock(false));
    // Nor after a restart, when it comes first.
    let ticket = world.ticket(&host);
    world.wait(Duration::from_secs(2));
    world.restart(three());
    let ghost = world.enter(with_ticket(1, &old)).unwrap();
    let host = world.enter(with_ticket(1, &ticket)).unwrap();
    assert!(!host.locked && host.others.is_empty());
    assert_eq!(world.closed(ghost.connection), Some(CloseCode::GoingAway));
    let refused = world.enter(with_ticket(1, &old)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
}

#[test]
fn who_stays_for_days_has_a_ticket_that_works() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    for _ in 0..10 {
        world.wait(Duration::from_secs(6 * 60 * 60));
        world.say(guest.connection, ClientMessage::Ping { id: 1 });
    }
    let (old, new) = (host.ticket.clone(), world.ticket(&guest));
    world.restart(three());
    assert_eq!(
        world.enter(with_ticket(1, &old)).unwrap_err(),
        ErrorCode::BadTicket
    );
    assert_eq!(world.enter(with_ticket(1, &new)).unwrap().id, guest.id);
}

#[test]
fn a_room_that_was_brought_back_ends_like_any_other() {
    let mut world = World::new(three());
    let (host, guest) = world.pair(1);
    world.restart(three());
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!(again.others, []);
    world.lose(again.connection);
    world.wait(Duration::from_secs(60));
    assert_eq!(world.rooms.totals(), room::Totals::default());
    assert_eq!(world.rooms.poll_timeout(), None);
    for it in [&host, &guest] {
        let refused = world.enter(with_ticket(1, &it.ticket)).unwrap_err();
        assert_eq!(refused, ErrorCode::BadTicket);
    }
}
