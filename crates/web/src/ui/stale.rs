//! A page that is open while the server is updated is older than the server, and parts of it that
//! are loaded later may no longer be there. The page says so, and does not blame the network.

use std::time::Duration;

use call::{Problem, Screen, Status, View};
use web_sys::Event;

use super::Ui;
use super::dom::{self, Phase, Timer, window};
use super::el::{El, at_end, button, el, follow};
use super::words::say;

/// How often the server is asked for its version while it seems to be out of reach.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// The notice that the page is old, with a button that reloads it.
pub fn line(ui: Ui) -> El {
    el("div", "").when(
        move || ui.stale.get(),
        || {
            el("div", "notice")
                .child(el("span", "").say(say!(page_is_old)))
                .child(
                    button("primary", || {
                        let _ = window().location().reload();
                    })
                    .say(say!(reload)),
                )
        },
    )
}

/// Finds out whether the page is old, for as long as the page lasts.
pub fn watch(ui: Ui) {
    let found = move || {
        // Otherwise the connection test would say that the device may be offline.
        dom::set_root_attribute("data-check", "old");
        ui.stale.set(true);
    };
    // The connection test could not be loaded. If the server answers, that part of the page is
    // gone.
    let heard = dom::hear("check-failed", Phase::Bubble, move |_: Event| {
        ui.world().ask_version(Box::new(move |version| {
            if version.is_some() {
                found();
            }
        }));
    });
    at_end(move || drop(heard));
    let mut asking: Option<Timer> = None;
    follow(Box::new(move || {
        let trouble = ui.read(is_in_trouble);
        if trouble && asking.is_none() {
            asking = Some(Timer::every(ASK_EVERY, move || {
                ui.world().ask_version(Box::new(move |version| {
                    if version.is_some_and(|version| version != env!("CARGO_PKG_VERSION")) {
                        found();
                    }
                }));
            }));
        } else if !trouble {
            asking = None;
        }
    }));
}

/// Whether the server seems to be out of reach.
fn is_in_trouble(view: &View) -> bool {
    let problem = match &view.screen {
        Screen::Home { problem, .. } | Screen::Lobby { problem, .. } => *problem,
        Screen::Call { .. } | Screen::Ended { .. } => None,
    };
    matches!(view.status, Status::ServerLost | Status::Blocked(_))
        || matches!(problem, Some(Problem::Offline | Problem::Blocked(_)))
}
