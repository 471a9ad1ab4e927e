//! Long calls in which anything happens at any time: whatever it was, when it is over the two
//! are connected with matching media, and when they hang up nothing is left.

use std::time::Duration;

use call::{Command, MediaError, Memory, Screen};
use proptest::prelude::*;
use sim::browser::Permission;

use crate::support::{Act, World, room, secret};

/// One thing that is done in a long call.
#[derive(Debug, Clone)]
enum Deed {
    Act(usize, Act),
    Permit(usize, bool, Permission),
    /// Take this many steps, picked by these dice.
    Steps(Vec<u16>),
}

fn command() -> impl Strategy<Value = Command> {
    let device = prop_oneof![Just(None), Just(Some("x".to_owned()))];
    prop_oneof![
        6 => any::<bool>().prop_map(|on| Command::SetCamera { on }),
        3 => any::<bool>().prop_map(|on| Command::SetMicrophone { on }),
        3 => any::<bool>().prop_map(|on| Command::SetScreen { on }),
        1 => any::<bool>().prop_map(|on| Command::SetMusic { on }),
        2 => device.clone().prop_map(|device_id| Command::ChooseCamera { device_id }),
        2 => device.prop_map(|device_id| Command::ChooseMicrophone { device_id }),
        1 => Just(Command::RetryMedia),
        1 => Just(Command::RequestCode),
        1 => any::<bool>().prop_map(|locked| Command::SetLocked { locked }),
        1 => "[a-z]{0,8}".prop_map(|name| Command::SetName { name }),
        2 => Just(Command::Leave),
        3 => Just(Command::CallAgain),
        6 => Just(Command::Join),
        1 => Just(Command::StopWaiting),
        1 => Just(Command::GoHome),
        3 => Just(Command::OpenRoom { room: room() }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => command().prop_map(Act::Command),
        2 => Just(Act::UnplugCamera),
        2 => Just(Act::UnplugMicrophone),
        2 => Just(Act::StopScreen),
        3 => Just(Act::Cut),
        3 => Just(Act::Online),
        6 => (0_u64..12_000).prop_map(|ms| Act::Wait(Duration::from_millis(ms))),
        3 => any::<bool>().prop_map(Act::Path),
    ]
}

fn permission() -> impl Strategy<Value = Permission> {
    prop_oneof![
        3 => Just(Permission::Granted),
        1 => Just(Permission::Refused(MediaError::Denied)),
        1 => Just(Permission::Refused(MediaError::Busy)),
        1 => Just(Permission::Refused(MediaError::Missing)),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0_usize..2, act()).prop_map(|(at, act)| Deed::Act(at, act)),
        1 => (0_usize..2, any::<bool>(), permission())
            .prop_map(|(at, camera, it)| Deed::Permit(at, camera, it)),
        4 => proptest::collection::vec(any::<u16>(), 1..20).prop_map(Deed::Steps),
    ]
}

fn play(descending: bool, gecko: [bool; 2], deeds: Vec<Deed>) {
    let mut world = World::with_memory(descending, |_| Memory::default()).by(gecko);
    world.command(0, Command::StartCall { secret: secret() });
    world.command(0, Command::Join);
    world.command(1, Command::OpenRoom { room: room() });
    world.command(1, Command::Join);
    for deed in deeds {
        match deed {
            Deed::Act(at, act) => world.act(at, act),
            Deed::Permit(at, camera, permission) => {
                let devices = &mut world.sides[at].browser.devices;
                if camera {
                    devices.camera_permission = permission;
                } else {
                    devices.microphone_permission = permission;
                }
            }
            Deed::Steps(dice) => {
                for die in dice {
                    let nexts = world.nexts();
                    if !nexts.is_empty() {
                        world.take(nexts[usize::from(die) % nexts.len()]);
                    }
                }
            }
        }
    }
    // All is well again.
    world.act(0, Act::Path(true));
    world.run_for(Duration::from_secs(90));
    world.relay.give_up_lost();
    world.run_for(Duration::from_secs(5));
    for at in 0..2 {
        if !matches!(world.view(at).screen, Screen::Call { .. }) {
            world.command(at, Command::GoHome);
            world.command(
                at,
                if at == 0 {
                    Command::StartCall { secret: secret() }
                } else {
                    Command::OpenRoom { room: room() }
                },
            );
            world.command(at, Command::Join);
            world.run();
        }
    }
    world.run_for(Duration::from_secs(30));
    world.assert_connected();
    for at in 0..2 {
        world.command(at, Command::Leave);
        world.run();
        world.assert_clean(at);
    }
    assert_eq!(world.relay.member_count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(
        descending in any::<bool>(),
        gecko in any::<[bool; 2]>(),
        deeds in proptest::collection::vec(deed(), 1..80),
    ) {
        play(descending, gecko, deeds);
    }
}
