//! The lobby: see yourself, choose devices, say who you are, join.

use call::{Command, MediaAccess, Screen};
use leptos::prelude::*;

use super::el::{El, button, el};
use super::home::mark;
use super::words::{self, say};
use super::{Ui, allow, bar, devices, tile};

pub fn screen(ui: Ui) -> AnyView {
    el("div", "lobby")
        .child(
            el("header", "").child(
                button("quiet brand", move || ui.command(Command::GoHome))
                    .label(say!(ui, home))
                    .child(mark("mark"))
                    .child(el("span", "").text("Crabcall")),
            ),
        )
        .child(
            el("main", "")
                .attr("tabindex", "-1")
                .child(
                    el("div", "left")
                        .child(preview(ui))
                        .child(devices::choices(ui)),
                )
                .child(enter(ui)),
        )
        .into()
}

fn preview(ui: Ui) -> El {
    let help = ui.memo(allow::needed);
    el("div", "preview")
        .class_if("helping", move || help.get())
        .child(tile::own(ui, None))
        .when(help, move || allow::help(ui))
        .child(
            el("div", "toggles")
                .child(bar::microphone(ui))
                .child(bar::camera(ui)),
        )
}

fn enter(ui: Ui) -> El {
    let screen = ui.memo(|view| match &view.screen {
        Screen::Lobby {
            joining,
            waiting,
            problem,
            ..
        } => (*joining, *waiting, *problem),
        _ => (false, false, None),
    });
    let waiting = Memo::new(move |_| screen.get().1);
    let no_camera = ui.memo(|view| matches!(view.me.camera, MediaAccess::Failed(_)));
    let anyway = Memo::new(move |_| no_camera.get() && !waiting.get());
    let names = ui.memo(|view| match &view.screen {
        Screen::Lobby { names, .. } => names.clone(),
        _ => None,
    });
    el("form", "enter")
        .on("submit", move |event| {
            event.prevent_default();
            devices::take_name(ui);
            ui.command(Command::Join);
        })
        .child(el("h1", "").text(say!(ui, lobby_title)))
        .child(el("p", "presence muted").text_with(move || {
            names.with(|names| {
                let names = names.as_ref();
                names.map_or(String::new(), |names| words::presence(ui, names))
            })
        }))
        .child(devices::name(ui))
        .child(
            el("button", "primary wide")
                .attr("type", "submit")
                .prop_with("disabled", move || screen.get().0 || waiting.get())
                .text(say!(ui, join_now)),
        )
        .when(anyway, move || allow::join_anyway(ui))
        .when(waiting, move || {
            el("div", "waiting")
                .child(el("p", "").text(say!(ui, waiting_why)))
                .child(
                    button("wide", move || ui.command(Command::StopWaiting))
                        .text(say!(ui, stop_waiting)),
                )
        })
        .child(
            el("p", "problem")
                .attr("aria-live", "polite")
                .text_with(move || {
                    let problem = screen.get().2;
                    problem.map_or(String::new(), |problem| words::problem(ui, problem))
                }),
        )
}
