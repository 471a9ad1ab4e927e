//! Somebody else in the call, found again in every new view.

use std::rc::Rc;

use call::Person;

use super::page::Ui;
use super::words;

/// Whose tile, row or details it is.
#[derive(Clone)]
pub struct Who {
    ui: Ui,
    id: Rc<str>,
}

impl Who {
    pub fn new(ui: Ui, id: &str) -> Self {
        Self { ui, id: id.into() }
    }

    pub fn ui(&self) -> Ui {
        self.ui
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Reads the person, if still there.
    pub fn read<T>(&self, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.ui.read(|view| {
            let mut people = view.people.iter();
            people
                .find(|person| person.id.as_str() == &*self.id)
                .map(read)
        })
    }

    /// The name as it is drawn.
    pub fn name(&self) -> String {
        let name = self.read(|person| words::drawn(&person.name));
        name.unwrap_or_default()
    }
}
