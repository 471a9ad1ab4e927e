//! Devices are changed, unplugged, turned off and on in a call, and what is left over of old
//! requests is closed.

use call::{
    Command, Device, DeviceKind, Event, Found, Input, MediaAccess, MediaError, MediaEvent, MediaOp,
    Memory, NoticeKind,
};
use sim::browser::Permission;

use crate::support::World;

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn offers(world: &World) -> usize {
    let is_offer = |it: &&(usize, protocol::ClientMessage)| it.1.kind() == "offer";
    world.relay.heard.0.iter().filter(is_offer).count()
}

#[test]
fn another_camera_takes_the_senders_place_without_negotiation() {
    let mut world = connected();
    let before = world.sides[0].browser.devices.camera;
    world.relay.heard.0.clear();
    let device_id = Some("other".to_owned());
    world.command(0, Command::ChooseCamera { device_id });
    world.run();
    assert_ne!(world.sides[0].browser.devices.camera, before);
    assert_eq!(offers(&world), 0);
    world.assert_connected();
}

#[test]
fn camera_off_and_on_needs_no_negotiation() {
    let mut world = connected();
    world.relay.heard.0.clear();
    world.command(0, Command::SetCamera { on: false });
    world.run();
    assert_eq!(world.view(0).me.camera, MediaAccess::Off);
    assert!(!world.view(1).people[0].media.camera);
    world.assert_connected();
    world.command(0, Command::SetCamera { on: true });
    world.run();
    assert_eq!(offers(&world), 0);
    world.assert_connected();
}

#[test]
fn muting_keeps_the_device_and_is_told() {
    let mut world = connected();
    let before = world.sides[0].browser.devices.microphone;
    world.command(0, Command::SetMicrophone { on: false });
    world.run();
    assert!(!world.view(1).people[0].media.microphone);
    assert!(!world.sides[0].browser.devices.enabled);
    assert_eq!(world.sides[0].browser.devices.microphone, before);
    // It stays so over a change of the device.
    let device_id = Some("other".to_owned());
    world.command(0, Command::ChooseMicrophone { device_id });
    world.run();
    assert!(!world.sides[0].browser.devices.enabled);
    world.assert_connected();
}

#[test]
fn an_unplugged_microphone_is_replaced_by_the_default_one() {
    let mut world = connected();
    world.sides[0].browser.devices.unplug_microphone();
    world.run();
    let told = NoticeKind::DeviceSwitched {
        kind: DeviceKind::Microphone,
    };
    assert!(world.view(0).notices.iter().any(|it| it.kind == told));
    world.assert_connected();
    assert!(world.view(1).people[0].media.microphone);
}

#[test]
fn an_unplugged_camera_without_another_is_gone() {
    let mut world = connected();
    let devices = &mut world.sides[0].browser.devices;
    devices.camera_permission = Permission::Refused(MediaError::Missing);
    devices.unplug_camera();
    world.run();
    let told = NoticeKind::DeviceGone {
        kind: DeviceKind::Camera,
    };
    assert!(world.view(0).notices.iter().any(|it| it.kind == told));
    assert!(!world.view(1).people[0].media.camera);
    world.assert_connected();
    let connection = world.sides[0].browser.connections.values().next().unwrap();
    let video = connection.transceivers.iter().find(|it| it.video).unwrap();
    assert!(!video.current.unwrap().send);
}

#[test]
fn a_camera_that_comes_too_late_is_closed() {
    let mut world = connected();
    world.command(0, Command::SetCamera { on: false });
    world.run();
    world.command(0, Command::SetCamera { on: true });
    world.command(0, Command::SetCamera { on: false });
    world.run();
    assert_eq!(world.sides[0].browser.devices.camera, 0);
    world.assert_connected();
}

#[test]
fn devices_that_come_after_hanging_up_are_closed() {
    let mut world = connected();
    let device_id = Some("other".to_owned());
    world.command(0, Command::ChooseCamera { device_id });
    world.command(0, Command::Leave);
    world.run();
    world.assert_clean(0);
}

#[test]
fn a_busy_second_camera_closes_the_first_and_tries_again() {
    let mut world = connected();
    let busy = Permission::Refused(MediaError::Busy);
    world.sides[0].browser.devices.camera_permission = busy;
    world.command(0, Command::ChooseCamera { device_id: None });
    world.run();
    assert_eq!(
        world.view(0).me.camera,
        MediaAccess::Failed(MediaError::Busy)
    );
    assert_eq!(world.sides[0].browser.devices.camera, 0);
    world.assert_connected();
}

fn has(world: &World, kind: &NoticeKind) -> bool {
    world.view(0).notices.iter().any(|it| it.kind == *kind)
}

fn happens(world: &mut World, event: MediaEvent) {
    world.input(0, Input::Event(Event::Media(event)));
    world.run();
}

fn lists(world: &mut World, devices: &[(DeviceKind, &str)]) {
    let device = |(kind, id): &(DeviceKind, &str)| Device {
        kind: *kind,
        id: (*id).to_owned(),
        label: id.to_uppercase(),
    };
    let devices = devices.iter().map(device).collect();
    happens(world, MediaEvent::Devices(devices));
}

fn speakers_set(world: &World) -> Vec<Option<String>> {
    let ops = world.sides[0].kept.media.iter();
    let set = ops.filter_map(|op| match op {
        MediaOp::SetSpeaker { device_id } => Some(device_id.clone()),
        _ => None,
    });
    set.collect()
}

fn offered(world: &World) -> Vec<Found> {
    let notices = world.view(0).notices.into_iter();
    let offers = notices.filter_map(|it| match it.kind {
        NoticeKind::DeviceFound(found) => Some(found),
        _ => None,
    });
    offers.collect()
}

#[test]
fn what_has_ended_by_itself_is_taken_out_of_the_own_picture() {
    let mut world = connected();
    world.command(0, Command::SetScreen { on: true });
    world.run();
    world.sides[0].browser.devices.stop_screen();
    world.sides[0].browser.devices.unplug_camera();
    world.sides[0].browser.devices.unplug_microphone();
    world.run();
    let closed = &world.sides[0].kept.media;
    for closes in [
        MediaOp::CloseScreen,
        MediaOp::CloseCamera,
        MediaOp::CloseMicrophone,
    ] {
        let closes = format!("{closes:?}");
        assert!(
            closed.iter().any(|it| format!("{it:?}") == closes),
            "{closes}"
        );
    }
    world.assert_connected();
}

#[test]
fn who_closes_the_question_which_screen_is_told_nothing() {
    let mut world = connected();
    for (error, told) in [(MediaError::Denied, 0), (MediaError::Other, 1)] {
        world.sides[0].browser.devices.screen_permission = Permission::Refused(error);
        world.command(0, Command::SetScreen { on: true });
        world.run();
        assert_eq!(world.view(0).notices.len(), 1 + told, "besides who joined");
    }
}

#[test]
fn a_permission_that_is_taken_back_is_named() {
    let mut world = connected();
    let devices = &mut world.sides[0].browser.devices;
    devices.microphone_permission = Permission::Refused(MediaError::Denied);
    devices.unplug_microphone();
    world.run();
    assert!(has(
        &world,
        &NoticeKind::MicrophoneFailed(MediaError::Denied)
    ));
}

#[test]
fn a_speaker_that_vanishes_is_replaced_and_used_again_when_it_is_back() {
    let mut world = connected();
    let device_id = Some("headset".to_owned());
    world.command(
        0,
        Command::ChooseSpeaker {
            device_id: device_id.clone(),
        },
    );
    let both = [
        (DeviceKind::Speaker, "built-in"),
        (DeviceKind::Speaker, "headset"),
    ];
    lists(&mut world, &both);
    world.sides[0].kept.media.clear();
    lists(&mut world, &both[..1]);
    assert_eq!(speakers_set(&world), [None]);
    let kind = DeviceKind::Speaker;
    assert!(has(&world, &NoticeKind::DeviceSwitched { kind }));
    assert_eq!(world.view(0).devices.speaker_id, None);
    lists(&mut world, &both);
    assert_eq!(speakers_set(&world), [None, device_id.clone()]);
    assert_eq!(offered(&world), [], "it is in use already");
    let kept = world.sides[0].kept.memory.clone().unwrap();
    assert_eq!(kept.speaker_id, device_id);
}

#[test]
fn what_something_else_silences_is_shown_as_off_and_said() {
    let mut world = connected();
    let silenced = true;
    happens(&mut world, MediaEvent::MicrophoneSilenced { silenced });
    happens(&mut world, MediaEvent::CameraSilenced { silenced });
    let seen = world.view(1).people[0].media;
    assert!(!seen.microphone && !seen.camera);
    let me = world.view(0).me;
    assert!(me.microphone_silenced && me.camera_silenced);
    let kind = DeviceKind::Microphone;
    assert!(has(&world, &NoticeKind::DeviceSilenced { kind }));
    let silenced = false;
    happens(&mut world, MediaEvent::MicrophoneSilenced { silenced });
    happens(&mut world, MediaEvent::CameraSilenced { silenced });
    world.assert_connected();
    assert!(world.view(1).people[0].media.microphone);
}

#[test]
fn a_headset_that_is_plugged_in_is_offered() {
    let mut world = connected();
    let built_in = [
        (DeviceKind::Microphone, "built-in"),
        (DeviceKind::Speaker, "speaker"),
        (DeviceKind::Camera, "camera"),
    ];
    lists(&mut world, &built_in);
    let mut more = built_in.to_vec();
    more.push((DeviceKind::Microphone, "headset"));
    lists(&mut world, &more);
    more.push((DeviceKind::Speaker, "headset-speaker"));
    lists(&mut world, &more);
    let found = Found {
        label: "HEADSET".to_owned(),
        microphone_id: Some("headset".to_owned()),
        camera_id: None,
        speaker_id: Some("headset-speaker".to_owned()),
    };
    assert_eq!(offered(&world), [found]);
    let mut notices = world.view(0).notices.into_iter();
    let notice = notices.find(|it| matches!(it.kind, NoticeKind::DeviceFound(_)));
    let notice = notice.unwrap().id;
    world.command(0, Command::UseFound { notice });
    world.run();
    let kept = world.sides[0].kept.memory.clone().unwrap();
    assert_eq!(kept.microphone_id.as_deref(), Some("headset"));
    assert_eq!(kept.speaker_id.as_deref(), Some("headset-speaker"));
    assert_eq!(kept.camera_id, None);
    world.assert_connected();
}

#[test]
fn of_two_things_that_are_plugged_in_the_second_is_offered_under_its_own_name() {
    let mut world = connected();
    let mut all = vec![(DeviceKind::Speaker, "built-in")];
    lists(&mut world, &all);
    for name in ["screen", "headset"] {
        all.push((DeviceKind::Speaker, name));
        lists(&mut world, &all);
        let found = Found {
            label: name.to_uppercase(),
            microphone_id: None,
            camera_id: None,
            speaker_id: Some(name.to_owned()),
        };
        assert_eq!(offered(&world), [found]);
    }
}

#[test]
fn the_second_camera_is_tried_when_another_program_has_the_first() {
    let mut world = connected();
    lists(
        &mut world,
        &[(DeviceKind::Camera, "first"), (DeviceKind::Camera, "c9")],
    );
    world.command(0, Command::SetCamera { on: false });
    world.run();
    world.sides[0].kept.media.clear();
    world.sides[0].browser.devices.camera_permission = Permission::Refused(MediaError::Busy);
    world.command(0, Command::SetCamera { on: true });
    world.run();
    let ops = world.sides[0].kept.media.iter();
    let asked = ops.filter_map(|op| match op {
        MediaOp::Open { camera, .. } => Some(camera.clone()?.device_id),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [None, Some("c9".to_owned())]);
    assert_eq!(
        world.view(0).me.camera,
        MediaAccess::Failed(MediaError::Busy)
    );
    world.assert_connected();
}
