//! What the device keeps for the next visit.

use std::time::Duration;

use call::{Call, Command, Config, Effect, Event, Input, Memory, Screen};
use protocol::{Name, Role};

use crate::support::{World, room, secret};

fn memory_after(memory: Memory, commands: impl IntoIterator<Item = Command>) -> Option<Memory> {
    let mut world = World::new(true);
    let config = Config {
        seed: [0; 32],
        unix_ms: 5_000,
        memory,
        pass: None,
        room: None,
        origin: "https://localhost".to_owned(),
    };
    let mut call = Call::new(world.now, config);
    world.relay.down = true;
    let mut remembered = None;
    for command in commands {
        call.handle(world.now, Input::Command(command));
        while let Some(effect) = call.poll_output() {
            if let Effect::Remember(change) = effect {
                remembered = Some(change.now);
            }
        }
    }
    remembered
}

#[test]
fn name_and_devices() {
    let memory = memory_after(
        Memory::default(),
        [
            Command::SetName {
                name: " Ada\u{202E} ".to_owned(),
            },
            Command::ChooseCamera {
                device_id: Some("c".to_owned()),
            },
            Command::ChooseMicrophone {
                device_id: Some("m".to_owned()),
            },
            Command::ChooseSpeaker {
                device_id: Some("s".to_owned()),
            },
            Command::SetMusic { on: true },
            Command::SetRelayOnly { on: true },
            Command::SetBell { on: false },
            Command::SetNotify { on: true },
            Command::SetMicrophone { on: false },
            Command::SetCamera { on: false },
        ],
    );
    let memory = memory.unwrap();
    assert_eq!(memory.name, Name::clean("Ada"));
    assert_eq!(memory.camera_id.as_deref(), Some("c"));
    assert_eq!(memory.microphone_id.as_deref(), Some("m"));
    assert_eq!(memory.speaker_id.as_deref(), Some("s"));
    assert!(memory.bell_off && memory.notify);
    assert!(memory.music && memory.relay_only && memory.microphone_off && memory.camera_off);
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let commands = [Command::TestSpeaker, Command::SetMicrophone { on: true }];
    let memory = Memory {
        device: Some(secret()),
        ..Memory::default()
    };
    assert_eq!(memory_after(memory, commands), None);
}

#[test]
fn a_joined_call_with_its_people_and_for_the_host_its_secret() {
    let world = World::connected(true, |_| Memory::default());
    for (at, other) in [(0, "Bob"), (1, "Ada")] {
        let recent = world.view(at).recent;
        assert_eq!(recent.len(), 1);
        assert_eq!(recent[0].room, room());
        assert_eq!(recent[0].names, [Name::clean(other)]);
        assert_eq!(recent[0].secret.is_some(), at == 0);
    }
}

#[test]
fn the_host_of_a_recent_call_is_its_host_again() {
    let mut world = World::connected(true, |_| Memory::default());
    world.command(0, Command::GoHome);
    world.command(1, Command::GoHome);
    world.run();
    world.command(0, Command::OpenRoom { room: room() });
    assert_eq!(world.view(0).me.role, Role::Host);
    world.command(0, Command::Join);
    world.run();
    assert!(matches!(world.view(0).screen, Screen::Call { .. }));
    world.command(0, Command::GoHome);
    world.command(0, Command::ForgetRecent { room: room() });
    assert!(world.view(0).recent.is_empty());
    world.command(0, Command::StartCall { secret: secret() });
    assert_eq!(world.view(0).me.role, Role::Host);
}

#[test]
fn devices_stay_off_for_who_had_them_off() {
    let world = World::connected(true, |at| Memory {
        microphone_off: at == 1,
        camera_off: at == 1,
        ..Memory::default()
    });
    let seen = world.view(0).people[0].media;
    assert!(!seen.microphone && !seen.camera);
    // Unmuting must not have to wait for the device.
    assert!(world.sides[1].browser.devices.microphone > 0);
    assert!(!world.sides[1].browser.devices.enabled);
    assert_eq!(world.sides[1].browser.devices.camera, 0);
}

/// The host reloads the lobby twice, and later the call.
#[test]
fn who_starts_a_call_is_its_host_before_joining_it() {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    for _ in 0..2 {
        world.reload(0);
        assert_eq!(world.view(0).me.role, Role::Host);
    }
    world.command(1, Command::OpenRoom { room: room() });
    world.command(1, Command::Join);
    world.run();
    world.command(0, Command::Join);
    world.run_for(Duration::from_secs(3));
    world.assert_connected();
    world.reload(0);
    assert_eq!(world.view(0).me.role, Role::Host);
}

#[test]
fn back_and_forward_leave_the_host_its_call() {
    let mut world = World::new(true);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::GoHome);
    world.command(0, Command::OpenRoom { room: room() });
    assert_eq!(world.view(0).me.role, Role::Host);
}

#[test]
fn a_lobby_hears_that_another_tab_has_started_the_call() {
    let mut world = World::new(true);
    world.command(1, Command::OpenRoom { room: room() });
    assert_eq!(world.view(1).me.role, Role::Guest);
    world.command(0, Command::StartCall { secret: secret() });
    let memory = world.sides[0].kept.memory.clone().unwrap();
    world.sides[1].kept.memory = None;
    world.input(1, Input::Event(Event::Remembered(Box::new(memory))));
    assert_eq!(world.view(1).me.role, Role::Host);
    assert_eq!(world.view(1).me.name, Name::clean("Bob"));
    assert_eq!(
        world.sides[1].kept.memory, None,
        "what was heard is not written again"
    );
}

#[test]
fn all_recent_calls_can_be_forgotten() {
    let mut world = World::connected(true, |_| Memory::default());
    world.command(0, Command::GoHome);
    world.command(0, Command::ForgetRecents);
    assert!(world.view(0).recent.is_empty());
    assert!(
        world.sides[0]
            .kept
            .memory
            .as_ref()
            .unwrap()
            .recent
            .is_empty()
    );
}
