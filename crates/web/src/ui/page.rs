//! What every part of the page is given: the view, and what is open.

use std::rc::Rc;

use call::{Command, Level, Person, Screen, View};

use crate::shell::Shown;

use super::live::Live;
use super::menu;
use super::panel::Panel;
use super::world::World;

/// What every part of the page is given: it stays for as long as the page does.
pub type Ui = &'static Page;

pub struct Page {
    pub view: Live<Rc<View>>,
    /// How loud the own microphone is.
    pub level: Live<Level>,
    world: Box<dyn World>,
    /// The panel that is open.
    pub panel: Live<Option<Panel>>,
    /// What is typed into the chat and not sent yet.
    pub draft: Live<String>,
    /// Nobody has moved for a while in a call: controls fade.
    pub idle: Live<bool>,
    /// Single letters are shortcuts.
    pub keys: Live<bool>,
    /// The server has another version than this page.
    pub stale: Live<bool>,
}

impl Page {
    /// Makes the page's only `Ui`, which is never freed. `keys` says whether single letters are
    /// shortcuts.
    pub fn leaked(view: Rc<View>, world: Box<dyn World>, keys: bool) -> Ui {
        Box::leak(Box::new(Self {
            view: Live::new(view),
            level: Live::new(Level::default()),
            world,
            panel: Live::new(None),
            draft: Live::new(String::new()),
            idle: Live::new(false),
            keys: Live::new(keys),
            stale: Live::new(false),
        }))
    }

    /// Shows a change.
    pub fn show(&self, shown: Shown) {
        match shown {
            Shown::View(view) => self.view.set(view),
            Shown::Level(level) => self.level.set(level),
        }
    }

    /// Reads another person from the view, and follows the view where signals are followed. None if nobody
    /// has this id.
    pub fn person<T>(&self, id: &str, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.read(|view| {
            let mut people = view.people.iter();
            people.find(|person| person.id.as_str() == id).map(read)
        })
    }

    /// Reads the view, and follows it where signals are followed.
    pub fn read<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        self.view.with(|view| read(view))
    }

    /// Reads the view as it is now, and follows nothing.
    pub fn peek<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        self.view.with_untracked(|view| read(view))
    }

    /// Whether nobody else fits into the call.
    pub fn is_full(&self) -> bool {
        self.read(|view| {
            let there = view.people.len() + 1;
            let room = view.room.as_ref();
            room.is_some_and(|room| there >= room.max_participants as usize)
        })
    }

    /// The ids of the others, in the order they came.
    pub fn people(&self) -> Vec<String> {
        self.read(|view| {
            let people = view.people.iter();
            people.map(|person| person.id.as_str().to_owned()).collect()
        })
    }

    /// The ids of the others who share their screen.
    pub fn sharers(&self) -> Vec<String> {
        self.read(|view| {
            let people = view.people.iter().filter(|person| person.media.screen);
            people.map(|person| person.id.as_str().to_owned()).collect()
        })
    }

    pub fn command(&self, command: Command) {
        self.world().command(command);
    }

    pub fn world(&self) -> &dyn World {
        &*self.world
    }

    /// Opens a panel, and closes another that is open.
    pub fn open(&self, panel: Panel) {
        // A menu lies over every panel and would hide this one.
        menu::close_any();
        self.panel.set(Some(panel));
    }

    /// Opens a panel, or closes it if it is open.
    pub fn toggle(&self, panel: Panel) {
        menu::close_any();
        let open = self.panel.get_untracked() == Some(panel);
        self.panel.set(if open { None } else { Some(panel) });
    }
}

/// Which screen, without what changes on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Home,
    Lobby,
    Call,
    Ended,
}

/// The screen of a view.
pub fn place(view: &View) -> Place {
    match view.screen {
        Screen::Home { .. } => Place::Home,
        Screen::Lobby { .. } => Place::Lobby,
        Screen::Call { .. } => Place::Call,
        Screen::Ended { .. } => Place::Ended,
    }
}

impl Place {
    /// As the style sheet knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Lobby => "lobby",
            Self::Call => "call",
            Self::Ended => "ended",
        }
    }
}
