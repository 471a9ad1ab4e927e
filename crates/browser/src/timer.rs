//! Time that is waited for.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_time::Instant;

/// One timer of the browser, set anew as needed.
pub struct Timer {
    /// The handle and when it rings; none once it has rung.
    armed: Rc<Cell<Option<(i32, Instant)>>>,
    ring: Closure<dyn FnMut()>,
}

impl Timer {
    /// `on_timeout` is called when it rings.
    pub fn new(mut on_timeout: impl FnMut() + 'static) -> Self {
        let armed = Rc::new(Cell::new(None));
        let rung = Rc::clone(&armed);
        Self {
            armed,
            ring: Closure::new(move || {
                // Browsers round their clock, each in its own way: by that, it may have rung too
                // early, and has to be set for the same time again.
                rung.set(None);
                on_timeout();
            }),
        }
    }

    /// To ring then, or not at all; it rings once.
    pub fn arm(&self, deadline: Option<Instant>) {
        let Some(window) = web_sys::window() else {
            return;
        };
        if let Some((handle, at)) = self.armed.get() {
            if Some(at) == deadline {
                return;
            }
            window.clear_timeout_with_handle(handle);
            self.armed.set(None);
        }
        let Some(at) = deadline else { return };
        let wait = at.saturating_duration_since(Instant::now());
        // Rounded up: a timer that rings early would only be set again.
        let wait_ms =
            wait.as_secs().saturating_mul(1_000) + u64::from(wait.subsec_micros().div_ceil(1_000));
        let wait_ms = i32::try_from(wait_ms).unwrap_or(i32::MAX);
        let ring = self.ring.as_ref().unchecked_ref();
        if let Ok(handle) =
            window.set_timeout_with_callback_and_timeout_and_arguments_0(ring, wait_ms)
        {
            self.armed.set(Some((handle, at)));
        }
    }
}
