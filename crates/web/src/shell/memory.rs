//! What the browser keeps for all its tabs (in localStorage), and for this tab alone (in
//! sessionStorage). A browser may refuse to keep anything.

use browser::js::{Listener, text, warn};
use browser::json;
use call::{Change, Event, Memory, Pass};
use web_sys::Storage;

use super::sink::Sink;

const KEY: &str = "crabcall";
const PASS_KEY: &str = "crabcall.pass";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was kept; none if nothing is there or it cannot be read.
pub(super) fn load() -> Option<Memory> {
    let text = storage()?.get_item(KEY).ok()??;
    json::read(&text)
}

/// Keeps it, if the browser lets us.
pub(super) fn save(change: Change) {
    // What is stored is read first, because another tab may have changed it.
    let memory = change.onto(load());
    let (Some(storage), Some(text)) = (storage(), json::write(&memory)) else {
        return;
    };
    if let Err(error) = storage.set_item(KEY, &text) {
        warn("localStorage", &error);
    }
}

/// Hears what other tabs write.
pub(super) fn listen(sink: &Sink) -> Option<Listener> {
    let window = web_sys::window()?;
    let sink = sink.clone();
    Some(Listener::new(&window, "storage", move |event| {
        if text(&event, "key").as_deref() == Some(KEY)
            && let Some(memory) = load()
        {
            sink.event(Event::Remembered(Box::new(memory)));
        }
    }))
}

/// The pass that this tab kept from the page before a reload.
pub(super) fn pass() -> Option<Pass> {
    let text = tab_storage()?.get_item(PASS_KEY).ok()??;
    json::read(&text)
}

/// Keeps this pass for this tab. None: forgets the pass.
pub(super) fn keep_pass(pass: Option<&Pass>) {
    let Some(storage) = tab_storage() else {
        return;
    };
    let kept = match pass.and_then(json::write) {
        Some(text) => storage.set_item(PASS_KEY, &text),
        None => storage.remove_item(PASS_KEY),
    };
    if let Err(error) = kept {
        warn("sessionStorage", &error);
    }
}

fn tab_storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}
