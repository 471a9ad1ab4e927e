//! What participants write reaches those who are in the room, and nobody else.

use std::time::Duration;

use protocol::{ChatText, ClientMessage, ErrorCode, ParticipantId, ServerMessage};
use room::Config;

use crate::world::{World, as_guest, as_host, counting, with_ticket};

fn chat(id: u64, text: &str) -> ClientMessage {
    ClientMessage::Chat {
        id,
        text: ChatText::clean(text).unwrap(),
        to: None,
    }
}

fn only_to(to: &ParticipantId, id: u64, text: &str) -> ClientMessage {
    ClientMessage::Chat {
        id,
        text: ChatText::clean(text).unwrap(),
        to: Some(to.clone()),
    }
}

fn said(from: &ParticipantId, id: u64, text: &str) -> ServerMessage {
    ServerMessage::Chat {
        from: from.clone(),
        id,
        text: ChatText::clean(text).unwrap(),
    }
}

fn for_three() -> Config {
    Config {
        max_participants: 3,
        ..Config::default()
    }
}

#[test]
fn everyone_else_in_the_room_gets_a_text_and_nobody_outside() {
    let mut world = World::new(for_three());
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    let (stranger, _) = world.pair(2);
    for connection in [host.connection, guest.connection, third.connection] {
        world.heard(connection);
    }
    world.say(guest.connection, chat(7, "one\ntwo"));
    let expected = [said(&guest.id, 7, "one\ntwo")];
    assert_eq!(world.heard(host.connection), expected);
    assert_eq!(world.heard(third.connection), expected);
    assert_eq!(world.heard(guest.connection), []);
    assert_eq!(world.heard(stranger.connection), []);
    // Who comes later does not learn of it.
    world.say(third.connection, ClientMessage::Leave {});
    let later = world.enter(as_guest(1)).unwrap();
    assert_eq!(world.heard(later.connection), []);
}

#[test]
fn a_text_for_one_participant_reaches_only_that_one() {
    let mut world = World::new(for_three());
    let (host, guest) = world.pair(1);
    let third = world.enter(as_guest(1)).unwrap();
    let (stranger, _) = world.pair(2);
    for connection in [host.connection, guest.connection, third.connection] {
        world.heard(connection);
    }
    world.say(guest.connection, only_to(&host.id, 7, "again"));
    assert_eq!(world.heard(host.connection), [said(&guest.id, 7, "again")]);
    assert_eq!(world.heard(third.connection), []);
    for nobody in [&guest.id, &stranger.id] {
        let refused = world.refused(guest.connection, only_to(nobody, 8, "x"));
        assert_eq!(refused, ErrorCode::NoSuchParticipant);
    }
    assert_eq!(world.heard(stranger.connection), []);
    let outside = world.open();
    let refused = world.refused(outside, chat(1, "x"));
    assert_eq!(refused, ErrorCode::WrongState);
}

#[test]
fn a_text_comes_once_to_who_was_away() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let guest = world.enter(counting(as_guest(1), 0)).unwrap();
    world.say(host.connection, chat(1, "before"));
    assert_eq!(world.heard(guest.connection).len(), 1);
    world.lose(guest.connection);
    world.say(host.connection, chat(2, "meanwhile"));
    let again = counting(with_ticket(1, &guest.ticket), 1);
    let again = world.enter(again).unwrap();
    assert!(again.resumed && !again.missed);
    let heard = world.heard(again.connection);
    assert_eq!(heard, [said(&host.id, 2, "meanwhile")]);
    // What the guest itself has written is counted.
    world.say(again.connection, chat(1, "thanks"));
    let once_more = counting(with_ticket(1, &again.ticket), 2);
    let once_more = world.enter(once_more).unwrap();
    assert_eq!(once_more.received, 1);
    assert_eq!(world.heard(once_more.connection), []);
}

#[test]
fn who_writes_too_much_waits_and_only_that_one() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    for id in 0..45 {
        world.say(guest.connection, chat(id, "x"));
    }
    assert_eq!(world.heard(host.connection).len(), 40);
    let refused = world.heard(guest.connection);
    assert_eq!(refused.len(), 5);
    assert!(
        refused
            .iter()
            .all(|it| matches!(it, ServerMessage::Error(error)
        if error.code == ErrorCode::TooManyMessages && error.retry_after_ms.is_some()))
    );
    world.say(host.connection, chat(1, "calm down"));
    assert_eq!(world.heard(guest.connection).len(), 1);
    world.wait(Duration::from_secs(1));
    world.say(guest.connection, chat(50, "y"));
    assert_eq!(world.heard(host.connection), [said(&guest.id, 50, "y")]);
}

/// However many write, it is bounded what each of the others is sent, so that nobody's connection is
/// closed for what others write.
#[test]
fn long_texts_count_to_what_one_participant_is_told() {
    let mut world = World::new(Config {
        max_participants: 8,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    let mut writers = vec![guest];
    while writers.len() < 7 {
        writers.push(world.enter(as_guest(1)).unwrap());
    }
    world.heard(host.connection);
    let long = "🦀".repeat(2_000);
    for id in 0..40 {
        for writer in &writers {
            world.say(writer.connection, chat(id, &long));
        }
    }
    let bytes = world.heard(host.connection).len() * long.len();
    let most = 3 * 512 * 1024;
    assert!((most - long.len()..=most).contains(&bytes), "{bytes}");
    // Who was refused may write again later.
    world.wait(Duration::from_secs(60));
    world.say(writers[0].connection, chat(100, &long));
    assert_eq!(world.heard(host.connection).len(), 1);
}
