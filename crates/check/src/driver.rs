//! Runs the test: the one place where its engine is given something and drained.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use browser::{Sockets, Timer};
use diagnosis::{Check, Effect, Input, View};
use web_time::Instant;

use crate::probe::Probes;

/// A test that runs. It ends with this value.
pub struct Driver(Rc<Inner>);

struct Inner {
    check: RefCell<Check>,
    /// What came while an effect was being performed; none is the time it asked for.
    waiting: RefCell<VecDeque<Option<Input>>>,
    running: Cell<bool>,
    timer: Timer,
    sockets: Sockets,
    probes: Probes,
    shown: RefCell<View>,
    on_view: Box<dyn Fn(&View)>,
}

impl Driver {
    /// Begins; none if the browser gives no randomness. `on_view` is called with the first view
    /// and with each that differs from the one before.
    pub fn start(on_view: impl Fn(&View) + 'static) -> Option<Self> {
        let check = Check::new(Instant::now(), browser::random::bytes()?);
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let give = |weak: &Weak<Inner>, input| {
                if let Some(inner) = weak.upgrade() {
                    inner.run(input);
                }
            };
            let (timeout, socket, probe) = (weak.clone(), weak.clone(), weak.clone());
            let shown = check.view();
            on_view(&shown);
            Inner {
                check: RefCell::new(check),
                waiting: RefCell::default(),
                running: Cell::new(false),
                timer: Timer::new(move || give(&timeout, None)),
                sockets: Sockets::new(move |id, event| {
                    give(&socket, Some(Input::Socket { socket: id, event }));
                }),
                probes: Probes::new(move |link, event| {
                    give(&probe, Some(Input::Probe { link, event }));
                }),
                shown: RefCell::new(shown),
                on_view: Box::new(on_view),
            }
        });
        inner.run(None);
        Some(Self(inner))
    }

    /// What there is to show now.
    pub fn view(&self) -> View {
        self.0.shown.borrow().clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.run(Some(Input::Stop));
    }
}

impl Inner {
    fn run(&self, input: Option<Input>) {
        self.waiting.borrow_mut().push_back(input);
        if self.running.replace(true) {
            return;
        }
        while let Some(input) = self.next() {
            let now = Instant::now();
            match input {
                Some(input) => self.check.borrow_mut().handle(now, input),
                None => self.check.borrow_mut().handle_timeout(now),
            }
            while let Some(effect) = self.effect() {
                match effect {
                    Effect::Socket { socket, op } => self.sockets.perform(socket, op),
                    Effect::Probe { link, op } => self.probes.perform(link, op),
                }
            }
        }
        self.running.set(false);
        self.timer.arm(self.check.borrow().poll_timeout());
        let view = self.check.borrow().view();
        if *self.shown.borrow() != view {
            self.shown.borrow_mut().clone_from(&view);
            (self.on_view)(&view);
        }
    }

    // Functions of their own, so that no borrow outlives the statement it is needed for.
    fn next(&self) -> Option<Option<Input>> {
        self.waiting.borrow_mut().pop_front()
    }

    fn effect(&self) -> Option<Effect> {
        self.check.borrow_mut().poll_output()
    }
}
