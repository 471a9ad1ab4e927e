//! Loads the parts of the page that are not loaded at its start, when they are used.
//!
//! The lines that start the page have the table of names and files, and define the function `bundle`,
//! which is called here.

use browser::js::{call, call_async};
use wasm_bindgen_futures::spawn_local;

use super::dom::window;

/// The connection test.
pub const CHECK: &str = "check";

/// Loads a bundle, unless it was loaded before, and opens it. `opened` is told whether that worked.
pub fn open(name: &'static str, opened: impl FnOnce(bool) + 'static) {
    spawn_local(async move {
        let module = call_async(&window(), "bundle", [&name.into()]).await;
        opened(module.is_ok_and(|module| call(&module, "open", []).is_ok()));
    });
}
