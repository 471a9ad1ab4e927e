//! Texts reach everyone who is there, once, whatever happens to the connection to the server.

use std::time::Duration;

use call::{Bell, Command, Event, Input, MediaOp, Memory, NoticeKind, PageEvent, Screen};
use protocol::{ChatText, ParticipantId, ServerMessage};

use crate::support::{Act, World};

fn connected() -> World {
    World::connected(true, |_| Memory::default())
}

fn write(world: &mut World, at: usize, text: &str) {
    let text = text.to_owned();
    world.command(at, Command::Write { text });
}

/// What is read on a page: "me" or a name, and the text.
fn read(world: &World, at: usize) -> Vec<(String, String)> {
    let chat = world.view(at).chat;
    let messages = chat.messages.iter();
    messages
        .map(|it| {
            let name = match it.from {
                Some(_) => it.name.as_str(),
                None => "me",
            };
            (name.to_owned(), it.text.as_str().to_owned())
        })
        .collect()
}

fn line(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn page_event(world: &mut World, at: usize, event: PageEvent) {
    world.input(at, Input::Event(Event::Page(event)));
}

fn notices(world: &World, at: usize) -> Vec<NoticeKind> {
    let notices = world.view(at).notices.into_iter();
    let kinds = notices.map(|it| it.kind);
    kinds
        .filter(|it| matches!(it, NoticeKind::Chat { .. }))
        .collect()
}

fn rings(world: &World, at: usize) -> usize {
    let done = world.sides[at].kept.media.iter();
    done.filter(|it| matches!(it, MediaOp::Ring)).count()
}

#[test]
fn a_text_is_read_by_the_other_and_shown_to_the_writer() {
    let mut world = connected();
    write(&mut world, 0, "  Hello\nBob\u{202E} ");
    world.run();
    assert_eq!(read(&world, 0), [line("me", "Hello\nBob")]);
    assert_eq!(read(&world, 1), [line("Ada", "Hello\nBob")]);
    assert_eq!(world.view(0).chat.unread, 0);
    assert_eq!(world.view(1).chat.unread, 1);
    write(&mut world, 1, " \n ");
    world.run();
    assert_eq!(read(&world, 0).len(), 1, "an empty text is none");
}

#[test]
fn what_is_unread_is_counted_until_the_chat_is_seen() {
    let mut world = connected();
    write(&mut world, 0, "one");
    write(&mut world, 0, &"two ".repeat(40));
    world.run();
    assert_eq!(world.view(1).chat.unread, 2);
    let [NoticeKind::Chat { name, beginning }] = &notices(&world, 1)[..] else {
        panic!("one notice, of the newest text");
    };
    assert_eq!(name.as_str(), "Ada");
    assert!(beginning.starts_with("two two") && beginning.ends_with('…'));
    world.command(1, Command::OpenChat { open: true });
    assert_eq!(world.view(1).chat.unread, 0);
    assert_eq!(notices(&world, 1), []);
    write(&mut world, 0, "three");
    world.run();
    assert_eq!(world.view(1).chat.unread, 0);
    assert_eq!(notices(&world, 1), []);

    page_event(&mut world, 1, PageEvent::Hidden);
    write(&mut world, 0, "four");
    write(&mut world, 0, "five");
    world.run();
    let view = world.view(1);
    assert_eq!(view.chat.unread, 2);
    assert!(matches!(view.bell, Some(Bell::Wrote { name }) if name.as_str() == "Ada"));
    assert_eq!(rings(&world, 1), 1, "only the first text rings");
    page_event(&mut world, 1, PageEvent::Visible);
    let view = world.view(1);
    assert_eq!((view.chat.unread, view.bell), (0, None));

    // Without the sound it is seen all the same.
    world.command(1, Command::SetBell { on: false });
    page_event(&mut world, 1, PageEvent::Hidden);
    write(&mut world, 0, "six");
    world.run();
    assert!(world.view(1).bell.is_some());
    assert_eq!(rings(&world, 1), 1);
}

#[test]
fn what_is_written_while_the_server_is_away_waits_and_arrives_once() {
    let mut world = connected();
    world.relay.down = true;
    world.act(0, Act::Cut);
    world.run_for(Duration::from_secs(2));
    write(&mut world, 0, "are you there?");
    assert!(world.view(0).chat.messages[0].waits);
    world.run_for(Duration::from_secs(300));
    assert_eq!(read(&world, 1), []);
    world.relay.down = false;
    world.act(0, Act::Online);
    world.run();
    assert_eq!(read(&world, 1), [line("Ada", "are you there?")]);
    assert!(!world.view(0).chat.messages[0].waits);
    // Nothing of it comes again.
    world.act(0, Act::Cut);
    world.act(1, Act::Cut);
    world.run_for(Duration::from_secs(30));
    world.assert_connected();
    assert_eq!(read(&world, 1), [line("Ada", "are you there?")]);
}

/// The texts are said again to those who were there, in whichever order people come back.
#[test]
fn a_restart_of_the_server_loses_no_text() {
    for first in 0..2 {
        for on_its_way in [true, false] {
            let mut world = connected();
            write(&mut world, 0, "before");
            if on_its_way {
                world.relay.drop_events(1);
            } else {
                world.run();
            }
            world.relay.down = true;
            world.relay.restart(true);
            world.run_for(Duration::from_secs(2));
            write(&mut world, 0, "meanwhile");
            write(&mut world, 1, "hello?");
            world.relay.down = false;
            world.act(first, Act::Online);
            world.run_for(Duration::from_secs(20));
            world.assert_connected();
            let mut there = read(&world, 1);
            there.sort();
            assert_eq!(
                there,
                [
                    line("Ada", "before"),
                    line("Ada", "meanwhile"),
                    line("me", "hello?")
                ]
            );
            assert_eq!(read(&world, 0).len(), 3);
        }
    }
}

#[test]
fn one_who_was_away_and_missed_something_gets_the_last_texts_once() {
    let mut world = connected();
    world.relay.down = true;
    world.act(1, Act::Cut);
    write(&mut world, 0, "one");
    world.run_for(Duration::from_secs(2));
    world.relay.down = false;
    world.run_for(Duration::from_secs(10));
    world.assert_connected();
    assert_eq!(read(&world, 1), [line("Ada", "one")]);
    assert_eq!(world.view(1).chat.unread, 1);
}

#[test]
fn who_comes_later_reads_nothing_of_before() {
    let mut world = connected();
    write(&mut world, 0, "between us");
    world.run();
    world.command(1, Command::Leave);
    world.run();
    write(&mut world, 0, "nobody is here");
    assert_eq!(read(&world, 0).len(), 1);
    world.command(1, Command::CallAgain);
    world.run();
    world.command(1, Command::Join);
    world.run();
    world.assert_connected();
    assert_eq!(read(&world, 1), []);
    assert_eq!(read(&world, 0).len(), 1);
    world.command(0, Command::Leave);
    assert!(matches!(world.view(0).screen, Screen::Ended { .. }));
    assert_eq!(read(&world, 0), []);
}

#[test]
fn a_page_that_was_loaded_anew_can_write_and_is_read() {
    let mut world = connected();
    write(&mut world, 0, "one");
    world.run();
    world.wait(Duration::from_millis(5));
    world.reload(0);
    world.run();
    world.command(0, Command::Join);
    world.run();
    world.assert_connected();
    write(&mut world, 0, "two");
    world.run();
    assert_eq!(read(&world, 1), [line("Ada", "one"), line("Ada", "two")]);
}

#[test]
fn who_writes_too_much_has_to_wait_and_loses_nothing() {
    let mut world = connected();
    for number in 0..10 {
        assert!(world.view(0).chat.may_write);
        write(&mut world, 0, &number.to_string());
    }
    assert!(!world.view(0).chat.may_write);
    write(&mut world, 0, "too much");
    world.run();
    assert_eq!(read(&world, 1).len(), 10);
    world.run_for(Duration::from_millis(1_100));
    assert!(world.view(0).chat.may_write);
    write(&mut world, 0, "later");
    world.run();
    assert_eq!(read(&world, 1).len(), 11);
}

#[test]
fn many_texts_and_texts_of_nobody_do_no_harm() {
    let mut world = connected();
    let from = world.view(0).me.participant.unwrap();
    let text = ChatText::clean("x").unwrap();
    for id in 0..600 {
        let from = from.clone();
        let text = text.clone();
        world
            .relay
            .inject(1, ServerMessage::Chat { from, id, text });
    }
    let from = ParticipantId::parse("stranger0000").unwrap();
    world
        .relay
        .inject(1, ServerMessage::Chat { from, id: 1, text });
    world.run();
    let chat = world.view(1).chat;
    assert_eq!(chat.messages.len(), 500);
    assert_eq!(chat.unread, 600);
    assert_eq!(notices(&world, 1).len(), 1);
}
