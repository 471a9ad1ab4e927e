//! Draws the engine's view, and tells it what the person wants. Knows nothing of sockets and peer
//! connections: only [`call::View`], [`call::Command`] and [`World`].

mod allow;
mod arrows;
mod bar;
mod browser;
mod bundle;
mod call_screen;
mod chat;
mod corner;
mod details;
mod devices;
mod dialog;
mod dom;
mod el;
mod ended;
mod floor;
mod grid;
mod home;
mod icons;
mod identity;
mod invite;
mod keys;
mod leaving;
mod links;
mod live;
mod lobby;
mod log_words;
mod menu;
mod more;
mod notices;
mod notify;
mod page;
mod panel;
mod people;
mod plot;
mod qr;
mod sending;
mod stale;
mod status;
mod switch;
mod tab;
mod tile;
mod volume;
mod who;
mod words;
mod world;

use std::cell::Cell;
use std::rc::Rc;

use any_spawner::Executor;
use call::View;
use reactive_graph::owner::Owner;

use crate::shell::{Shown, Stage};
use dom::{document, window};
use el::{El, el, follow};
use page::{Page, Place, Ui, place};
use panel::Panel;
pub use world::World;

/// Draws the page, with the engine behind it.
pub fn mount() {
    mount_with(|show| {
        let stage = Stage::start(show);
        (stage.view(), Box::new(stage))
    });
}

/// Draws the page. `start` is given the function that is to be called with each change, and returns the
/// first view and the world that the page acts on.
pub fn mount_with(start: impl FnOnce(Box<dyn Fn(Shown)>) -> (Rc<View>, Box<dyn World>) + 'static) {
    let Some(body) = document().body() else {
        return;
    };
    if let Some(loaded) = dom::property(&window(), "words").as_string() {
        words::speak(&dom::language(), loaded);
    }
    // What index.html shows until now.
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    let page = move || {
        let there = Rc::new(Cell::new(None::<Ui>));
        let shows = Rc::clone(&there);
        let (view, world) = start(Box::new(move |shown| {
            if let Some(ui) = shows.get() {
                ui.show(shown);
            }
        }));
        let ui = Page::leaked(view, world, keys::are_on());
        there.set(Some(ui));
        // An append to the body does not fail.
        let _ = body.append_child(&root(ui).element());
    };
    // An error says that the browser drives the effects already.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    owner.with(page);
    // There is one page, and it lasts until it is left.
    std::mem::forget(owner);
}

fn root(ui: Ui) -> El {
    dom::set_root_attribute("lang", words::language());
    let mut before = None;
    follow(Box::new(move || {
        let now = ui.read(place);
        if before == Some(now) {
            return;
        }
        ui.panel.set(None);
        ui.draft.set(String::new());
        ui.idle.set(false);
        dom::set_root_attribute("data-place", now.as_str());
        if before.is_some() {
            // A screen reader and the tab key go on from the new screen's beginning.
            dom::soon(Box::new(|| {
                window().scroll_to_with_x_and_y(0.0, 0.0);
                dom::focus("main");
            }));
        }
        before = Some(now);
    }));
    tab::follow_bell(ui);
    notify::follow_bell(ui);
    keys::listen(ui);
    stale::watch(ui);
    let mut backs = ui.peek(|view| view.backs);
    follow(Box::new(move || {
        let now = ui.read(|view| view.backs);
        if std::mem::replace(&mut backs, now) == now {
            return;
        }
        let open = ui.panel.get_untracked().is_some();
        if !menu::close_any() {
            ui.panel.set(if open { None } else { Some(Panel::Leaving) });
        }
    }));
    el("div", "page")
        .child(status::line(ui))
        .child(status::aloud(ui))
        .part(
            move || ui.read(place) as usize,
            move |_| {
                Some(match ui.peek(place) {
                    Place::Home => home::screen(ui),
                    Place::Lobby => lobby::screen(ui),
                    Place::Call => call_screen::screen(ui),
                    Place::Ended => ended::screen(ui),
                })
            },
        )
        .child(notices::notices(ui))
}
