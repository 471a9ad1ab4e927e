//! Who opens a link before the call has begun is let in when it begins.

use std::time::Duration;

use call::{Bell, Command, Event, Input, MediaOp, NoticeKind, PageEvent, Screen, Status, Waiting};
use protocol::{Error, ErrorCode, ServerMessage};

use crate::support::{World, room, secret};

fn waiting() -> World {
    let mut world = World::new(true);
    world.command(1, Command::OpenRoom { room: room() });
    world.command(1, Command::Join);
    world.run();
    world
}

#[test]
fn joining_goes_on_by_itself_once_the_call_begins() {
    let mut world = waiting();
    assert_eq!(world.view(1).status, Status::WaitingForCall);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    // The lobby tells; no timer is needed.
    world.run();
    world.assert_connected();
    let joined = NoticeKind::Joined {
        name: world.view(1).me.name,
    };
    assert!(world.view(0).notices.iter().any(|it| it.kind == joined));
}

#[test]
fn it_is_asked_every_two_seconds_and_after_a_minute_every_five() {
    let mut world = waiting();
    let mut joins = |time| {
        world.relay.heard.0.clear();
        world.run_for(Duration::from_secs(time));
        let said = world.relay.said(1);
        said.into_iter().filter(|it| *it == "join").count()
    };
    assert!((9..=10).contains(&joins(20)));
    joins(60);
    assert!((3..=4).contains(&joins(20)));
}

#[test]
fn waiting_can_be_stopped() {
    let mut world = waiting();
    world.command(1, Command::StopWaiting);
    world.relay.heard.0.clear();
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run_for(Duration::from_secs(10));
    assert!(matches!(world.view(1).screen, Screen::Lobby { .. }));
    assert_eq!(world.relay.member_count(), 1);
    let Screen::Lobby { names, .. } = world.view(1).screen else {
        panic!("not in the lobby");
    };
    assert_eq!(names, Some(vec![world.view(0).me.name]));
}

/// Side 1 was told that the call is full, and to ask again after so many milliseconds.
fn refused_as_full(retry_after_ms: u64) -> World {
    let mut world = World::new(true);
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::Join);
    world.relay.drop_events(1);
    world.relay.inject(1, full(retry_after_ms));
    world.run();
    world.relay.heard.0.clear();
    world
}

fn full(retry_after_ms: u64) -> ServerMessage {
    ServerMessage::Error(Error {
        code: ErrorCode::Full,
        message: String::new(),
        refused: Some("join".to_owned()),
        retry_after_ms: Some(retry_after_ms),
    })
}

fn waits_for(world: &World) -> Option<Waiting> {
    match world.view(1).screen {
        Screen::Lobby {
            waiting,
            joining: false,
            problem: None,
            ..
        } => waiting,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_call_says_so_and_is_tried_again_when_the_server_says() {
    let mut world = refused_as_full(5_000);
    assert_eq!(world.view(1).status, Status::Full);
    assert_eq!(waits_for(&world), Some(Waiting::Room));
    world.run_for(Duration::from_millis(4_900));
    assert_eq!(waits_for(&world), Some(Waiting::Room));
    assert!(!world.relay.said(1).contains(&"join"));
    world.run_for(Duration::from_millis(200));
    assert!(world.relay.said(1).contains(&"join"));
    // Once there is a call with room in it, it is let in.
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.assert_connected();
}

#[test]
fn only_the_answer_to_what_was_asked_counts() {
    let mut world = waiting();
    world.relay.inject(1, full(5_000));
    world.run();
    assert_eq!(waits_for(&world), Some(Waiting::Call));
}

/// A call has begun, and side 1 has asked to be let in; the answer is on its way.
fn asking() -> World {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    world
}

#[test]
fn who_changes_their_mind_twice_asks_once() {
    let mut world = asking();
    world.command(1, Command::StopWaiting);
    world.command(1, Command::SetCamera { on: false });
    world.command(1, Command::Join);
    world.run();
    let said = world.relay.said(1);
    assert_eq!(said.iter().filter(|it| **it == "join").count(), 1);
    world.assert_connected();
    assert!(!world.view(0).people[0].media.camera);
}

#[test]
fn who_stops_waiting_and_goes_home_leaves_nobody_behind() {
    let mut world = asking();
    world.command(1, Command::StopWaiting);
    world.command(1, Command::GoHome);
    world.run();
    assert!(matches!(world.view(1).screen, Screen::Home { .. }));
    assert_eq!(world.relay.member_count(), 1);
}

fn page(world: &mut World, at: usize, event: PageEvent) {
    world.input(at, Input::Event(Event::Page(event)));
    world.run();
}

fn rings(world: &World, at: usize) -> usize {
    let ops = world.sides[at].kept.media.iter();
    ops.filter(|it| matches!(it, MediaOp::Ring)).count()
}

fn begins(world: &mut World) {
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
}

#[test]
fn who_is_let_in_in_the_background_hears_a_bell_and_is_not_live_before_looking() {
    let mut world = waiting();
    page(&mut world, 1, PageEvent::Hidden);
    world.run_for(Duration::from_secs(119));
    assert!(world.sides[1].browser.devices.camera > 0);
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.sides[1].browser.devices.camera, 0);
    begins(&mut world);
    assert!(matches!(world.view(1).screen, Screen::Call { .. }));
    assert_eq!(world.view(1).bell, Some(Bell::LetIn));
    assert!(rings(&world, 1) > 0);
    let seen = world.view(0).people[0].media;
    assert!(!seen.camera && !seen.microphone);
    assert!(!world.sides[1].browser.devices.enabled);
    page(&mut world, 1, PageEvent::Visible);
    let seen = world.view(0).people[0].media;
    assert!(seen.camera && seen.microphone);
    assert_eq!(world.view(1).bell, None);
    world.assert_connected();
}

#[test]
fn who_has_just_pressed_the_button_is_live_at_once() {
    let mut world = waiting();
    page(&mut world, 1, PageEvent::Hidden);
    world.run_for(Duration::from_secs(60));
    begins(&mut world);
    world.assert_connected();
    assert!(world.view(0).people[0].media.camera);
}

#[test]
fn a_host_in_another_tab_hears_who_comes() {
    let mut world = World::new(true);
    begins(&mut world);
    page(&mut world, 0, PageEvent::Hidden);
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::Join);
    world.run();
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).bell, Some(Bell::Came { name }));
    assert_eq!((rings(&world, 0), rings(&world, 1)), (1, 0));
}

/// A host in a locked call.
fn locked_host() -> World {
    let mut world = World::new(true);
    begins(&mut world);
    world.command(0, Command::SetLocked { locked: true });
    world.run();
    world
}

fn tell_waiting(world: &mut World, count: u32) {
    world.relay.inject(0, ServerMessage::Waiting { count });
    world.run();
}

/// The count in the notice that somebody waits, and its id.
fn waits(world: &World) -> Option<(u32, u32)> {
    let notices = world.view(0).notices.into_iter();
    let mut notices = notices.filter_map(|it| match it.kind {
        NoticeKind::Waiting { count } => Some((count, it.id)),
        _ => None,
    });
    let found = notices.next();
    assert_eq!(notices.next(), None);
    found
}

#[test]
fn a_host_of_a_locked_call_is_told_that_somebody_waits_for_as_long_as_that_is_so() {
    let mut world = locked_host();
    tell_waiting(&mut world, 1);
    world.run_for(Duration::from_secs(60));
    assert_eq!(waits(&world).map(|it| it.0), Some(1));
    tell_waiting(&mut world, 2);
    assert_eq!(waits(&world).map(|it| it.0), Some(2));
    tell_waiting(&mut world, 0);
    assert_eq!(waits(&world), None);
    tell_waiting(&mut world, 1);
    // Unlocking lets them in.
    world.command(0, Command::SetLocked { locked: false });
    world.run();
    assert_eq!(waits(&world), None);
    tell_waiting(&mut world, 1);
    assert_eq!(waits(&world), None);
}

#[test]
fn a_notice_that_was_closed_comes_back_only_if_more_people_wait() {
    let mut world = locked_host();
    tell_waiting(&mut world, 2);
    let (_, id) = waits(&world).unwrap();
    world.command(0, Command::DismissNotice { id });
    tell_waiting(&mut world, 1);
    assert_eq!(waits(&world), None);
    tell_waiting(&mut world, 2);
    assert!(waits(&world).is_some());
}

#[test]
fn a_host_in_another_tab_hears_that_somebody_waits_and_not_over_and_over() {
    let mut world = locked_host();
    page(&mut world, 0, PageEvent::Hidden);
    tell_waiting(&mut world, 1);
    assert_eq!(world.view(0).bell, Some(Bell::Waiting));
    assert_eq!(rings(&world, 0), 1);
    // Somebody goes away and comes again, every two seconds for a minute.
    for _ in 0..30 {
        tell_waiting(&mut world, 0);
        assert_eq!(world.view(0).bell, None);
        world.run_for(Duration::from_secs(1));
        tell_waiting(&mut world, 1);
        assert_eq!(world.view(0).bell, Some(Bell::Waiting));
        world.run_for(Duration::from_secs(1));
    }
    assert!((2..=3).contains(&rings(&world, 0)), "{}", rings(&world, 0));
    page(&mut world, 0, PageEvent::Visible);
    assert_eq!(world.view(0).bell, None);
    assert!(waits(&world).is_some());
}

#[test]
fn who_stops_waiting_says_so() {
    let mut world = waiting();
    world.relay.heard.0.clear();
    world.command(1, Command::StopWaiting);
    world.run();
    assert_eq!(world.relay.said(1), ["peek"]);
}
