//! Who is in the call, and what can be done about them.

use call::Command;
use protocol::{Media, ParticipantId, Role};
use reactive_graph::graph::untrack;

use super::el::{El, button, el};
use super::icons::{self, Icon, icon};
use super::live::Live;
use super::menu::{Item, focus_in_row, with_menu};
use super::page::Ui;
use super::who::Who;
use super::words::{self, Say, fill, say};
use super::{identity, volume};

pub fn content(ui: Ui) -> El {
    let host = move || ui.read(|view| view.me.role == Role::Host);
    let locked = move || ui.read(|view| view.room.as_ref().is_some_and(|room| room.locked));
    el("div", "people")
        .child(
            el("ul", "")
                .child(me(ui))
                .each(move || ui.people(), move |id| person(ui, id)),
        )
        .when(
            move || {
                ui.read(|view| {
                    let mut room = view.room.iter();
                    room.any(|room| !room.kept_out.is_empty())
                })
            },
            move || kept_out(ui),
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
    let asks = Live::new(false);
    let sets_volume = Live::new(false);
    let (asked, heard, muted) = (who.clone(), who.clone(), who.clone());
    let is_muted = move || muted.read(|person| person.hearing.muted) == Some(true);
    row.child(sign(icons::SPEAKER_OFF, say!(is_muted_for_you), is_muted))
        .child(actions(&who, asks, sets_volume))
        .when(
            move || sets_volume.get(),
            move || volume::setting(&heard, sets_volume),
        )
        .when(move || host() && asks.get(), move || question(&asked, asks))
}

/// What can be done about somebody, by a host and by everybody.
fn actions(who: &Who, asks: Live<bool>, sets_volume: Live<bool>) -> El {
    let (who, name) = (who.clone(), who.clone());
    let label = move || fill(say!(actions_for), &name.name());
    let opener = button("round quiet", || ())
        .attr_with("aria-label", label)
        .child(icon(icons::MORE));
    with_menu(opener, move || {
        let mut items = volume::items(&who, sets_volume);
        if who.ui().peek(|view| view.me.role) != Role::Host {
            return items;
        }
        if who.read(|person| person.role) == Some(Role::Guest) {
            let promoted = who.clone();
            items.push(Item::Do {
                picture: icons::PEOPLE,
                label: fill(say!(make_person_host), &who.name()),
                run: Box::new(move || {
                    if let Ok(participant) = ParticipantId::parse(promoted.id()) {
                        let command = Command::MakeHost { participant };
                        promoted.ui().command(command);
                    }
                }),
            });
        }
        items.push(Item::Do {
            picture: icons::CLOSE,
            label: fill(say!(remove_person), &who.name()),
            run: Box::new(move || asks.set(true)),
        });
        items
    })
}

/// The question whether to remove somebody. The focus goes to the harmless answer, which also
/// scrolls the question into sight where the page is low.
fn question(who: &Who, asks: Live<bool>) -> El {
    let (who, name) = (who.clone(), who.clone());
    let remove = move || {
        if let Ok(participant) = ParticipantId::parse(who.id()) {
            who.ui().command(Command::Remove { participant });
        }
    };
    el("div", "asks")
        .attr("role", "group")
        .child(el("p", "").text_with(move || fill(say!(remove_question), &name.name())))
        .child(
            el("div", "buttons")
                .child(button("danger", remove).say(say!(remove_now)))
                .child(
                    el("button", "")
                        .attr("type", "button")
                        .on("click", move |event| {
                            focus_in_row(&event);
                            asks.set(false);
                        })
                        .say(say!(cancel))
                        .mounted(|cancel| {
                            let _ = cancel.focus();
                        }),
                ),
        )
}

/// Those who were removed, and may be let in again.
fn kept_out(ui: Ui) -> El {
    let ids = move || {
        ui.read(|view| {
            let room = view.room.iter();
            let all = room.flat_map(|room| &room.kept_out);
            all.map(|it| it.id.as_str().to_owned()).collect()
        })
    };
    el("section", "")
        .child(el("h3", "").say(say!(kept_out)))
        .child(el("ul", "").each(ids, move |id| kept_out_row(ui, id)))
}

fn kept_out_row(ui: Ui, id: &str) -> El {
    let found = ui.read(|view| {
        let room = view.room.iter();
        let mut all = room.flat_map(|room| &room.kept_out);
        all.find(|it| it.id.as_str() == id).cloned()
    });
    let Some(found) = found else {
        return el("li", "");
    };
    let name = words::drawn(&found.name);
    let participant = found.id;
    el("li", "row")
        .child(el("div", "who").child(el("bdi", "name").attr("translate", "no").text(&name)))
        .child(
            button("", move || {
                let participant = participant.clone();
                ui.command(Command::Readmit { participant });
            })
            .attr("aria-label", &fill(say!(readmit_person), &name))
            .say(say!(readmit)),
        )
}

fn row(
    name: impl Fn() -> String + 'static,
    shown: impl Fn() -> String + 'static,
    hue: impl Fn() -> usize + 'static,
    state: impl Fn() -> (Role, Media) + Clone + 'static,
) -> El {
    // Makes a condition on the person's role and media that follows each new view.
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
                    is(|_, media| !media.camera),
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
