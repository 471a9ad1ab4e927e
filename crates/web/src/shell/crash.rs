//! What happens when this program itself fails.

use std::panic;

use wasm_bindgen::JsValue;

/// From now on a panic is told to the console, and the page shows the sentence that it has for
/// `data-boot="failed"`: after a panic nothing of this program runs any more.
pub(super) fn tell_of_panics() {
    panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("data-boot", "failed");
        }
    }));
}
