//! There is a host for as long as there is somebody, and whoever has the secret is host.

use std::time::Duration;

use protocol::{ClientMessage, ErrorCode, ParticipantId, Role, ServerMessage};
use room::Config;

use crate::world::{Joined, World, as_guest, as_host, with_ticket};

fn world() -> World {
    World::new(Config {
        max_participants: 4,
        ..Config::default()
    })
}

fn make_host(of: &Joined) -> ClientMessage {
    ClientMessage::MakeHost {
        participant: of.id.clone(),
    }
}

fn role(of: &ParticipantId, role: Role) -> ServerMessage {
    ServerMessage::Role {
        participant: of.clone(),
        role,
    }
}

/// What was said about roles.
fn roles(world: &mut World, of: &Joined) -> Vec<ServerMessage> {
    let heard = world.heard(of.connection).into_iter();
    heard
        .filter(|it| matches!(it, ServerMessage::Role { .. }))
        .collect()
}

#[test]
fn a_host_makes_another_one_and_everyone_hears_of_it() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    world.say(host.connection, make_host(&guest));
    for it in [&host, &guest, &third] {
        assert_eq!(roles(&mut world, it), [role(&guest.id, Role::Host)]);
    }
    // It may do what hosts do, also after it was lost and has come back.
    world.lose(guest.connection);
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!(again.role, Role::Host);
    world.say(again.connection, ClientMessage::Lock { locked: true });
    assert!(
        world
            .heard(third.connection)
            .contains(&ServerMessage::Locked { locked: true })
    );
}

#[test]
fn guests_make_nobody_host_and_a_host_only_others_that_are_here() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    let (stranger, _) = world.pair(2);
    for (from, of, code) in [
        (&guest, &guest, ErrorCode::NotHost),
        (&host, &host, ErrorCode::NoSuchParticipant),
        (&host, &stranger, ErrorCode::NoSuchParticipant),
    ] {
        assert_eq!(world.refused(from.connection, make_host(of)), code);
    }
}

#[test]
fn when_the_last_host_leaves_the_one_who_was_there_longest_is_host() {
    for round in 0..8 {
        let mut world = world();
        // Whose id is the smallest must not matter.
        for n in 0..round {
            world.enter(as_host(10 + n)).unwrap();
        }
        let host = world.enter(as_host(1)).unwrap();
        let first = world.enter(as_guest(1)).unwrap();
        let second = world.enter(as_guest(1)).unwrap();
        let third = world.enter(as_guest(1)).unwrap();
        // Who cannot be reached does not count.
        world.lose(first.connection);
        world.say(host.connection, ClientMessage::Leave {});
        for it in [&second, &third] {
            assert_eq!(roles(&mut world, it), [role(&second.id, Role::Host)]);
        }
    }
}

#[test]
fn a_host_that_is_lost_is_waited_for() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    world.lose(host.connection);
    world.wait(Duration::from_millis(59_999));
    assert_eq!(roles(&mut world, &guest), []);
    world.wait(Duration::from_millis(1));
    assert_eq!(roles(&mut world, &guest), [role(&guest.id, Role::Host)]);
}

#[test]
fn where_all_are_lost_the_first_to_come_back_is_host() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    world.lose(host.connection);
    world.wait(Duration::from_secs(30));
    world.lose(guest.connection);
    world.wait(Duration::from_secs(45));
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!(again.role, Role::Guest);
    assert_eq!(roles(&mut world, &again), [role(&guest.id, Role::Host)]);
}

#[test]
fn the_secret_takes_the_room_back_also_from_whom_such_a_host_made_one() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    world.say(host.connection, ClientMessage::Leave {});
    world.say(guest.connection, make_host(&third));
    roles(&mut world, &guest);
    roles(&mut world, &third);
    let host = world.enter(as_host(1)).unwrap();
    assert_eq!(host.role, Role::Host);
    let mut heard = roles(&mut world, &guest);
    heard.sort_by_key(|it| format!("{it:?}"));
    let mut expected = [role(&guest.id, Role::Guest), role(&third.id, Role::Guest)];
    expected.sort_by_key(|it| format!("{it:?}"));
    assert_eq!(heard, expected);
    let lock = ClientMessage::Lock { locked: true };
    assert_eq!(world.refused(guest.connection, lock), ErrorCode::NotHost);
    // Its tickets say so, too.
    let ticket = world.ticket(&third);
    world.restart(Config::default());
    assert_eq!(
        world.enter(with_ticket(1, &ticket)).unwrap().role,
        Role::Guest
    );
}

#[test]
fn one_who_was_made_host_by_the_host_stays_one_when_the_host_comes_back() {
    let mut world = world();
    let (host, guest) = world.pair(1);
    world.say(host.connection, make_host(&guest));
    world.say(host.connection, ClientMessage::Leave {});
    roles(&mut world, &guest);
    world.enter(as_host(1)).unwrap();
    assert_eq!(roles(&mut world, &guest), []);
    world.say(guest.connection, ClientMessage::Lock { locked: false });
    assert_eq!(
        world.heard(guest.connection),
        [ServerMessage::Locked { locked: false }]
    );
}

#[test]
fn after_a_restart_the_host_is_waited_for_and_then_there_is_one() {
    let mut world = world();
    let (_, guest) = world.pair(1);
    world.restart(Config::default());
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    world.wait(Duration::from_millis(59_999));
    assert_eq!(roles(&mut world, &again), []);
    world.wait(Duration::from_millis(1));
    assert_eq!(roles(&mut world, &again), [role(&guest.id, Role::Host)]);
}

#[test]
fn who_is_host_for_want_of_another_is_so_after_a_restart_unless_the_host_is_back() {
    for host_is_back in [false, true] {
        let mut world = world();
        let (host, guest) = world.pair(1);
        world.say(host.connection, ClientMessage::Leave {});
        let ticket = world.ticket(&guest);
        world.restart(Config::default());
        if host_is_back {
            world.enter(as_host(1)).unwrap();
        }
        let again = world.enter(with_ticket(1, &ticket)).unwrap();
        let expected = if host_is_back {
            Role::Guest
        } else {
            Role::Host
        };
        assert_eq!(again.role, expected);
    }
}

#[test]
fn people_are_listed_in_the_order_in_which_they_came_also_after_a_restart() {
    let mut world = world();
    let mut there = vec![world.enter(as_host(1)).unwrap()];
    for _ in 0..3 {
        there.push(world.enter(as_guest(1)).unwrap());
    }
    let order: Vec<_> = there.iter().map(|it| it.id.clone()).collect();
    let listed: Vec<_> = there[3].others.iter().map(|it| it.id.clone()).collect();
    assert_eq!(listed, order[..3]);
    let config = Config {
        max_participants: 4,
        ..Config::default()
    };
    world.restart(config);
    let mut last = None;
    for it in there.iter().rev() {
        last = Some(world.enter(with_ticket(1, &it.ticket)).unwrap());
    }
    let others = last.unwrap().others;
    let listed: Vec<_> = others.iter().map(|it| it.id.clone()).collect();
    assert_eq!(listed, order[1..]);
}
