//! A participant who asks for new connections again and again makes this browser create only a few,
//! and honest repair still succeeds.

use std::time::Duration;

use protocol::{ClientMessage, LeaveReason, ServerMessage};

use crate::support::{Host, description, id};

const SECOND: Duration = Duration::from_secs(1);

fn offers(host: &mut Host, number: u32) {
    host.hears(ServerMessage::Offer {
        from: id(6),
        connection: number,
        sdp: description(),
    });
}

/// The number of the last connection that the host has offered.
fn offered(host: &Host) -> Option<u32> {
    host.said.iter().rev().find_map(|message| match message {
        ClientMessage::Offer { connection, .. } => Some(*connection),
        _ => None,
    })
}

/// The number of the last connection that the host has answered on.
fn answered(host: &Host) -> Option<u32> {
    host.said.iter().rev().find_map(|message| match message {
        ClientMessage::Answer { connection, .. } => Some(*connection),
        _ => None,
    })
}

#[test]
fn offers_with_ever_larger_numbers_make_few_connections() {
    let mut host = Host::waiting();
    host.is_joined_by(&id(6));
    // As many as the server lets through at once, and then 60 a second.
    for number in 1..=120 {
        offers(&mut host, number);
    }
    let at_once = host.created;
    assert!(at_once <= 6, "{at_once} at once");
    let mut number = 120;
    for _ in 0..600 {
        number += 1;
        offers(&mut host, number);
        host.passes(SECOND / 60);
    }
    let later = host.created - at_once;
    assert!(later <= 5, "{later} in ten seconds");
}

#[test]
fn what_was_not_made_is_offered_by_this_side_when_it_may_be() {
    let mut host = Host::waiting();
    host.has_gathered = true;
    host.is_joined_by(&id(6));
    for number in 1..=20 {
        offers(&mut host, number);
    }
    assert_eq!(offered(&host), None);
    assert!(answered(&host).unwrap() < 20);
    let begun = host.now;
    host.until(|host| offered(host).is_some());
    // Above every number that was seen, so that the other side takes it.
    assert_eq!(offered(&host), Some(21));
    assert!(host.now - begun <= 4 * SECOND);
    // After a pause, what the other side begins is taken at once, as ever.
    host.passes(20 * SECOND);
    let next = offered(&host).unwrap() + 1;
    offers(&mut host, next);
    assert_eq!(answered(&host), Some(next));
}

#[test]
fn offers_with_old_numbers_make_few_connections() {
    let mut host = Host::waiting();
    host.has_gathered = true;
    host.is_joined_by(&id(6));
    offers(&mut host, 7);
    let before = host.created;
    for _ in 0..100 {
        // Each asks for a new connection, whose offer is then answered.
        offers(&mut host, 3);
        if let Some(connection) = offered(&host) {
            host.hears(ServerMessage::Answer {
                from: id(6),
                connection,
                sdp: description(),
            });
        }
    }
    let made = host.created - before;
    assert!(made <= 5, "{made} connections");
}

#[test]
fn coming_anew_brings_no_more_connections() {
    let mut host = Host::waiting();
    for _ in 0..100 {
        host.is_joined_by(&id(6));
        for number in 1..=3 {
            offers(&mut host, number);
        }
        host.hears(ServerMessage::ParticipantLeft {
            participant: id(6),
            reason: LeaveReason::Left,
        });
    }
    assert!(host.created <= 6, "{} connections", host.created);
    // Whoever comes then is called back within seconds.
    host.is_joined_by(&id(4));
    let begun = host.now;
    host.hears(ServerMessage::Offer {
        from: id(4),
        connection: 1,
        sdp: description(),
    });
    host.until(|host| offered(host).is_some() || answered(host).is_some());
    assert!(host.now - begun <= 6 * SECOND, "{:?}", host.now - begun);
}
