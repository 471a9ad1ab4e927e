//! Whoever has no camera or microphone, or does not give it, joins with what there is.

use call::{Command, MediaAccess, MediaError, MediaOp, NoticeKind};
use protocol::{Media, TrackKind};
use sim::browser::Permission;

use crate::support::{World, room, secret};

fn joined(microphone: Permission, camera: Permission) -> World {
    let mut world = World::new(true);
    let devices = &mut world.sides[1].browser.devices;
    devices.microphone_permission = microphone;
    devices.camera_permission = camera;
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.run();
    world.command(1, Command::OpenRoom { room: room() });
    world.run();
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
    world
}

const DENIED: Permission = Permission::Refused(MediaError::Denied);
const MISSING: Permission = Permission::Refused(MediaError::Missing);

#[test]
fn a_denied_camera_leaves_the_microphone() {
    let world = joined(Permission::Granted, DENIED);
    let me = world.view(1).me;
    assert_eq!(me.microphone, MediaAccess::Open);
    assert_eq!(me.camera, MediaAccess::Failed(MediaError::Denied));
    let seen = world.view(0).people[0].media;
    assert!(seen.microphone && !seen.camera);
}

#[test]
fn a_missing_microphone_leaves_the_camera() {
    let world = joined(MISSING, Permission::Granted);
    let me = world.view(1).me;
    assert_eq!(me.microphone, MediaAccess::Failed(MediaError::Missing));
    assert_eq!(me.camera, MediaAccess::Open);
}

#[test]
fn with_neither_one_watches_and_listens() {
    let world = joined(DENIED, DENIED);
    assert_eq!(world.view(0).people[0].media, Media::default());
    let connection = world.sides[1].browser.connections.values().next().unwrap();
    for kind in [TrackKind::Microphone, TrackKind::Camera] {
        let transceiver = connection.transceiver(kind).unwrap();
        let current = transceiver.current.unwrap();
        assert!(current.receive && !current.send, "{transceiver:?}");
    }
}

#[test]
fn without_https_it_is_said_and_not_tried_again() {
    let insecure = Permission::Refused(MediaError::Insecure);
    let world = joined(insecure, insecure);
    let me = world.view(1).me;
    assert_eq!(me.microphone, MediaAccess::Failed(MediaError::Insecure));
    assert_eq!(me.camera, MediaAccess::Failed(MediaError::Insecure));
}

#[test]
fn a_camera_allowed_later_is_seen() {
    let mut world = joined(Permission::Granted, DENIED);
    world.sides[1].browser.devices.camera_permission = Permission::Granted;
    world.command(1, Command::RetryMedia);
    world.run();
    world.assert_connected();
    assert!(world.view(0).people[0].media.camera);
}

#[test]
fn a_camera_refused_in_the_call_is_told() {
    let mut world = joined(Permission::Granted, DENIED);
    world.command(1, Command::SetCamera { on: true });
    world.run();
    let told = NoticeKind::CameraFailed(MediaError::Denied);
    assert!(world.view(1).notices.iter().any(|it| it.kind == told));
    world.assert_connected();
}

#[test]
fn who_has_just_said_no_is_not_asked_again() {
    let world = joined(DENIED, DENIED);
    let asked = world.sides[1].kept.media.iter();
    let asked = asked.filter(|it| matches!(it, MediaOp::Open { .. }));
    assert_eq!(asked.count(), 1);
}
