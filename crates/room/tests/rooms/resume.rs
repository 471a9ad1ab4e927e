//! A ticket makes its holder the same participant again.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode, LeaveReason, Role, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, as_host, connection, left, offer, with_ticket};

#[test]
fn who_comes_back_in_time_is_the_same_participant() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.lose(guest.connection);
    world.wait(Duration::from_secs(59));
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!(
        (&again.id, again.role, again.resumed),
        (&guest.id, Role::Guest, true)
    );
    assert_eq!(
        world.heard(host.connection),
        [connection(&guest.id, false), connection(&guest.id, true)]
    );
    world.wait(Duration::from_secs(120));
    assert_eq!(world.heard(host.connection), []);
    world.say(host.connection, offer(&guest.id));
    let heard = world.heard(again.connection);
    assert!(matches!(&heard[..], [ServerMessage::Offer { from, .. }] if *from == host.id));
}

#[test]
fn a_newer_connection_replaces_the_old_one_and_the_others_learn_of_the_gap() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert!(again.resumed);
    assert_eq!(world.closed(guest.connection), Some(CloseCode::Replaced));
    world.lose(guest.connection);
    assert_eq!(
        world.heard(host.connection),
        [connection(&guest.id, false), connection(&guest.id, true)]
    );
    assert_eq!(world.rooms.snapshot(world.now).participants, 2);
}

#[test]
fn who_comes_back_hears_who_left_meanwhile_and_what_is_new_about_itself_is_told() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    world.lose(guest.connection);
    world.say(third.connection, ClientMessage::Leave {});
    world.heard(host.connection);
    let ClientMessage::Join { room, ticket, .. } = with_ticket(1, &guest.ticket) else {
        panic!("a join");
    };
    let media = protocol::Media {
        camera: true,
        ..Default::default()
    };
    let again = world
        .enter(ClientMessage::Join {
            room,
            ticket,
            media: Some(media),
            name: Some(protocol::Name::clean("Grace")),
            secret: None,
            received: None,
            offer: None,
            device: None,
        })
        .unwrap();
    assert_eq!(
        world.heard(again.connection),
        [left(&third.id, LeaveReason::Left)]
    );
    let heard = world.heard(host.connection);
    assert_eq!(heard[0], connection(&guest.id, true));
    assert!(matches!(&heard[1], ServerMessage::Renamed { name, .. } if name.as_str() == "Grace"));
    assert!(matches!(&heard[2], ServerMessage::Media { media, .. } if media.camera));
}

#[test]
fn who_comes_back_without_a_name_and_media_keeps_what_it_had() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let mut join = as_guest(1);
    let ClientMessage::Join { media, .. } = &mut join else {
        panic!("a join");
    };
    *media = Some(protocol::Media {
        microphone: true,
        ..Default::default()
    });
    let guest = world.enter(join).unwrap();
    world.lose(guest.connection);
    world.heard(host.connection);
    let mut back = with_ticket(1, &guest.ticket);
    let ClientMessage::Join { name, media, .. } = &mut back else {
        panic!("a join");
    };
    (*name, *media) = (None, None);
    assert!(world.enter(back).unwrap().resumed);
    assert_eq!(world.heard(host.connection), [connection(&guest.id, true)]);
    let third = world.enter(with_ticket(1, &host.ticket)).unwrap();
    let about = &third.others[0];
    assert_eq!(about.name.as_str(), "Ada");
    assert!(about.media.microphone);
}

#[test]
fn after_a_restart_everybody_is_who_they_were() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.restart(Config::default());
    let guest_again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!((&guest_again.id, guest_again.resumed), (&guest.id, true));
    let host_again = world.enter(with_ticket(1, &host.ticket)).unwrap();
    assert_eq!((&host_again.id, host_again.role), (&host.id, Role::Host));
    assert!(host_again.resumed);
    assert_eq!(host_again.others[0].id, guest.id);
}

#[test]
fn who_was_away_too_long_comes_back_into_a_locked_room_but_its_connections_are_gone() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.say(host.connection, ClientMessage::Lock { locked: true });
    world.lose(guest.connection);
    world.wait(Duration::from_secs(61));
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!((&again.id, again.resumed), (&guest.id, false));
    // Once more, now as one that is here.
    let again = world.enter(with_ticket(1, &again.ticket)).unwrap();
    assert!(again.resumed);
    assert_eq!(world.heard(again.connection), []);
}

#[test]
fn the_ticket_of_who_was_removed_is_void() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let participant = guest.id.clone();
    world.say(host.connection, ClientMessage::Remove { participant });
    let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::Removed);
}

#[test]
fn the_ticket_of_who_left_is_void_also_while_somebody_is_lost_and_after_a_restart() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.say(host.connection, ClientMessage::Lock { locked: true });
    let (key, hosts) = (world.ticket(&guest), world.ticket(&host));
    world.say(guest.connection, ClientMessage::Leave {});
    let left = world.ticket(&host);
    world.lose(host.connection);
    let refused = world.enter(with_ticket(1, &key)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
    let host = world.enter(with_ticket(1, &hosts)).unwrap();
    assert_eq!((host.resumed, host.others.len()), (true, 0));
    // A new server learns of it, in whatever order they come.
    for first in [&key, &left] {
        world.restart(Config::default());
        world.enter(with_ticket(1, first)).unwrap();
        world.enter(with_ticket(1, &left)).unwrap();
        let refused = world.enter(with_ticket(1, &key)).unwrap_err();
        assert_eq!(refused, ErrorCode::BadTicket);
        assert_eq!(world.rooms.totals().participants, 1);
    }
}

#[test]
fn a_page_that_is_loaded_anew_is_the_same_participant() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.say(guest.connection, ClientMessage::Away {});
    assert_eq!(world.heard(host.connection), [connection(&guest.id, false)]);
    world.lose(guest.connection);
    world.wait(Duration::from_secs(9));
    let again = world.enter(with_ticket(1, &guest.ticket)).unwrap();
    assert_eq!((&again.id, again.resumed), (&guest.id, true));
    assert_eq!(world.heard(host.connection), [connection(&guest.id, true)]);
    // Who is not back in time has left.
    world.say(again.connection, ClientMessage::Away {});
    world.wait(Duration::from_secs(10));
    let gone = [
        connection(&guest.id, false),
        left(&guest.id, LeaveReason::Left),
    ];
    assert_eq!(world.heard(host.connection), gone);
    let refused = world.enter(with_ticket(1, &again.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
}

#[test]
fn a_full_room_stays_full_for_who_was_away_too_long() {
    let mut world = World::new(Config::default());
    let (_, guest) = world.pair(1);
    world.lose(guest.connection);
    world.wait(Duration::from_secs(61));
    world.enter(as_guest(1)).unwrap();
    let refused = world.enter(with_ticket(1, &guest.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::Full);
}

#[test]
fn an_old_ticket_is_void_after_a_day() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    world.wait(Duration::from_secs(24 * 60 * 60));
    let refused = world.enter(with_ticket(1, &host.ticket)).unwrap_err();
    assert_eq!(refused, ErrorCode::BadTicket);
}
