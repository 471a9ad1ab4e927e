//! The lobby: see yourself, choose devices, say who you are, join.

use call::{Command, MediaAccess, Screen};

use super::el::{El, button, el};
use super::home::mark;
use super::live::Live;
use super::page::Ui;
use super::words::{self, Say, say};
use super::{allow, bar, bundle, devices, tile};

pub fn screen(ui: Ui) -> El {
    el("div", "lobby")
        .child(
            el("header", "").child(
                button("quiet brand", move || ui.command(Command::GoHome))
                    .attr("aria-label", &["Crabcall: ", say!(home).text()].concat())
                    .child(mark("mark"))
                    .child(el("span", "").attr("translate", "no").text("Crabcall")),
            ),
        )
        .child(
            el("main", "")
                .attr("tabindex", "-1")
                .child(preview(ui))
                .child(enter(ui))
                // The choices come after what is needed first, also for the tab key and for screen
                // readers.
                .child(
                    el("div", "choices")
                        .child(devices::choices(ui))
                        .child(devices::relay_only(ui))
                        .child(connection_test(ui)),
                ),
        )
}

fn preview(ui: Ui) -> El {
    let help = move || ui.read(allow::needed);
    el("div", "preview")
        .class_if("helping", help)
        .child(tile::own(ui, None))
        .when(help, move || allow::help(ui))
        .child(
            el("div", "toggles")
                .child(bar::microphone(ui))
                .child(bar::camera(ui)),
        )
}

/// The button "Test my connection". The test is loaded when somebody presses it.
fn connection_test(ui: Ui) -> El {
    let loading = Live::new(false);
    let failed = Live::new(false);
    let opened = move |is_open: bool| {
        loading.set(false);
        if !is_open {
            // If the server answers but no longer has the file, the page is older than the server.
            ui.world().ask_version(Box::new(move |version| {
                ui.stale.update(|stale| *stale |= version.is_some());
                failed.set(version.is_none());
            }));
        }
    };
    let test = button("quiet test", move || {
        if !loading.get_untracked() {
            loading.set(true);
            failed.set(false);
            bundle::open(bundle::CHECK, opened);
        }
    });
    el("div", "")
        .child(
            test.class_if("loading", move || loading.get())
                .say(say!(test_connection)),
        )
        .when(
            move || failed.get(),
            || {
                el("p", "problem")
                    .attr("role", "alert")
                    .say(say!(test_not_loaded))
            },
        )
}

fn enter(ui: Ui) -> El {
    let screen = move || {
        ui.read(|view| match &view.screen {
            Screen::Lobby {
                joining,
                waiting,
                elsewhere,
                problem,
                ..
            } => (*joining, *waiting, *elsewhere, *problem),
            _ => (false, None, false, None),
        })
    };
    let waiting = move || screen().1.is_some();
    let elsewhere = move || screen().2;
    let anyway =
        move || !waiting() && ui.read(|view| matches!(view.me.camera, MediaAccess::Failed(_)));
    el("form", "enter")
        .on("submit", move |event| {
            event.prevent_default();
            devices::take_name(ui);
            ui.command(Command::Join);
        })
        .child(el("h1", "").say(say!(lobby_title)))
        .child(el("p", "presence muted").text_with(move || {
            ui.read(|view| match &view.screen {
                Screen::Lobby {
                    names: Some(names), ..
                } => words::presence(names),
                _ => String::new(),
            })
        }))
        .child(
            el("p", "elsewhere")
                .class_if("gone", move || !elsewhere())
                .say(say!(elsewhere)),
        )
        .child(devices::name(ui))
        .child(
            el("button", "primary wide")
                .attr("type", "submit")
                .prop_with("disabled", move || screen().0 || waiting())
                .text_with(move || {
                    if elsewhere() {
                        say!(move_here)
                    } else {
                        say!(join_now)
                    }
                    .said()
                }),
        )
        .when(anyway, move || allow::join_anyway(ui))
        .when(waiting, move || {
            el("div", "waiting")
                .child(
                    el("p", "")
                        .text_with(move || screen().1.map_or(Say::NOTHING, words::waiting).said()),
                )
                .child(
                    button("wide", move || ui.command(Command::StopWaiting))
                        .say(say!(stop_waiting)),
                )
        })
        .child(
            el("p", "problem")
                .attr("aria-live", "polite")
                .text_with(move || screen().3.map_or(String::new(), words::problem)),
        )
}
