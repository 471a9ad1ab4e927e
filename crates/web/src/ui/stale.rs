//! A page that is open while the server is updated is older than the server, and parts of it that
//! are loaded later may no longer be there. The page says so, and does not blame the network.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use call::{Problem, Screen, Signalling, Status, View};

use super::dom::{Timer, window};
use super::el::{El, button, el, follow};
use super::icons::{self, icon};
use super::page::Ui;
use super::words::say;

/// How often the server is asked for its version while it seems to be out of reach.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// The notice that the page is old, with a button that reloads it.
pub fn line(ui: Ui) -> El {
    el("div", "").when(
        move || ui.stale.get(),
        move || {
            el("div", "notice")
                .child(el("span", "").say(say!(page_is_old)))
                .child(
                    button("primary", || {
                        let _ = window().location().reload();
                    })
                    .say(say!(reload)),
                )
                .child(
                    button("round quiet", move || ui.stale.set(false))
                        .label(say!(dismiss))
                        .child(icon(icons::CLOSE)),
                )
        },
    )
}

/// Finds out whether the page is old, for as long as the page lasts.
pub fn watch(ui: Ui) {
    // Somebody who has dismissed the notice is not told again by the next answer.
    let told = Rc::new(Cell::new(false));
    let compare = move || {
        let told = Rc::clone(&told);
        ui.world().ask_version(Box::new(move |version| {
            let is_other = version.is_some_and(|version| version != env!("CARGO_PKG_VERSION"));
            if is_other && !told.replace(true) {
                ui.stale.set(true);
            }
        }));
    };
    let mut asking: Option<Timer> = None;
    let (mut was_reached, mut is_first) = (false, true);
    follow(Box::new(move || {
        let trouble = ui.read(is_in_trouble);
        if trouble && asking.is_none() {
            asking = Some(Timer::every(ASK_EVERY, compare.clone()));
        } else if !trouble {
            asking = None;
        }
        let is_reached = ui.read(|view| matches!(view.signalling, Signalling::Ready { .. }));
        // The page came from the server that is reached first.
        if is_reached && !was_reached && !std::mem::take(&mut is_first) {
            compare();
        }
        was_reached = is_reached;
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
