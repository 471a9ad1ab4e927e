//! Who was removed stays out until a host lets that person in again.

use protocol::{ClientMessage, ErrorCode, KeptOut, Name, ServerMessage};
use room::Config;

use crate::world::{Joined, World, as_guest, as_host, named, on_device, with_ticket};

const ELSEWHERE: [u8; 4] = [192, 0, 2, 1];

fn config() -> Config {
    Config {
        max_participants: 4,
        max_connections_per_address: 1_000,
        ..Config::default()
    }
}

fn remove(world: &mut World, host: &Joined, whom: &Joined) {
    let participant = whom.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
}

fn readmit(whom: &Joined) -> ClientMessage {
    ClientMessage::Readmit {
        participant: whom.id.clone(),
    }
}

/// The last list of those who are kept out that a host was told.
fn kept_out(world: &mut World, host: &Joined) -> Option<Vec<KeptOut>> {
    let heard = world.heard(host.connection).into_iter().rev();
    heard
        .filter_map(|it| match it {
            ServerMessage::KeptOut { participants } => Some(participants),
            _ => None,
        })
        .next()
}

fn from_elsewhere(world: &mut World, message: ClientMessage) -> Result<Joined, ErrorCode> {
    let connection = world.open_from(ELSEWHERE.into());
    world.enter_on(connection, message)
}

#[test]
fn the_device_is_known_again_under_any_name_and_from_anywhere() {
    let mut world = World::new(config());
    let host = world.enter(as_host(1)).unwrap();
    let guest = world.enter(on_device(as_guest(1), 'd')).unwrap();
    remove(&mut world, &host, &guest);
    let again = named(on_device(as_guest(1), 'd'), "Somebody else");
    let refused = from_elsewhere(&mut world, again).unwrap_err();
    assert_eq!(refused, ErrorCode::Removed);
    // Another person elsewhere may have the same name.
    assert!(from_elsewhere(&mut world, on_device(as_guest(1), 'e')).is_ok());
}

#[test]
fn without_its_device_a_person_is_known_by_name_and_address_together() {
    let mut world = World::new(config());
    let host = world.enter(named(as_host(1), "Host")).unwrap();
    let guest = world.enter(on_device(as_guest(1), 'd')).unwrap();
    remove(&mut world, &host, &guest);
    for again in [
        as_guest(1),
        on_device(as_guest(1), 'e'),
        named(as_guest(1), "  aDA "),
    ] {
        assert_eq!(world.enter(again).unwrap_err(), ErrorCode::Removed);
    }
    assert!(from_elsewhere(&mut world, as_guest(1)).is_ok());
    assert!(world.enter(named(as_guest(1), "Grace")).is_ok());
}

#[test]
fn the_ticket_is_refused_and_the_secret_is_not() {
    let mut world = World::new(config());
    let (host, guest) = world.pair(1);
    let co_host = world.enter(on_device(as_host(1), 'h')).unwrap();
    remove(&mut world, &host, &guest);
    remove(&mut world, &host, &co_host);
    let ticket = with_ticket(1, &guest.ticket);
    assert_eq!(world.enter(ticket).unwrap_err(), ErrorCode::Removed);
    assert!(world.enter(on_device(as_host(1), 'h')).is_ok());
}

#[test]
fn hosts_are_told_who_is_kept_out_and_let_people_in_again() {
    let mut world = World::new(config());
    let host = world.enter(as_host(1)).unwrap();
    assert_eq!(kept_out(&mut world, &host), None);
    let guest = world
        .enter(named(on_device(as_guest(1), 'd'), "Grace"))
        .unwrap();
    let other = world.enter(named(as_guest(1), "Mary")).unwrap();
    remove(&mut world, &host, &guest);
    let listed = [KeptOut {
        id: guest.id.clone(),
        name: Name::clean("Grace"),
    }];
    assert_eq!(kept_out(&mut world, &host).unwrap(), listed);
    assert_eq!(kept_out(&mut world, &other), None);
    // Who becomes host later is told, too.
    let second = world.enter(as_host(1)).unwrap();
    assert_eq!(kept_out(&mut world, &second).unwrap(), listed);
    let participant = other.id.clone();
    world.say(host.connection, ClientMessage::MakeHost { participant });
    assert_eq!(kept_out(&mut world, &other).unwrap(), listed);

    world.say(second.connection, readmit(&guest));
    for it in [&host, &second, &other] {
        assert_eq!(kept_out(&mut world, it).unwrap(), []);
    }
    let refused = world.refused(host.connection, readmit(&guest));
    assert_eq!(refused, ErrorCode::NoSuchParticipant);
    // The old ticket stays void; the person joins anew.
    let ticket = with_ticket(1, &guest.ticket);
    assert_eq!(world.enter(ticket).unwrap_err(), ErrorCode::BadTicket);
    let again = world.enter(named(on_device(as_guest(1), 'd'), "Grace"));
    let again = again.unwrap();
    assert_ne!(again.id, guest.id);
    let refused = world.refused(again.connection, readmit(&guest));
    assert_eq!(refused, ErrorCode::NotHost);
}

#[test]
fn tickets_tell_a_new_server_by_what_they_are_known() {
    let mut world = World::new(config());
    let host = world.enter(named(as_host(1), "Host")).unwrap();
    let guest = world.enter(on_device(as_guest(1), 'd')).unwrap();
    remove(&mut world, &host, &guest);
    let ticket = world.ticket(&host);
    world.restart(config());
    let host = world.enter(with_ticket(1, &ticket)).unwrap();
    let listed = kept_out(&mut world, &host).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id, guest.id);
    for again in [named(on_device(as_guest(1), 'd'), "x"), as_guest(1)] {
        assert_eq!(world.enter(again).unwrap_err(), ErrorCode::Removed);
    }
    // What an older ticket says does not undo it.
    let old = world.ticket(&host);
    world.say(host.connection, readmit(&guest));
    world.lose(host.connection);
    world.enter(with_ticket(1, &old)).unwrap();
    assert!(world.enter(on_device(as_guest(1), 'd')).is_ok());
}

#[test]
fn removing_more_than_a_room_remembers_locks_it() {
    let mut world = World::new(config());
    let host = world.enter(named(as_host(1), "Host")).unwrap();
    for n in 0..64 {
        let guest = world.enter(named(as_guest(1), &format!("guest {n}")));
        remove(&mut world, &host, &guest.unwrap());
        world.wait(std::time::Duration::from_secs(1));
    }
    world.heard(host.connection);
    let guest = world.enter(named(as_guest(1), "one more")).unwrap();
    remove(&mut world, &host, &guest);
    let heard = world.heard(host.connection);
    assert!(heard.contains(&ServerMessage::Locked { locked: true }));
    let refused = world.enter(named(as_guest(1), "guest 0")).unwrap_err();
    assert_eq!(refused, ErrorCode::Unavailable);
}
