//! Who is in the call, and what the host may do about it.

use call::Command;
use leptos::prelude::untrack;
use protocol::{Media, ParticipantId, Role};

use super::el::{El, button, el};
use super::icons::{self, Icon, icon};
use super::menu::{Item, with_menu};
use super::who::Who;
use super::words::{self, Say, fill, say};
use super::{Ui, identity};

pub fn content(ui: Ui) -> El {
    let host = move || ui.read(|view| view.me.role == Role::Host);
    let locked = move || ui.read(|view| view.room.as_ref().is_some_and(|room| room.locked));
    el("div", "people")
        .child(
            el("ul", "")
                .child(me(ui))
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
            .child(el("span", "").text_with(move || {
                if locked() {
                    say!(unlock_call)
                } else {
                    say!(lock_call)
                }
                .said()
            }))
        })
}

fn me(ui: Ui) -> El {
    let name = move || ui.read(|view| words::drawn(&view.me.name));
    row(
        name,
        move || fill(say!(you_named), &name()),
        move || identity::of_me(ui),
        move || ui.read(|view| (view.me.role, view.me.media)),
    )
}

fn person(ui: Ui, id: &str) -> El {
    let who = Who::new(ui, id);
    let hue = identity::hue(id);
    let (name, shown, state) = (who.clone(), who.clone(), who.clone());
    let row = row(
        move || name.name(),
        move || shown.name(),
        move || hue,
        move || {
            let state = state.read(|person| (person.role, person.media));
            state.unwrap_or((Role::Guest, Media::default()))
        },
    );
    let host = move || ui.read(|view| view.me.role == Role::Host);
    row.when(host, move || actions(&who))
}

/// What the host may do about somebody.
fn actions(who: &Who) -> El {
    let (who, name) = (who.clone(), who.clone());
    let label = move || fill(say!(actions_for), &name.name());
    let opener = button("round quiet", || ())
        .attr_with("aria-label", label)
        .child(icon(icons::MORE));
    with_menu(opener, move || {
        let removed = who.clone();
        vec![Item::Do {
            picture: icons::CLOSE,
            label: fill(say!(remove_person), &who.name()),
            run: Box::new(move || {
                if let Ok(participant) = ParticipantId::parse(removed.id()) {
                    removed.ui().command(Command::Remove { participant });
                }
            }),
        }]
    })
}

fn row(
    name: impl Fn() -> String + 'static,
    shown: impl Fn() -> String + 'static,
    hue: impl Fn() -> usize + 'static,
    state: impl Fn() -> (Role, Media) + Clone + 'static,
) -> El {
    // What is asked of the person in each new view.
    let is = |read: fn(Role, Media) -> bool| {
        let state = state.clone();
        move || {
            let (role, media) = state();
            read(role, media)
        }
    };
    el("li", "row")
        .child(identity::disc(name, hue))
        .child(
            el("div", "who")
                .child(el("bdi", "name").attr("translate", "no").text_with(shown))
                .when(is(|role, _| role == Role::Host), || {
                    el("span", "muted").say(say!(host))
                }),
        )
        .child(
            el("div", "signs")
                .child(sign(
                    icons::SCREEN,
                    say!(is_sharing),
                    is(|_, media| media.screen),
                ))
                .child(sign(
                    icons::CAMERA_OFF,
                    say!(is_dark),
                    is(|_, media| !media.camera && !media.screen),
                ))
                .child(sign(
                    icons::MICROPHONE_OFF,
                    say!(is_muted),
                    is(|_, media| !media.microphone),
                )),
        )
}

fn sign(picture: Icon, words: Say, there: impl Fn() -> bool + 'static) -> El {
    el("span", "sign").title(words).when(there, move || {
        el("span", "")
            .child(icon(picture))
            .child(el("span", "sr").say(words))
    })
}
