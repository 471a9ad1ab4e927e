//! Devices are changed, unplugged, turned off and on in a call, and what is left over of old
//! requests is closed.

use call::{Command, DeviceKind, MediaAccess, MediaError, Memory, NoticeKind};
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
fn the_screen_goes_out_in_the_cameras_place_and_back() {
    let mut world = connected();
    world.relay.heard.0.clear();
    world.command(0, Command::SetScreen { on: true });
    world.run();
    assert!(world.view(1).people[0].media.screen);
    world.assert_connected();
    world.sides[0].browser.devices.stop_screen();
    world.run();
    assert!(!world.view(1).people[0].media.screen);
    world.assert_connected();
    assert_eq!(offers(&world), 0);
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
