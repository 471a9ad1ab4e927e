//! Draws the engine's view, and tells it what the person wants. Knows nothing of sockets and peer
//! connections: only [`call::View`], [`call::Command`] and [`World`].

mod allow;
mod arrows;
mod bar;
mod browser;
mod call_screen;
mod chat;
mod corner;
mod details;
mod devices;
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
mod panel;
mod people;
mod plot;
mod qr;
mod sending;
mod stale;
mod status;
mod tab;
mod tile;
mod volume;
mod who;
mod words;
mod world;

use std::cell::Cell;
use std::rc::Rc;

use any_spawner::Executor;
use call::{Command, Screen, View};
use reactive_graph::owner::Owner;

use crate::shell::Stage;
use dom::{document, window};
use el::{El, el, follow};
use live::Live;
use panel::Panel;
pub use world::World;

/// What every part of the page is given: it stays for as long as the page does.
type Ui = &'static Page;

struct Page {
    view: Live<Rc<View>>,
    world: Box<dyn World>,
    /// The panel that is open.
    panel: Live<Option<Panel>>,
    /// What is typed into the chat and not sent yet.
    draft: Live<String>,
    /// Nobody has moved for a while in a call: controls fade.
    idle: Live<bool>,
    /// Single letters are shortcuts.
    keys: Live<bool>,
    /// The server has another version than this page.
    stale: Live<bool>,
}

impl Page {
    /// Reads the view, and follows it where signals are followed.
    fn read<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        self.view.with(|view| read(view))
    }

    /// Reads the view as it is now, and follows nothing.
    fn peek<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        self.view.with_untracked(|view| read(view))
    }

    /// Whether nobody else fits into the call.
    fn is_full(&self) -> bool {
        self.read(|view| {
            let there = view.people.len() + 1;
            let room = view.room.as_ref();
            room.is_some_and(|room| there >= room.max_participants as usize)
        })
    }

    /// The ids of the others, in the order they came.
    fn people(&self) -> Vec<String> {
        self.read(|view| {
            let people = view.people.iter();
            people.map(|person| person.id.as_str().to_owned()).collect()
        })
    }

    /// The ids of the others who share their screen.
    fn sharers(&self) -> Vec<String> {
        self.read(|view| {
            let people = view.people.iter().filter(|person| person.media.screen);
            people.map(|person| person.id.as_str().to_owned()).collect()
        })
    }

    fn command(&self, command: Command) {
        self.world().command(command);
    }

    fn world(&self) -> &dyn World {
        &*self.world
    }
}

/// Draws the page, with the engine behind it.
pub fn mount() {
    mount_with(|show| {
        let stage = Stage::start(show);
        (stage.view(), Box::new(stage))
    });
}

/// Draws the page over any world. `start` is given what shows a new view, and returns the first
/// view and the world.
pub fn mount_with(
    start: impl FnOnce(Box<dyn Fn(Rc<View>)>) -> (Rc<View>, Box<dyn World>) + 'static,
) {
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
        let shown = Rc::new(Cell::new(None::<Live<Rc<View>>>));
        let shows = Rc::clone(&shown);
        let (view, world) = start(Box::new(move |view| {
            if let Some(shown) = shows.get() {
                shown.set(view);
            }
        }));
        let ui: Ui = Box::leak(Box::new(Page {
            view: Live::new(view),
            world,
            panel: Live::new(None),
            draft: Live::new(String::new()),
            idle: Live::new(false),
            keys: Live::new(keys::are_on()),
            stale: Live::new(false),
        }));
        shown.set(Some(ui.view));
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

/// Which screen, without what changes on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Home,
    Lobby,
    Call,
    Ended,
}

fn place(view: &View) -> Place {
    match view.screen {
        Screen::Home { .. } => Place::Home,
        Screen::Lobby { .. } => Place::Lobby,
        Screen::Call { .. } => Place::Call,
        Screen::Ended { .. } => Place::Ended,
    }
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

impl Place {
    /// As the style sheet knows it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Lobby => "lobby",
            Self::Call => "call",
            Self::Ended => "ended",
        }
    }
}
