//! The call goes on while the server is away, and is whole again when it is back.

use std::time::Duration;

use call::{Command, EndReason, Memory, Screen, Signalling, Status};
use protocol::{CloseCode, ParticipantId, ServerMessage};

use crate::support::{Act, World};

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn me(world: &World, at: usize) -> Option<ParticipantId> {
    world.view(at).me.participant
}

fn connections(world: &World) -> Vec<u64> {
    let all = world
        .sides
        .iter()
        .flat_map(|it| it.browser.connections.values());
    all.map(|it| it.uid).collect()
}

#[test]
fn a_lost_socket_is_opened_again_and_the_call_is_the_same() {
    let mut world = connected();
    let before = (me(&world, 0), connections(&world));
    world.act(0, Act::Cut);
    world.run();
    world.assert_connected();
    assert_eq!((me(&world, 0), connections(&world)), before);
}

/// An offer or answer that was lost with the socket is made up for at once, not after a time-out.
#[test]
fn what_was_lost_on_the_way_is_negotiated_anew_at_once() {
    for descending in [true, false] {
        for cut in 0..2 {
            for steps in 0..14 {
                let mut world = World::connected(descending, |_| Memory {
                    camera_off: true,
                    ..Memory::default()
                });
                world.command(0, Command::SetCamera { on: true });
                for _ in 0..steps {
                    if let Some(next) = world.nexts().first().copied() {
                        world.take(next);
                    }
                }
                world.act(cut, Act::Cut);
                world.run();
                world.assert_connected();
            }
        }
    }
}

#[test]
fn while_it_is_away_the_call_goes_on_and_says_so() {
    let mut world = connected();
    let before = connections(&world);
    world.relay.down = true;
    world.act(0, Act::Cut);
    world.act(1, Act::Cut);
    world.run_for(Duration::from_secs(20));
    assert_eq!(world.view(0).status, Status::ServerLost);
    assert!(matches!(
        world.view(0).signalling,
        Signalling::Reconnecting { attempt } if attempt > 3
    ));
    assert_eq!(connections(&world), before);
    world.relay.down = false;
    world.act(0, Act::Online);
    world.act(1, Act::Online);
    world.run();
    world.assert_connected();
    assert_eq!(connections(&world), before);
}

#[test]
fn a_restarted_server_finds_the_same_call() {
    let mut world = connected();
    let before = (me(&world, 0), me(&world, 1), connections(&world));
    world.relay.restart(true);
    world.run();
    world.assert_connected();
    let after = (me(&world, 0), me(&world, 1), connections(&world));
    assert_eq!(before, after);
}

#[test]
fn with_another_key_the_call_is_joined_anew() {
    let mut world = connected();
    world.relay.restart(false);
    world.run_for(Duration::from_secs(15));
    world.assert_connected();
    let ended = |at| matches!(world.view(at).screen, Screen::Ended { .. });
    assert!(!ended(0) && !ended(1));
}

#[test]
fn a_guest_without_a_host_gives_up_after_a_minute() {
    let mut world = connected();
    world.command(0, Command::Leave);
    world.run();
    world.relay.restart(false);
    world.run_for(Duration::from_secs(55));
    assert!(matches!(world.view(1).screen, Screen::Call { .. }));
    world.run_for(Duration::from_secs(10));
    assert!(matches!(
        world.view(1).screen,
        Screen::Ended {
            reason: EndReason::Lost,
            ..
        }
    ));
    world.assert_clean(1);
}

#[test]
fn a_stopping_server_is_given_the_time_it_asks_for() {
    let mut world = connected();
    let retry_after_ms = 3_000;
    world
        .relay
        .inject(0, ServerMessage::Stopping { retry_after_ms });
    world.run();
    world.relay.kick(0, CloseCode::GoingAway);
    world.relay.heard.0.clear();
    world.run_for(Duration::from_millis(2_900));
    assert!(world.relay.said(0).is_empty());
    world.run_for(Duration::from_millis(200));
    assert_eq!(world.relay.said(0).first(), Some(&"join"));
    world.assert_connected();
}

#[test]
fn the_removed_one_is_told_and_stays_away() {
    let mut world = connected();
    let participant = me(&world, 1).unwrap();
    world.command(0, Command::Remove { participant });
    world.run_for(Duration::from_secs(20));
    assert!(matches!(
        world.view(1).screen,
        Screen::Ended {
            reason: EndReason::Removed,
            ..
        }
    ));
    world.assert_clean(1);
    assert_eq!(world.relay.member_count(), 1);
    assert_eq!(world.view(0).status, Status::WaitingForOthers);
}

#[test]
fn the_replaced_one_ends_quietly() {
    let mut world = connected();
    world.relay.kick(1, CloseCode::Replaced);
    world.run();
    assert!(matches!(
        world.view(1).screen,
        Screen::Ended {
            reason: EndReason::Replaced,
            ..
        }
    ));
    world.assert_clean(1);
}

#[test]
fn somebody_who_dropped_is_shown_so_until_back() {
    let mut world = connected();
    world.relay.down = true;
    world.act(1, Act::Cut);
    world.run_for(Duration::from_secs(2));
    let name = world.view(1).me.name;
    assert_eq!(world.view(0).status, Status::TheyDropped { name });
    world.relay.down = false;
    world.run_for(Duration::from_secs(10));
    world.assert_connected();
}

/// A laptop that was closed for an hour: timers come an hour late, and all at once.
#[test]
fn who_slept_comes_back_into_the_call() {
    for known in [true, false] {
        let mut world = connected();
        let before = me(&world, 0);
        world.relay.cut(0);
        world.relay.cut(1);
        if !known {
            world.relay.restart(true);
        }
        // Both slept, and nothing happened meanwhile.
        world.now += Duration::from_secs(3_600);
        world.run();
        world.run_for(Duration::from_secs(5));
        world.assert_connected();
        assert_eq!(me(&world, 0), before);
    }
}

#[test]
fn who_could_not_get_in_before_it_slept_tries_on_afterwards() {
    let mut world = connected();
    world.command(0, Command::Leave);
    world.run();
    world.relay.restart(false);
    world.run_for(Duration::from_secs(20));
    assert!(matches!(world.view(1).screen, Screen::Call { .. }));
    world.now += Duration::from_secs(3_600);
    world.run_for(Duration::from_secs(3));
    assert!(matches!(world.view(1).screen, Screen::Call { .. }));
    world.run_for(Duration::from_secs(60));
    assert!(matches!(world.view(1).screen, Screen::Ended { .. }));
}
