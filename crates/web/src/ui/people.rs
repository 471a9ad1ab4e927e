//! Who is in the call, and what the host may do about it.

use call::Command;
use leptos::prelude::*;
use protocol::{Media, ParticipantId, Role};

use super::Ui;
use super::el::{El, button, each, el};
use super::icons::{self, icon};
use super::words::{self, fill, say};

pub fn content(ui: Ui) -> El {
    let ids = ui.memo(|view| {
        let people = view.people.iter();
        people
            .map(|person| person.id.as_str().to_owned())
            .collect::<Vec<_>>()
    });
    let host = ui.memo(|view| view.me.role == Role::Host);
    let locked = ui.memo(|view| view.room.as_ref().is_some_and(|room| room.locked));
    el("div", "people")
        .child(
            el("ul", "")
                .child(row(
                    ui,
                    move || {
                        let name = ui.read(|view| words::drawn(ui, &view.me.name));
                        fill(say!(ui, you_named), &name)
                    },
                    move || ui.read(|view| (view.me.role, view.me.media)),
                ))
                .child(each(ids, move |id| person(ui, id).into())),
        )
        .child(
            el("p", "muted")
                .class_if("gone", move || !locked.get())
                .text(say!(ui, is_locked)),
        )
        .when(host, move || {
            button("wide", move || {
                let locked = !locked.get_untracked();
                ui.command(Command::SetLocked { locked });
            })
            .child(icon(icons::LOCK))
            .text_with(move || {
                if locked.get() {
                    say!(ui, unlock_call)
                } else {
                    say!(ui, lock_call)
                }
                .to_owned()
            })
        })
}

fn person(ui: Ui, id: String) -> El {
    let host = ui.memo(|view| view.me.role == Role::Host);
    let id = StoredValue::new(id);
    let read = move |read: fn(&call::Person) -> (Role, Media)| {
        id.with_value(|id| ui.person(id, read))
            .unwrap_or((Role::Guest, Media::default()))
    };
    let name = move || {
        id.with_value(|id| ui.person(id, |person| words::drawn(ui, &person.name)))
            .unwrap_or_default()
    };
    row(ui, name, move || read(|person| (person.role, person.media))).when(host, move || {
        button("", move || {
            let participant = id.with_value(|id| ParticipantId::parse(id));
            if let Ok(participant) = participant {
                ui.command(Command::Remove { participant });
            }
        })
        .attr_with("aria-label", move || {
            Some(fill(say!(ui, remove_person), &name()))
        })
        .text(say!(ui, remove))
    })
}

fn row(
    ui: Ui,
    name: impl Fn() -> String + Send + Sync + 'static,
    state: impl Fn() -> (Role, Media) + Send + Sync + 'static,
) -> El {
    let state = Memo::new(move |_| state());
    let words = move || {
        let (role, media) = state.get();
        let mut words = Vec::new();
        if role == Role::Host {
            words.push(say!(ui, host));
        }
        if !media.microphone {
            words.push(say!(ui, is_muted));
        }
        if media.screen {
            words.push(say!(ui, is_sharing));
        } else if !media.camera {
            words.push(say!(ui, is_dark));
        }
        words.join(" · ")
    };
    el("li", "row").child(
        el("div", "who")
            .child(el("bdi", "name").text_with(name))
            .child(el("span", "muted").text_with(words)),
    )
}
