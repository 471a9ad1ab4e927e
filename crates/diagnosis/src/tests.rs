//! What the test of a connection says of each trouble.

mod world;

use protocol::ErrorCode;
use signalling::{Obstacle, SignallingWay};

use super::*;
use crate::entry::ENTER_WITHIN;
use world::*;

const RELAYS: [Link; 3] = [Link::RelayUdp, Link::RelayTcp, Link::RelayTls];

#[test]
fn where_everything_works_every_line_is_good_and_measured() {
    let mut world = World::new();
    let (view, took) = world.run();
    assert_eq!(view.verdict, Some(Verdict::Good));
    let trip = Some(world.round_trip);
    for line in &view.lines {
        let State::Good(measured) = line.state else {
            panic!("{line:?}");
        };
        match line.link {
            Link::Signalling => {
                assert_eq!(measured.way, Some(SignallingWay::WebSocket));
                assert_eq!(measured.round_trip, trip);
            }
            Link::Udp => {}
            _ => {
                assert_eq!(measured.round_trip, trip);
                assert_eq!((measured.lost, measured.of), (0, MESSAGES));
            }
        }
    }
    assert!(took < Duration::from_secs(2), "{took:?}");
    let udp = view.lines.iter().find(|line| line.link == Link::RelayUdp);
    let place = udp.and_then(|line| line.place.clone());
    assert_eq!(
        place.map(|it| (it.host, it.port)),
        Some(("call.example".to_owned(), 3478))
    );
}

#[test]
fn it_enters_a_call_of_its_own_without_a_name_and_leaves_it() {
    let mut world = World::new();
    world.run();
    let Some(ClientMessage::Join {
        room,
        name,
        secret,
        ticket,
        ..
    }) = world.heard.first()
    else {
        panic!("{:?}", world.heard);
    };
    assert!(name.is_none() && ticket.is_none());
    let secret = secret.clone().expect("a secret of its own");
    assert_eq!(signalling::room_of(&secret).as_ref(), Some(room));
    assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
}

#[test]
fn no_web_socket_no_matter_how() {
    for web_socket in [WebSocket::Refused, WebSocket::Hangs] {
        let mut world = World {
            web_socket,
            ..World::new()
        };
        let (view, _) = world.run();
        let State::Good(measured) = state(&view, Link::Signalling) else {
            panic!("{web_socket:?}: {view:?}");
        };
        assert_eq!(measured.way, Some(SignallingWay::Fallback));
        assert_eq!(measured.round_trip, Some(world.round_trip));
        assert_eq!(view.verdict, Some(Verdict::Good), "{web_socket:?}");
        assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
    }
}

#[test]
fn no_way_to_the_server() {
    for web_socket in [WebSocket::Refused, WebSocket::Hangs] {
        let mut world = World {
            web_socket,
            requests: false,
            ..World::new()
        };
        let (view, took) = world.run();
        assert_eq!(view.verdict, Some(Verdict::NoServer));
        assert_eq!(
            state(&view, Link::Signalling),
            &State::Failed(Reason::NoAnswer)
        );
        for link in Link::PROBED {
            assert_eq!(state(&view, link), &State::Untried);
        }
        assert!(took <= ENTER_WITHIN);
    }
}

#[test]
fn something_else_answers_in_the_place_of_the_server() {
    let (view, _) = World {
        web_socket: WebSocket::Refused,
        requests: false,
        obstacle: Some(Obstacle::Login),
        ..World::new()
    }
    .run();
    let blocked = State::Failed(Reason::Blocked(Obstacle::Login));
    assert_eq!(state(&view, Link::Signalling), &blocked);
}

#[test]
fn a_server_that_refuses() {
    for (code, reason) in [
        (ErrorCode::ServerBusy, Reason::Busy),
        (ErrorCode::TooManyMessages, Reason::Busy),
        (ErrorCode::BadSecret, Reason::Refused(None)),
    ] {
        let (view, _) = World {
            refuses: Some(code),
            ..World::new()
        }
        .run();
        assert_eq!(state(&view, Link::Signalling), &State::Failed(reason));
    }
    for (code, reason) in [(1013, Reason::Busy), (1001, Reason::Refused(None))] {
        let web_socket = WebSocket::Closes(code);
        let (view, _) = World {
            web_socket,
            ..World::new()
        }
        .run();
        assert_eq!(state(&view, Link::Signalling), &State::Failed(reason));
        assert_eq!(view.verdict, Some(Verdict::NoServer));
    }
}

#[test]
fn udp_does_not_get_through() {
    for way in [Way::Silent, Way::GivesUp(None), Way::GivesUp(Some(701))] {
        let mut world = World::new().with(&[Link::Udp, Link::RelayUdp], Some(way));
        let (view, took) = world.run();
        assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
        for link in [Link::Udp, Link::RelayUdp] {
            assert_eq!(state(&view, link), &State::Failed(Reason::NoAnswer));
        }
        assert!(works(&view, Link::RelayTcp) && works(&view, Link::RelayTls));
        if way != Way::Silent {
            assert!(
                took < Duration::from_secs(2),
                "nothing is waited for: {took:?}"
            );
        }
    }
}

#[test]
fn the_browser_keeps_the_address_that_came_back_to_itself() {
    for way in [Way::GivesUp(None), Way::Silent] {
        let (view, took) = World::new().with(&[Link::Udp], Some(way)).run();
        assert_eq!(view.verdict, Some(Verdict::Good));
        assert!(works(&view, Link::Udp));
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn only_tls_gets_through() {
    let links = [Link::Udp, Link::RelayUdp, Link::RelayTcp];
    let (view, _) = World::new().with(&links, Some(Way::Silent)).run();
    assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
    assert!(works(&view, Link::RelayTls));
}

#[test]
fn no_relay_can_be_used() {
    for (way, reason) in [
        (Way::Silent, Reason::NoAnswer),
        (Way::GivesUp(Some(486)), Reason::Busy),
        (Way::GivesUp(Some(508)), Reason::Busy),
        (Way::GivesUp(Some(401)), Reason::Refused(Some(401))),
        (Way::Swallows, Reason::NothingArrived),
    ] {
        let (view, _) = World::new().with(&RELAYS, Some(way)).run();
        assert_eq!(view.verdict, Some(Verdict::DirectOnly), "{way:?}");
        for link in RELAYS {
            assert_eq!(state(&view, link), &State::Failed(reason));
        }
    }
    let (view, _) = World::new().with(&Link::PROBED, Some(Way::Silent)).run();
    assert_eq!(view.verdict, Some(Verdict::NoWay));
}

#[test]
fn what_is_not_offered_is_said_to_be() {
    let links = [Link::Udp, Link::RelayUdp];
    let (view, _) = World::new().with(&links, None).run();
    assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
    for link in links {
        assert_eq!(state(&view, link), &State::NotOffered);
    }
    let (view, _) = World::new().with(&Link::PROBED, None).run();
    assert_eq!(view.verdict, Some(Verdict::NoWay));
}

#[test]
fn loss_and_a_long_way_are_told() {
    let (view, _) = World::new()
        .with(&[Link::RelayUdp], Some(Way::Works { loses: 5 }))
        .run();
    assert_eq!(view.verdict, Some(Verdict::Weak));
    let State::Good(measured) = state(&view, Link::RelayUdp) else {
        panic!("{view:?}");
    };
    assert_eq!((measured.lost, measured.of), (10, MESSAGES));
    let (view, _) = World {
        round_trip: MS * 350,
        ..World::new()
    }
    .run();
    assert_eq!(view.verdict, Some(Verdict::Weak));
}

#[test]
fn a_long_way_is_given_the_time_that_it_takes() {
    for trip in [MS * 350, MS * 600] {
        let mut world = World {
            round_trip: trip,
            ..World::new()
        };
        let (view, _) = world.run();
        assert_eq!(view.verdict, Some(Verdict::Weak), "{view:?}");
        for link in RELAYS {
            let State::Good(measured) = state(&view, link) else {
                panic!("{trip:?}: {view:?}");
            };
            assert_eq!(measured.round_trip, Some(trip));
            assert_eq!(measured.lost, 0);
        }
    }
}

#[test]
fn what_broke_is_judged_by_what_came() {
    let (view, _) = World::new()
        .with(&[Link::RelayTcp], Some(Way::Breaks(30)))
        .run();
    let State::Good(measured) = state(&view, Link::RelayTcp) else {
        panic!("{view:?}");
    };
    assert!(measured.of >= 25 && measured.lost <= 5, "{measured:?}");
    let (view, _) = World::new()
        .with(&[Link::RelayTcp], Some(Way::Breaks(0)))
        .run();
    assert_eq!(
        state(&view, Link::RelayTcp),
        &State::Failed(Reason::NothingArrived)
    );
}

#[test]
fn it_stops_when_the_person_has_seen_enough() {
    let mut world = World::new();
    while world.open.len() < 4 {
        world.step();
        world.drain();
    }
    world.check.handle(world.now, Input::Stop);
    world.run();
    assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
    // What comes late changes nothing.
    let before = world.check.view();
    let link = Link::RelayUdp;
    world.check.handle(
        world.now,
        Input::Probe {
            link,
            event: ProbeEvent::Open,
        },
    );
    assert_eq!(world.check.view(), before);
    assert!(world.check.poll_output().is_none());
}

#[test]
fn every_mix_of_troubles_ends_in_time_with_a_verdict() {
    let ways = [
        None,
        Some(WORKS),
        Some(Way::Silent),
        Some(Way::GivesUp(None)),
        Some(Way::Swallows),
        Some(Way::Breaks(3)),
    ];
    let web_sockets = [WebSocket::Opens, WebSocket::Refused, WebSocket::Hangs];
    for number in 0..ways.len().pow(4) * web_sockets.len() {
        let mut rest = number;
        let mut digit = |base: usize| {
            let digit = rest % base;
            rest /= base;
            digit
        };
        let web_socket = web_sockets[digit(web_sockets.len())];
        let ways = Link::PROBED.map(|link| (link, ways[digit(ways.len())]));
        let mut world = World {
            web_socket,
            ways,
            ..World::new()
        };
        let (view, _) = world.run();
        let relayed = RELAYS.iter().any(|link| works(&view, *link));
        let verdict = view.verdict.expect("one");
        assert_eq!(
            relayed,
            matches!(verdict, Verdict::Good | Verdict::Weak | Verdict::ThroughTcp),
            "{view:?}"
        );
        assert_eq!(
            works(&view, Link::Udp) && !relayed,
            verdict == Verdict::DirectOnly,
            "{view:?}"
        );
    }
}
