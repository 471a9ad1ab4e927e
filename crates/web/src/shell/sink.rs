//! The way of everything that happens into the engine.

use std::rc::Rc;

use call::{Command, Event, Input};

use super::driver::Work;

/// Given to whatever something happens to. Clones lead to the same engine.
#[derive(Clone)]
pub(super) struct Sink(Rc<dyn Fn(Work)>);

impl Sink {
    /// `run` does the work at once, or right after what is being done.
    pub(super) fn new(run: impl Fn(Work) + 'static) -> Self {
        Self(Rc::new(run))
    }

    pub(super) fn event(&self, event: Event) {
        self.give(Work::Input(Input::Event(event)));
    }

    pub(super) fn command(&self, command: Command) {
        self.give(Work::Input(Input::Command(command)));
    }

    pub(super) fn give(&self, work: Work) {
        (self.0)(work);
    }
}
