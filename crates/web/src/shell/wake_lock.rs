//! Keeps the screen awake during a call, where the browser can.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use browser::js::{call, call_async, get};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

/// The browser lets go of the lock whenever the page is hidden; then it is taken anew.
#[derive(Clone, Default)]
pub(super) struct WakeLock(Rc<State>);

#[derive(Default)]
struct State {
    wanted: Cell<bool>,
    asking: Cell<bool>,
    held: RefCell<Option<JsValue>>,
}

impl WakeLock {
    /// Holds the lock, or lets go of it.
    pub(super) fn set(&self, wanted: bool) {
        self.0.wanted.set(wanted);
        if wanted {
            self.take();
        } else {
            self.release();
        }
    }

    /// The page is visible again.
    pub(super) fn renew(&self) {
        if self.0.wanted.get() {
            self.take();
        }
    }

    fn take(&self) {
        let held = self.0.held.borrow();
        let is_held = held
            .as_ref()
            .is_some_and(|lock| get(lock, "released").as_bool() == Some(false));
        if is_held || self.0.asking.replace(true) {
            return;
        }
        let lock = self.clone();
        spawn_local(async move {
            // Refused when the battery is low or the page hidden: the call goes on all the same.
            let taken = match web_sys::window() {
                Some(window) => {
                    let locks = get(&window.navigator(), "wakeLock");
                    call_async(&locks, "request", [&"screen".into()]).await
                }
                None => return,
            };
            lock.0.asking.set(false);
            *lock.0.held.borrow_mut() = taken.ok();
            if !lock.0.wanted.get() {
                lock.release();
            }
        });
    }

    fn release(&self) {
        let held = self.0.held.borrow_mut().take();
        if let Some(held) = held {
            let _ = call(&held, "release", []);
        }
    }
}
