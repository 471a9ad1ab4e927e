//! From home to the lobby by what was typed or pasted.

use std::time::Duration;

use call::{Command, Effect, Event, Input, Problem, Screen};
use protocol::{ClientMessage, Error, ErrorCode, ServerMessage};

use crate::support::{World, room};

fn find(text: &str) -> World {
    let mut world = World::new(true);
    let text = text.to_owned();
    world.command(0, Command::Find { text });
    world
}

fn problem(world: &World) -> (bool, Option<Problem>) {
    match world.view(0).screen {
        Screen::Home {
            finding, problem, ..
        } => (finding, problem),
        other => panic!("not at home but at {other:?}"),
    }
}

#[test]
fn a_code_is_looked_up_on_the_server() {
    let mut world = find("1234 5678");
    assert_eq!(problem(&world), (true, None));
    world.run();
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
    assert_eq!(world.view(0).room.unwrap().id, room());
    assert_eq!(world.relay.said(0), ["find", "peek"]);
}

#[test]
fn a_link_needs_no_look_up() {
    let mut world = find(&format!("https://localhost/r/{}", room().as_str()));
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
    world.run();
    assert_eq!(world.relay.said(0), ["peek"]);
}

#[test]
fn nonsense_is_said_to_be_so_at_once() {
    for (text, wrong) in [
        ("hello?", Problem::NotACodeOrLink),
        (" ", Problem::NothingTyped),
        ("1234 567", Problem::CodeLength { digits: 7 }),
        ("https://localhost/r/AbCdEf", Problem::BrokenLink),
        (
            "https://other.example/r/AAAAAAAAAAAAAAAAAAAAAA",
            Problem::Elsewhere,
        ),
    ] {
        assert_eq!(problem(&find(text)), (false, Some(wrong)), "{text}");
    }
}

#[test]
fn a_link_of_another_server_can_be_followed() {
    let link = format!("https://other.example/r/{}", room().as_str());
    let mut world = find(&link);
    let elsewhere = |world: &World| match world.view(0).screen {
        Screen::Home { elsewhere, .. } => elsewhere,
        other => panic!("not at home but at {other:?}"),
    };
    assert_eq!(elsewhere(&world), Some(link.clone()));
    // The next text replaces the link.
    let text = "hello?".to_owned();
    world.command(0, Command::Find { text });
    assert_eq!(elsewhere(&world), None);
    // The link's address turns out to be another one of this server.
    let origins = vec!["https://other.example".to_owned()];
    world.input(0, Input::Event(Event::OtherOrigins(origins)));
    world.command(0, Command::Find { text: link });
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
}

fn refused(code: ErrorCode, retry_after_ms: Option<u64>) -> (bool, Option<Problem>) {
    let mut world = find("12345678");
    // The socket opens, the question goes out, and its answer is replaced.
    let (socket, event) = world.relay.next_event(0).unwrap();
    let event = call::Event::Socket { socket, event };
    world.input(0, call::Input::Event(event));
    world.relay.drop_events(0);
    world.relay.inject(
        0,
        ServerMessage::Error(Error {
            code,
            message: String::new(),
            refused: Some("find".to_owned()),
            retry_after_ms,
        }),
    );
    world.run();
    problem(&world)
}

#[test]
fn a_wrong_code_and_too_many_tries_are_told() {
    let wrong = refused(ErrorCode::Unavailable, None);
    assert_eq!(wrong, (false, Some(Problem::WrongCode)));
    let retry_after = Duration::from_secs(30);
    let throttled = refused(ErrorCode::TooManyMessages, Some(30_000));
    let too_many = Problem::TooManyTries { retry_after };
    assert_eq!(throttled, (false, Some(too_many)));
}

#[test]
fn without_a_server_it_is_said_and_goes_on_when_there_is_one() {
    let mut world = World::new(true);
    world.relay.down = true;
    let text = "12345678".to_owned();
    world.command(0, Command::Find { text });
    world.run_for(Duration::from_secs(5));
    assert_eq!(problem(&world), (true, Some(Problem::Offline)));
    world.relay.down = false;
    world.run_for(Duration::from_secs(10));
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
}

#[test]
fn a_look_up_is_repeated_on_a_new_socket() {
    let mut world = find("12345678");
    let (socket, event) = world.relay.next_event(0).unwrap();
    let event = call::Event::Socket { socket, event };
    world.input(0, call::Input::Event(event));
    world.relay.cut(0);
    world.run();
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
    let finds = |it: &&(usize, ClientMessage)| it.1.kind() == "find";
    assert_eq!(world.relay.heard.0.iter().filter(finds).count(), 2);
}

#[test]
fn the_address_follows() {
    let mut world = World::new(true);
    let mut shown = Vec::new();
    for command in [Command::OpenRoom { room: room() }, Command::GoHome] {
        let now = world.now;
        let call = &mut world.sides[0].call;
        call.handle(now, call::Input::Command(command));
        while let Some(effect) = call.poll_output() {
            if let Effect::ShowAddress { room, .. } = effect {
                shown.push(room);
            }
        }
    }
    assert_eq!(shown, [Some(room()), None]);
}
