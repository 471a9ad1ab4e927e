//! Who is in the call, and what the host may do about it.

use call::Command;
use leptos::prelude::untrack;
use protocol::{Media, ParticipantId, Role};

use super::Ui;
use super::el::{El, button, el};
use super::icons::{self, icon};
use super::who::Who;
use super::words::{self, fill, say};

pub fn content(ui: Ui) -> El {
    let host = move || ui.read(|view| view.me.role == Role::Host);
    let locked = move || ui.read(|view| view.room.as_ref().is_some_and(|room| room.locked));
    let me = row(
        move || {
            let name = ui.read(|view| words::drawn(&view.me.name));
            fill(say!(you_named), &name)
        },
        move || ui.read(|view| (view.me.role, view.me.media)),
    );
    el("div", "people")
        .child(
            el("ul", "")
                .child(me)
                .each(move || ui.people(), move |id| person(ui, id)),
        )
        .child(
            el("p", "muted")
                .class_if("gone", move || !locked())
                .say(say!(is_locked)),
        )
        .when(host, move || {
            button("wide", move || {
                let locked = !untrack(locked);
                ui.command(Command::SetLocked { locked });
            })
            .child(icon(icons::LOCK))
            .text_with(move || {
                if locked() {
                    say!(unlock_call)
                } else {
                    say!(lock_call)
                }
                .said()
            })
        })
}

fn person(ui: Ui, id: &str) -> El {
    let who = Who::new(ui, id);
    let name = who.clone();
    let state = who.clone();
    let row = row(
        move || name.name(),
        move || {
            let state = state.read(|person| (person.role, person.media));
            state.unwrap_or((Role::Guest, Media::default()))
        },
    );
    let host = move || ui.read(|view| view.me.role == Role::Host);
    row.when(host, move || {
        let (who, name) = (who.clone(), who.clone());
        button("", move || {
            if let Ok(participant) = ParticipantId::parse(who.id()) {
                ui.command(Command::Remove { participant });
            }
        })
        .attr_with("aria-label", move || {
            fill(say!(remove_person), &name.name())
        })
        .say(say!(remove))
    })
}

fn row(name: impl Fn() -> String + 'static, state: impl Fn() -> (Role, Media) + 'static) -> El {
    let words = move || {
        let (role, media) = state();
        let mut words = Vec::new();
        if role == Role::Host {
            words.push(say!(host).text());
        }
        if !media.microphone {
            words.push(say!(is_muted).text());
        }
        if media.screen {
            words.push(say!(is_sharing).text());
        } else if !media.camera {
            words.push(say!(is_dark).text());
        }
        words.join(" · ")
    };
    el("li", "row").child(
        el("div", "who")
            .child(el("bdi", "name").text_with(name))
            .child(el("span", "muted").text_with(words)),
    )
}
