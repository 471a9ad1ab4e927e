//! Runs the engine: the one place where it is given something and drained.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use browser::Timer;
use call::{Call, Effect, Input, Level, View};
use web_time::Instant;

/// What the engine can be given.
#[derive(Debug)]
pub(super) enum Work {
    Input(Input),
    /// The time it asked for has come.
    Timeout,
}

/// The engine with what waits for it.
pub(super) struct Driver {
    call: RefCell<Call>,
    /// What came while an effect was being performed. Its turn comes right after.
    waiting: RefCell<VecDeque<Work>>,
    running: Cell<bool>,
    timer: Timer,
    drawn: RefCell<Rc<View>>,
    level: Cell<Level>,
}

/// What has changed and has to be drawn.
#[derive(Debug)]
pub enum Shown {
    View(Rc<View>),
    /// How loud the own microphone is.
    Level(Level),
}

impl Driver {
    /// `on_timeout` must give the driver a [`Work::Timeout`].
    pub(super) fn new(call: Call, on_timeout: impl FnMut() + 'static) -> Self {
        let drawn = RefCell::new(Rc::new(call.view()));
        Self {
            call: RefCell::new(call),
            waiting: RefCell::default(),
            running: Cell::new(false),
            timer: Timer::new(on_timeout),
            drawn,
            level: Cell::default(),
        }
    }

    /// The engine, to ask it something. Not to be held while anything is performed.
    pub(super) fn call(&self) -> std::cell::Ref<'_, Call> {
        self.call.borrow()
    }

    /// What there is to draw now.
    pub(super) fn view(&self) -> Rc<View> {
        Rc::clone(&self.drawn.borrow())
    }

    /// Gives the engine `work`, if any, performs the effects that follow in their order, and sets the
    /// timer. Then tells `show` what has changed. If `perform` causes more work, that work is done first,
    /// by the outermost call.
    pub(super) fn run(&self, work: Option<Work>, perform: impl Fn(Effect), show: impl Fn(Shown)) {
        self.waiting.borrow_mut().extend(work);
        if self.running.replace(true) {
            return;
        }
        loop {
            while let Some(effect) = self.next_effect() {
                perform(effect);
            }
            let Some(work) = self.next_work() else { break };
            let now = Instant::now();
            let mut call = self.call.borrow_mut();
            match work {
                Work::Input(input) => call.handle(now, input),
                Work::Timeout => call.handle_timeout(now),
            }
        }
        self.running.set(false);
        self.timer.arm(self.call.borrow().poll_timeout());
        let level = self.call.borrow().level();
        if self.level.replace(level) != level {
            show(Shown::Level(level));
        }
        if let Some(view) = self.changed_view() {
            show(Shown::View(view));
        }
    }

    // Functions of their own, so that no borrow outlives the statement it is needed for.
    fn next_effect(&self) -> Option<Effect> {
        self.call.borrow_mut().poll_output()
    }

    fn next_work(&self) -> Option<Work> {
        self.waiting.borrow_mut().pop_front()
    }

    fn changed_view(&self) -> Option<Rc<View>> {
        let view = self.call.borrow().view();
        let mut drawn = self.drawn.borrow_mut();
        (**drawn != view).then(|| {
            *drawn = Rc::new(view);
            Rc::clone(&drawn)
        })
    }
}
