//! Hosts come and go, and whoever was removed stays out until a host lets that person in again.

use call::{Command, EndReason, Memory, NoticeKind, Problem, Screen};
use protocol::{ClientMessage, Error, ErrorCode, KeptOut, Name, Role, ServerMessage};

use crate::support::{World, room};

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn has(world: &World, at: usize, kind: &NoticeKind) -> bool {
    world.view(at).notices.iter().any(|it| it.kind == *kind)
}

#[test]
fn a_change_of_role_is_shown_and_said() {
    let mut world = connected();
    let participant = world.view(1).me.participant.unwrap();
    let name = world.view(1).me.name;
    let role = Role::Host;
    for at in 0..2 {
        let participant = participant.clone();
        let message = ServerMessage::Role { participant, role };
        world.relay.inject(at, message);
    }
    world.run();
    assert_eq!(world.view(1).me.role, Role::Host);
    assert_eq!(world.view(0).people[0].role, Role::Host);
    assert!(has(&world, 1, &NoticeKind::OwnRole { role }));
    assert!(has(&world, 0, &NoticeKind::Role { name, role }));
}

#[test]
fn hosts_see_who_is_kept_out_and_can_let_them_in_again() {
    let mut world = connected();
    let id = world.view(1).me.participant.unwrap();
    let name = Name::clean("Mallory");
    let participants = vec![KeptOut {
        id: id.clone(),
        name,
    }];
    let message = ServerMessage::KeptOut {
        participants: participants.clone(),
    };
    world.relay.inject(0, message);
    world.run();
    assert_eq!(world.view(0).room.unwrap().kept_out, participants);
    world.relay.heard.0.clear();
    let participant = id.clone();
    world.command(0, Command::Readmit { participant });
    world.command(
        0,
        Command::MakeHost {
            participant: id.clone(),
        },
    );
    let said: Vec<_> = world.relay.heard.0.iter().map(|(_, it)| it).collect();
    assert!(matches!(said[0], ClientMessage::Readmit { participant } if *participant == id));
    assert!(matches!(said[1], ClientMessage::MakeHost { participant } if *participant == id));
}

#[test]
fn who_was_removed_is_told_so_and_does_not_go_on_asking() {
    let mut world = connected();
    let participant = world.view(1).me.participant.unwrap();
    world.command(0, Command::Remove { participant });
    world.run();
    assert!(matches!(
        world.view(1).screen,
        Screen::Ended {
            reason: EndReason::Removed,
            ..
        }
    ));
    assert_eq!(world.sides[1].kept.pass, None);
    world.command(1, Command::CallAgain);
    world.run();
    world.relay.heard.0.clear();
    world.command(1, Command::Join);
    let joins = world.relay.heard.0.clone();
    let shown = joins.iter().find_map(|(_, it)| match it {
        ClientMessage::Join { device, .. } => device.clone(),
        _ => None,
    });
    assert!(shown.is_some(), "the device is shown");
    world.relay.drop_events(1);
    world.relay.inject(
        1,
        ServerMessage::Error(Error {
            code: ErrorCode::Removed,
            message: String::new(),
            refused: Some("join".to_owned()),
            retry_after_ms: None,
        }),
    );
    world.run();
    assert!(matches!(
        world.view(1).screen,
        Screen::Lobby {
            problem: Some(Problem::Removed),
            waiting: None,
            ..
        }
    ));
}

#[test]
fn a_device_keeps_its_secret() {
    let mut world = World::new(true);
    let kept = |world: &World| world.sides[0].kept.memory.clone().unwrap().device;
    let first = kept(&world);
    assert!(first.is_some());
    world.command(0, Command::OpenRoom { room: room() });
    world.reload(0);
    assert_eq!(kept(&world), first);
}
