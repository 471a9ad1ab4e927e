//! What happens when this program itself fails.
//!
//! The person is told by the few lines of JavaScript that start the WASM: after a panic nothing of
//! this program can be relied on any more. What visitors get says nothing of what it was, since the
//! texts of all panics weigh a tenth of the page.

/// While one works on the page: a panic is told to the console.
#[cfg(debug_assertions)]
pub(super) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&wasm_bindgen::JsValue::from_str(&info.to_string()));
    }));
}
