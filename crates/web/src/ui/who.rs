//! Somebody else in the call, found again in every new view.

use std::rc::Rc;

use call::Person;

use super::el::follow;
use super::live::Live;
use super::page::Ui;
use super::words;

/// The person of a tile or of a row in the list. What is drawn with it changes only when this person
/// does, and not with the rest of the view.
#[derive(Clone)]
pub struct Who {
    ui: Ui,
    id: Rc<str>,
    /// The person as they were drawn last; none after they have left.
    person: Live<Option<Person>>,
}

impl Who {
    /// Follows the person with this id for as long as the part of the page exists in which it is called.
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
