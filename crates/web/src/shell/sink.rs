//! How events of the browser get into the engine.

use std::rc::Rc;

use call::{Command, Event, Input};

use super::driver::Work;

/// A handle to the engine for everything that has events. Clones lead to the same engine.
#[derive(Clone)]
pub(super) struct Sink(Rc<dyn Fn(Work)>);

impl Sink {
    /// `run` does the work at once, or as soon as the work that is being done has ended.
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
