//! A shared screen has tracks of its own, beside microphone and camera.

use call::{
    Command, Direction, Event, Input, MediaError, MediaEvent, Memory, NoticeKind, ScreenContent,
    Status,
};
use protocol::TrackKind;
use sim::browser::{Permission, Way};

use crate::support::World;

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn share(world: &mut World, at: usize, on: bool) {
    world.command(at, Command::SetScreen { on });
}

fn current(world: &World, at: usize, kind: TrackKind) -> Way {
    world.only(at).transceiver(kind).unwrap().current.unwrap()
}

fn offers(world: &World) -> usize {
    let is_offer = |it: &&(usize, protocol::ClientMessage)| it.1.kind() == "offer";
    world.relay.heard.0.iter().filter(is_offer).count()
}

#[test]
fn both_are_seen_and_the_screen_goes_away_again() {
    let mut world = connected();
    share(&mut world, 0, true);
    world.run();
    world.assert_connected();
    let seen = world.view(1).people[0].media;
    assert!(seen.camera && seen.screen && !seen.screen_sound);
    assert!(current(&world, 0, TrackKind::Screen).send);
    assert!(current(&world, 0, TrackKind::Camera).send);
    world.sides[0].browser.devices.stop_screen();
    world.run();
    world.assert_connected();
    let seen = world.view(1).people[0].media;
    assert!(seen.camera && !seen.screen);
}

#[test]
fn sharing_needs_no_negotiation() {
    let mut world = connected();
    world.sides[1].browser.devices.shares_sound = true;
    world.relay.heard.0.clear();
    for at in [0, 1, 0] {
        share(&mut world, at, true);
        world.run();
        world.assert_connected();
        assert!(world.view(1 - at).people[0].media.screen);
        share(&mut world, at, false);
        world.run();
    }
    assert_eq!(offers(&world), 0);
}

#[test]
fn sound_comes_along_where_the_browser_gives_it() {
    let mut world = connected();
    world.sides[0].browser.devices.shares_sound = true;
    share(&mut world, 0, true);
    world.run();
    world.assert_connected();
    assert!(world.view(1).people[0].media.screen_sound);
    assert!(current(&world, 0, TrackKind::ScreenSound).send);
    assert_eq!(world.view(0).me.screen_content, Some(ScreenContent::Motion));
}

#[test]
fn what_it_shows_can_be_said() {
    let mut world = connected();
    share(&mut world, 0, true);
    world.run();
    assert_eq!(world.view(0).me.screen_content, Some(ScreenContent::Text));
    let content = ScreenContent::Motion;
    world.command(0, Command::SetScreenContent { content });
    assert_eq!(world.view(0).me.screen_content, Some(content));
    share(&mut world, 0, false);
    assert_eq!(world.view(0).me.screen_content, None);
    world.command(0, Command::SetScreenContent { content });
    assert_eq!(world.view(0).me.screen_content, None);
}

#[test]
fn two_share_at_once() {
    for gecko in [[false, false], [true, false], [false, true], [true, true]] {
        for descending in [true, false] {
            let mut world = World::connected_by(gecko, descending);
            world.sides[1].browser.devices.shares_sound = true;
            share(&mut world, 0, true);
            share(&mut world, 1, true);
            world.run();
            world.assert_connected();
            for at in [0, 1] {
                assert!(current(&world, at, TrackKind::Screen).send);
                assert!(world.view(at).people[0].media.screen);
            }
            assert!(current(&world, 1, TrackKind::ScreenSound).send);
            share(&mut world, 0, false);
            world.run();
            world.assert_connected();
            assert!(world.view(0).people[0].media.screen);
            assert!(!world.view(1).people[0].media.screen);
        }
    }
}

#[test]
fn the_camera_is_sent_small_while_a_screen_is_shared() {
    let mut world = connected();
    world.run_for(std::time::Duration::from_secs(3));
    let scale = |world: &World, at| world.only(at).encodings.unwrap().camera.scale_down_by;
    assert_eq!((scale(&world, 0), scale(&world, 1)), (1, 1));
    share(&mut world, 0, true);
    world.run();
    assert_eq!((scale(&world, 0), scale(&world, 1)), (2, 2));
    share(&mut world, 0, false);
    world.run();
    assert_eq!((scale(&world, 0), scale(&world, 1)), (1, 1));
}

#[test]
fn a_question_that_was_closed_shares_nothing_and_says_nothing() {
    let mut world = connected();
    let devices = &mut world.sides[0].browser.devices;
    devices.screen_permission = Permission::Refused(MediaError::Denied);
    share(&mut world, 0, true);
    world.run();
    world.assert_connected();
    assert!(!world.view(0).me.media.screen);
    let notices = world.view(0).notices;
    let tells = |kind: &NoticeKind| matches!(kind, NoticeKind::ScreenFailed(_));
    assert!(!notices.iter().any(|it| tells(&it.kind)), "{notices:?}");
}

#[test]
fn a_screen_that_is_chosen_after_sharing_was_stopped_is_closed() {
    let mut world = connected();
    share(&mut world, 0, true);
    share(&mut world, 0, false);
    world.run();
    assert_eq!(world.sides[0].browser.devices.screen, 0);
    world.assert_connected();
}

#[test]
fn a_screen_that_nobody_asked_for_is_closed() {
    let mut world = connected();
    let request = call::RequestId(u32::MAX);
    let event = MediaEvent::ScreenOpened {
        request,
        sound: true,
    };
    world.input(0, Input::Event(Event::Media(event)));
    world.run();
    assert!(!world.view(0).me.media.screen);
    world.assert_connected();
}

#[test]
fn only_sound_stops_the_pictures_of_both_and_brings_them_back() {
    let mut world = connected();
    share(&mut world, 1, true);
    world.run();
    world.command(0, Command::SetOnlySound { on: true });
    world.run();
    assert_eq!(world.view(0).status, Status::Connected);
    assert!(world.view(0).me.only_sound);
    assert_eq!(world.sides[0].browser.devices.camera, 0);
    for kind in [TrackKind::Camera, TrackKind::Screen] {
        let way = current(&world, 1, kind);
        assert!(!way.send, "{kind:?} is sent to who wants only sound");
    }
    assert!(current(&world, 1, TrackKind::Microphone).send);
    world.command(0, Command::SetOnlySound { on: false });
    world.run();
    world.assert_connected();
    assert!(world.sides[0].browser.devices.camera > 0);
    assert!(current(&world, 1, TrackKind::Camera).send);
    assert!(current(&world, 1, TrackKind::Screen).send);
}

#[test]
fn turning_the_camera_on_ends_only_sound() {
    let mut world = connected();
    world.command(0, Command::SetOnlySound { on: true });
    world.run();
    world.command(0, Command::SetCamera { on: true });
    world.run();
    assert!(!world.view(0).me.only_sound);
    assert!(current(&world, 1, TrackKind::Camera).send);
    world.assert_connected();
}

#[test]
fn directions_say_what_they_allow() {
    let all = [
        Direction::SendRecv,
        Direction::SendOnly,
        Direction::RecvOnly,
        Direction::Inactive,
    ];
    assert_eq!(all.map(Direction::sends), [true, true, false, false]);
    assert_eq!(all.map(Direction::receives), [true, false, true, false]);
}
