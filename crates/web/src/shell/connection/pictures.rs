//! Whether pictures are sent, and that they begin with a whole one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::RtcRtpSender;

use crate::shell::js::{call, call_async, get, set, settled, warn};

/// A browser refuses while something else is changing the same sender.
const TRIES: u32 = 10;
const BETWEEN_MS: i32 = 50;

/// The steps that the sender of pictures still has to take.
#[derive(Default, Clone)]
pub(super) struct Pictures(Rc<Inner>);

#[derive(Default)]
struct Inner {
    steps: RefCell<VecDeque<bool>>,
    walking: Cell<bool>,
}

impl Pictures {
    /// Sends none for now.
    pub(super) fn pause(&self, sender: RtcRtpSender) {
        self.go([false].into(), sender);
    }

    /// Sends them, and begins with a whole one (a key frame), as a sender does that was off.
    pub(super) fn refresh(&self, sender: RtcRtpSender) {
        self.go([false, true].into(), sender);
    }

    /// In place of the steps that were not taken yet.
    fn go(&self, steps: VecDeque<bool>, sender: RtcRtpSender) {
        *self.0.steps.borrow_mut() = steps;
        if self.0.walking.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            while let Some(on) = this.next() {
                if let Err(error) = step(&sender, on).await {
                    warn("setParameters", &error);
                }
            }
            this.0.walking.set(false);
        });
    }

    fn next(&self) -> Option<bool> {
        self.0.steps.borrow_mut().pop_front()
    }
}

async fn step(sender: &RtcRtpSender, on: bool) -> Result<(), JsValue> {
    for _ in 1..TRIES {
        if activate(sender, on).await.is_ok() {
            return Ok(());
        }
        settled(later().unchecked_into()).await?;
    }
    activate(sender, on).await
}

async fn activate(sender: &RtcRtpSender, on: bool) -> Result<(), JsValue> {
    let parameters = call(sender, "getParameters", [])?;
    let encodings: Array = get(&parameters, "encodings").dyn_into()?;
    for encoding in encodings.iter() {
        set(&encoding, "active", on);
    }
    call_async(sender, "setParameters", [&parameters]).await?;
    Ok(())
}

fn later() -> Promise {
    Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ =
                window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, BETWEEN_MS);
        }
    })
}
