//! Lost ways for media are found again by ICE restarts and, if need be, by new connections.

use std::time::Duration;

use call::{Command, Link, LogLine, Memory, Status};

use protocol::{Sdp, ServerMessage};

use call::{
    CandidateKind, CandidatePair, CandidateSummary, ConnectionEvent, Event, Input, PageEvent,
    StatsReport,
};

use crate::support::{Act, World, room, secret};

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn has_logged(world: &World, at: usize, wanted: impl Fn(&LogLine) -> bool) -> bool {
    let id = &world.view(at).people[0].id;
    let details = world.sides[at].call.details(id).unwrap();
    details.log.iter().any(|it| wanted(&it.line))
}

fn connections(world: &World) -> Vec<u64> {
    let all = world
        .sides
        .iter()
        .flat_map(|it| it.browser.connections.values());
    all.map(|it| it.uid).collect()
}

#[test]
fn a_short_interruption_restarts_ice_on_the_same_connection() {
    let mut world = connected();
    let before = connections(&world);
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(4));
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).status, Status::Reconnecting { name });
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(1));
    world.assert_connected();
    assert_eq!(connections(&world), before);
    let restarted = |at| has_logged(&world, at, |it| *it == LogLine::IceRestart);
    assert!(restarted(0) || restarted(1));
}

#[test]
fn a_blink_does_not_even_restart_ice() {
    let mut world = connected();
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_millis(500));
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(5));
    world.assert_connected();
    for at in 0..2 {
        assert!(!has_logged(&world, at, |it| *it == LogLine::IceRestart));
    }
}

/// ICE takes seconds to notice; that nothing comes any more is seen before.
#[test]
fn media_that_stops_restarts_ice_soon() {
    let mut world = connected();
    world.run_for(Duration::from_secs(3));
    let before = connections(&world);
    world.late = true;
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_millis(1_800));
    assert!(restarts(&world, 0) + restarts(&world, 1) > 0);
    let so_far = [restarts(&world, 0), restarts(&world, 1)];
    world.run_for(Duration::from_secs(2));
    assert_eq!([restarts(&world, 0), restarts(&world, 1)], so_far, "once");
    world.late = false;
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(5));
    world.assert_connected();
    assert_eq!(connections(&world), before);
}

/// A restart that the other side hears of when its link is back would stop what flows again.
#[test]
fn who_does_not_answer_is_sent_no_restart() {
    for away in 0..2 {
        let mut world = connected();
        world.run_for(Duration::from_secs(3));
        let before = connections(&world);
        world.late = true;
        world.relay.said(1 - away);
        world.relay.unplugged = Some(away);
        world.act(0, Act::Path(false));
        world.run_for(Duration::from_secs(5));
        assert!(world.relay.said(1 - away).contains(&"offer"));
        assert_eq!([restarts(&world, 0), restarts(&world, 1)], [0, 0]);
        assert_eq!(connections(&world), before);
    }
}

/// Both sides see that nothing comes while the ways of the new network are still being tried.
#[test]
fn a_change_of_network_is_one_restart() {
    let mut world = connected();
    world.run_for(Duration::from_secs(3));
    world.late = true;
    world.act(0, Act::Path(false));
    world.input(0, Input::Event(Event::Page(PageEvent::NetworkChanged)));
    world.run_for(Duration::from_secs(2));
    assert_eq!([restarts(&world, 0), restarts(&world, 1)], [1, 0]);
    // These ways were none.
    world.run_for(Duration::from_secs(2));
    assert!(restarts(&world, 0) + restarts(&world, 1) > 1);
    world.late = false;
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(5));
    world.assert_connected();
}

/// A device that goes over another network has a socket that leads nowhere, and nobody tells it.
#[test]
fn media_that_stops_puts_the_socket_to_the_test() {
    let mut world = connected();
    world.run_for(Duration::from_secs(3));
    world.late = true;
    world.act(0, Act::Path(false));
    world.relay.said(0);
    world.run_for(Duration::from_secs(1));
    assert!(world.relay.said(0).contains(&"ping"));
}

/// One who has turned everything off sends nothing.
#[test]
fn silence_that_was_announced_restarts_nothing() {
    let mut world = connected();
    world.run_for(Duration::from_secs(3));
    for at in 0..2 {
        world.command(at, Command::SetCamera { on: false });
        world.command(at, Command::SetMicrophone { on: false });
    }
    world.run();
    world.late = true;
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(5));
    assert_eq!(restarts(&world, 0) + restarts(&world, 1), 0);
}

#[test]
fn a_long_interruption_is_said_to_be_hopeless_and_yet_mended() {
    let mut world = connected();
    let before = connections(&world);
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(120));
    assert_eq!(world.view(0).people[0].link, Link::Failed);
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).status, Status::NothingComes { name });
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(70));
    world.assert_connected();
    assert_ne!(connections(&world), before);
    assert!(has_logged(&world, 0, |it| *it == LogLine::Replaced));
}

#[test]
fn a_way_that_was_never_found_is_said_to_be_none() {
    let mut world = World::new(true);
    world.act(0, Act::Path(false));
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::Join);
    world.run_for(Duration::from_secs(120));
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).status, Status::CannotConnect { name });
}

#[test]
fn tries_become_rarer() {
    let mut world = connected();
    world.act(0, Act::Path(false));
    let mut messages = |seconds| {
        world.relay.heard.0.clear();
        world.run_for(Duration::from_secs(seconds));
        world.relay.heard.0.len()
    };
    let first = messages(120);
    messages(600);
    let later = messages(120);
    assert!(later < first, "{later} messages after {first}");
    assert!(later > 0, "given up");
}

/// The other side offers with a number that was passed long ago: it has forgotten what both had,
/// and would wait in vain for an answer.
#[test]
fn a_peer_that_forgot_the_count_is_given_a_new_connection() {
    let mut world = connected();
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(60));
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(60));
    world.assert_connected();
    let before = connections(&world);
    let from = world.view(1).me.participant.unwrap();
    let sdp = Sdp::new(String::new());
    world.relay.inject(
        0,
        ServerMessage::Offer {
            from,
            connection: 1,
            sdp,
        },
    );
    world.run();
    assert_ne!(connections(&world), before);
    world.assert_connected();
}

/// The count is as high as it can be: there is no next connection, and no timer that is due for
/// ever.
#[test]
fn a_count_that_cannot_grow_ends_in_peace() {
    let mut world = connected();
    let from = world.view(1).me.participant.unwrap();
    let offer = ServerMessage::Offer {
        from,
        connection: u32::MAX,
        sdp: Sdp::new(String::new()),
    };
    world.relay.inject(0, offer);
    // The world panics at a timer that stays due.
    world.run_for(Duration::from_secs(300));
    world.command(0, call::Command::Leave);
    world.run();
    world.assert_clean(0);
}

fn restarts(world: &World, at: usize) -> usize {
    let id = &world.view(at).people[0].id;
    let details = world.sides[at].call.details(id).unwrap();
    let log = details.log.iter();
    log.filter(|it| it.line == LogLine::IceRestart).count()
}

/// Their network is another one, and all is quiet again.
fn change_network(world: &mut World, who: &[usize]) {
    for at in who {
        let changed = Input::Event(Event::Page(PageEvent::NetworkChanged));
        world.input(*at, changed);
    }
    world.run();
    world.assert_connected();
}

#[test]
fn another_network_restarts_ice_at_once_on_the_same_connection() {
    for who in [&[0][..], &[1], &[0, 1]] {
        let mut world = connected();
        let before = connections(&world);
        change_network(&mut world, who);
        assert_eq!(connections(&world), before);
        assert!(restarts(&world, who[0]) + restarts(&world, 1 - who[0]) > 0);
    }
}

/// Firefox and another browser understand each other's ICE restarts only if Firefox, which enters
/// last and so offers first, begins with it.
#[test]
fn where_a_restart_would_lose_the_media_there_is_a_new_connection() {
    for descending in [true, false] {
        for gecko in [[true, false], [false, true]] {
            for who in [&[0][..], &[1], &[0, 1]] {
                let mut world = World::connected_by(gecko, descending);
                let before = connections(&world);
                change_network(&mut world, who);
                let restarts = *who == [1] && gecko[1];
                assert_eq!(connections(&world) == before, restarts, "{gecko:?} {who:?}");
            }
        }
    }
}

/// A router that has forgotten all: the socket is soon lost and another one opened, before it is
/// certain that nothing comes any more.
#[test]
fn a_new_connection_does_not_wait_for_ice_where_the_socket_was_lost_too() {
    for gecko in [[true, false], [false, true]] {
        let mut world = World::connected_by(gecko, true);
        world.run_for(Duration::from_secs(3));
        let before = connections(&world);
        world.late = true;
        world.act(0, Act::Path(false));
        world.run_for(Duration::from_millis(400));
        world.act(0, Act::Cut);
        world.run();
        assert_eq!(connections(&world), before, "too soon");
        world.run_for(Duration::from_millis(500));
        assert_ne!(connections(&world), before, "{gecko:?}");
        world.act(0, Act::Path(true));
        world.run_for(Duration::from_secs(1));
        world.assert_connected();
    }
}

/// The other's network may be gone: a connection is given up only when ICE is sure.
#[test]
fn a_new_connection_waits_for_ice_where_the_socket_holds() {
    let mut world = World::connected_by([true, false], true);
    world.run_for(Duration::from_secs(3));
    let before = connections(&world);
    world.late = true;
    world.act(0, Act::Path(false));
    world.run_for(Duration::from_secs(3));
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(1));
    world.assert_connected();
    assert_eq!(connections(&world), before);
}

#[test]
fn a_change_of_network_while_the_server_is_away_is_made_up_for() {
    let mut world = connected();
    world.relay.down = true;
    world.act(0, Act::Cut);
    world.act(1, Act::Cut);
    world.run_for(Duration::from_secs(3));
    world.act(0, Act::Online);
    world.run();
    assert_eq!(restarts(&world, 0), 0);
    world.relay.down = false;
    world.run_for(Duration::from_secs(15));
    world.assert_connected();
    assert_eq!(restarts(&world, 0), 1);
}

fn report(world: &mut World, at: usize, kind: CandidateKind) {
    let id = *world.sides[at].browser.connections.keys().next().unwrap();
    let summary = |kind| CandidateSummary {
        kind,
        protocol: "udp".to_owned(),
        address: String::new(),
        relay_protocol: None,
    };
    let report = StatsReport {
        selected_pair: Some(CandidatePair {
            local: summary(kind),
            remote: summary(CandidateKind::Host),
        }),
        ..StatsReport::default()
    };
    let event = ConnectionEvent::Stats(Box::new(report));
    world.input(
        at,
        Input::Event(Event::Connection {
            connection: id,
            event,
        }),
    );
}

#[test]
fn a_relayed_connection_looks_for_a_direct_way_ever_more_rarely() {
    let mut counts = Vec::new();
    for kind in [CandidateKind::Relayed, CandidateKind::Host] {
        let mut world = connected();
        let before = connections(&world);
        let mut after = Vec::new();
        for second in 0..1_000 {
            for at in 0..2 {
                report(&mut world, at, kind);
            }
            world.run_for(Duration::from_secs(1));
            assert_eq!(world.view(0).people[0].link, Link::Connected);
            if second % 250 == 249 {
                after.push(restarts(&world, 0) + restarts(&world, 1));
            }
        }
        assert_eq!(connections(&world), before);
        counts.push(after);
    }
    assert_eq!(counts[1], [0, 0, 0, 0], "a direct one is left alone");
    // After 60, 180, 420 and 900 s.
    assert_eq!(counts[0], [2, 3, 3, 4]);
}
