//! What participants say reaches the one it is for, and nobody else.

use protocol::{Candidate, ClientMessage, ErrorCode, Media, Name, Sdp, ServerMessage, limits};
use room::Config;

use crate::world::{World, as_guest, as_host, offer};

fn candidate(text: &str) -> Candidate {
    Candidate {
        candidate: text.into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    }
}

#[test]
fn negotiation_goes_to_the_other_with_the_true_sender() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (to, from) = (host.id.clone(), guest.id.clone());
    let sdp = Sdp::new("v=0");
    for message in [
        offer(&to),
        ClientMessage::Answer {
            to: to.clone(),
            connection: 2,
            sdp: sdp.clone(),
        },
        ClientMessage::Candidate {
            to: to.clone(),
            connection: 3,
            candidate: Some(candidate("candidate:1")),
        },
        ClientMessage::Candidate {
            to: to.clone(),
            connection: 3,
            candidate: None,
        },
        ClientMessage::IceError {
            to,
            connection: 4,
            code: 701,
            text: "no\u{0} \u{202E}way".into(),
        },
    ] {
        world.say(guest.connection, message);
    }
    let expected = [
        ServerMessage::Offer {
            from: from.clone(),
            connection: 1,
            sdp: sdp.clone(),
        },
        ServerMessage::Answer {
            from: from.clone(),
            connection: 2,
            sdp,
        },
        ServerMessage::Candidate {
            from: from.clone(),
            connection: 3,
            candidate: Some(candidate("candidate:1")),
        },
        ServerMessage::Candidate {
            from: from.clone(),
            connection: 3,
            candidate: None,
        },
        ServerMessage::IceError {
            from,
            connection: 4,
            code: 701,
            text: "no way".into(),
        },
    ];
    assert_eq!(world.heard(host.connection), expected);
    assert_eq!(world.heard(guest.connection), []);
}

#[test]
fn nothing_crosses_from_room_to_room_or_comes_from_outside() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let (other, _) = world.pair(2);
    for (from, to, code) in [
        (other.connection, &host.id, ErrorCode::NoSuchParticipant),
        (guest.connection, &guest.id, ErrorCode::NoSuchParticipant),
    ] {
        assert_eq!(world.refused(from, offer(to)), code);
    }
    let outside = world.open();
    assert_eq!(
        world.refused(outside, offer(&host.id)),
        ErrorCode::WrongState
    );
    let refused = world.refused(
        outside,
        ClientMessage::Media {
            media: Media::default(),
        },
    );
    assert_eq!(refused, ErrorCode::WrongState);
    assert_eq!(world.heard(host.connection), []);
}

#[test]
fn what_is_for_somebody_who_is_away_is_dropped() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    world.lose(host.connection);
    world.heard(guest.connection);
    world.say(guest.connection, offer(&host.id));
    assert_eq!(world.heard(guest.connection), []);
}

#[test]
fn a_name_and_media_are_told_to_the_others_and_to_who_comes_later() {
    let mut world = World::new(Config {
        max_participants: 3,
        ..Config::default()
    });
    let (host, guest) = world.pair(1);
    let media = Media {
        microphone: true,
        ..Media::default()
    };
    let name = Name::clean("Bob");
    world.say(guest.connection, ClientMessage::Media { media });
    world.say(
        guest.connection,
        ClientMessage::Rename { name: name.clone() },
    );
    let from = guest.id.clone();
    assert_eq!(
        world.heard(host.connection),
        [
            ServerMessage::Media {
                from: from.clone(),
                media
            },
            ServerMessage::Renamed {
                from,
                name: name.clone()
            },
        ]
    );
    assert_eq!(world.heard(guest.connection), []);
    let third = world.enter(as_guest(1)).unwrap();
    let seen = third.others.iter().find(|it| it.id == guest.id).unwrap();
    assert_eq!((&seen.name, seen.media), (&name, media));
}

#[test]
fn fields_beyond_their_size_are_refused() {
    let mut world = World::new(Config::default());
    let (host, guest) = world.pair(1);
    let to = &host.id;
    let sdp = |bytes| Sdp::new("x".repeat(bytes));
    let long = "x".repeat(limits::CANDIDATE_BYTES + 1);
    let mut candidates = vec![candidate(&long)];
    candidates.push(Candidate {
        sdp_mid: Some(long.clone()),
        ..candidate("")
    });
    candidates.push(Candidate {
        username_fragment: Some(long.clone()),
        ..candidate("")
    });
    let mut messages: Vec<_> = candidates
        .into_iter()
        .map(|it| ClientMessage::Candidate {
            to: to.clone(),
            connection: 1,
            candidate: Some(it),
        })
        .collect();
    let size = limits::SDP_BYTES + 1;
    messages.push(ClientMessage::Offer {
        to: to.clone(),
        connection: 1,
        sdp: sdp(size),
    });
    messages.push(ClientMessage::Answer {
        to: to.clone(),
        connection: 1,
        sdp: sdp(size),
    });
    for message in messages {
        assert_eq!(
            world.refused(guest.connection, message),
            ErrorCode::TooLarge
        );
    }
    assert_eq!(world.heard(host.connection), []);
    let fits = ClientMessage::Offer {
        to: to.clone(),
        connection: 1,
        sdp: sdp(size - 1),
    };
    world.say(guest.connection, fits);
    assert_eq!(world.heard(host.connection).len(), 1);
    // An error's text is cut instead.
    world.say(
        guest.connection,
        ClientMessage::IceError {
            to: to.clone(),
            connection: 1,
            code: 701,
            text: "é".repeat(9_999),
        },
    );
    let heard = world.heard(host.connection);
    assert!(matches!(&heard[..], [ServerMessage::IceError { text, .. }]
        if text.chars().count() == limits::ERROR_TEXT_CHARS));
}

#[test]
fn a_ping_is_answered_and_an_unknown_type_refused_and_all_goes_on() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    let refused = world.refused(host.connection, ClientMessage::Unknown);
    assert_eq!(refused, ErrorCode::UnknownType);
    world.say(host.connection, ClientMessage::Ping { id: 7 });
    assert_eq!(
        world.heard(host.connection),
        [ServerMessage::Pong { id: 7 }]
    );
}
