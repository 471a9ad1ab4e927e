//! Somebody else in the call, found again in every new view.

use std::rc::Rc;

use call::Person;

use super::el::follow;
use super::live::Live;
use super::page::Ui;
use super::words;

/// Whose tile or row it is. What is drawn of them follows this person alone: it is not touched when
/// something else of the view changes.
#[derive(Clone)]
pub struct Who {
    ui: Ui,
    id: Rc<str>,
    /// None once the person is gone.
    person: Live<Option<Person>>,
}

impl Who {
    /// Found for as long as the part of the page that this is made in.
    pub fn new(ui: Ui, id: &str) -> Self {
        let person = Live::new(None);
        let id: Rc<str> = id.into();
        let searched = Rc::clone(&id);
        follow(Box::new(move || {
            let now = ui.person(&searched, Person::clone);
            if person.with_untracked(|before| *before != now) {
                person.set(now);
            }
        }));
        Self { ui, id, person }
    }

    pub fn ui(&self) -> Ui {
        self.ui
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Reads the person, if still there.
    pub fn read<T>(&self, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.person.with(|person| person.as_ref().map(read))
    }

    /// The name as it is drawn.
    pub fn name(&self) -> String {
        let name = self.read(|person| words::drawn(&person.name));
        name.unwrap_or_default()
    }
}
