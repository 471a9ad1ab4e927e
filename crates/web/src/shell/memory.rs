//! What is kept on this device, in localStorage. A browser may refuse to keep anything.

use call::Memory;
use web_sys::Storage;

use super::js::warn;
use super::json;

const KEY: &str = "crabcall";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was kept; nothing if it is not there or cannot be read.
pub(super) fn load() -> Memory {
    storage()
        .and_then(|storage| storage.get_item(KEY).ok()?)
        .and_then(|text| json::read(&text))
        .unwrap_or_default()
}

/// Keeps it, if the browser lets us.
pub(super) fn save(memory: &Memory) {
    let (Some(storage), Some(text)) = (storage(), json::write(memory)) else {
        return;
    };
    if let Err(error) = storage.set_item(KEY, &text) {
        warn("localStorage", &error);
    }
}
