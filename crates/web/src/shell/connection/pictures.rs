//! How the sender of pictures sends them, whether it does, and that they begin with a whole one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use browser::js::{call, call_async, get, number, set, settled, warn};
use call::Encoding;
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::RtcRtpSender;

/// A browser refuses while something else is changing the same sender.
const TRIES: u32 = 10;
const BETWEEN_MS: i32 = 50;

/// The changes that are still to be made to a sender of pictures, one after the other.
#[derive(Default, Clone)]
pub(super) struct Pictures(Rc<Inner>);

#[derive(Default)]
struct Inner {
    changes: RefCell<VecDeque<Change>>,
    working: Cell<bool>,
}

#[derive(Clone, Copy)]
enum Change {
    Active(bool),
    Encode(Encoding),
}

impl Pictures {
    /// Sends none for now.
    pub(super) fn pause(&self, sender: RtcRtpSender) {
        self.activate(&[false], sender);
    }

    /// Sends them, and begins with a whole one (a key frame), as a sender does that was off.
    pub(super) fn refresh(&self, sender: RtcRtpSender) {
        self.activate(&[false, true], sender);
    }

    /// Sends them like this.
    pub(super) fn encode(&self, encoding: Encoding, sender: RtcRtpSender) {
        let mut changes = self.0.changes.borrow_mut();
        changes.retain(|change| !matches!(change, Change::Encode(_)));
        changes.push_back(Change::Encode(encoding));
        drop(changes);
        self.work(sender);
    }

    fn activate(&self, steps: &[bool], sender: RtcRtpSender) {
        let mut changes = self.0.changes.borrow_mut();
        changes.retain(|change| !matches!(change, Change::Active(_)));
        changes.extend(steps.iter().map(|on| Change::Active(*on)));
        drop(changes);
        self.work(sender);
    }

    fn work(&self, sender: RtcRtpSender) {
        if self.0.working.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            while let Some(change) = this.next() {
                if let Err(error) = persist(&sender, change).await {
                    warn("setParameters", &error);
                }
            }
            this.0.working.set(false);
        });
    }

    fn next(&self) -> Option<Change> {
        self.0.changes.borrow_mut().pop_front()
    }
}

async fn persist(sender: &RtcRtpSender, change: Change) -> Result<(), JsValue> {
    for _ in 1..TRIES {
        if make(sender, change).await.is_ok() {
            return Ok(());
        }
        settled(later().unchecked_into()).await?;
    }
    make(sender, change).await
}

async fn make(sender: &RtcRtpSender, change: Change) -> Result<(), JsValue> {
    let parameters = call(sender, "getParameters", [])?;
    let encodings: Array = get(&parameters, "encodings").dyn_into()?;
    let mut is_news = false;
    for encoding in encodings.iter() {
        match change {
            Change::Active(on) => {
                set(&encoding, "active", on);
                is_news = true;
            }
            Change::Encode(wanted) => {
                for (name, value) in [
                    ("maxBitrate", f64::from(wanted.max_bits_per_second)),
                    ("scaleResolutionDownBy", f64::from(wanted.scale_down_by)),
                ] {
                    is_news |= number(&encoding, name) != Some(value);
                    set(&encoding, name, value);
                }
            }
        }
    }
    if is_news {
        call_async(sender, "setParameters", [&parameters]).await?;
    }
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
