//! What is no part of the page that everyone loads: it is loaded when it is used.
//!
//! What starts the page has the table of names and files, and gives the page the function `bundle`.

use browser::js::{call, call_async};
use wasm_bindgen_futures::spawn_local;

use super::dom::window;

/// The connection test.
pub const CHECK: &str = "check";

/// Loads a bundle, unless it is there, and has it open itself. `opened` hears whether it did.
pub fn open(name: &'static str, opened: impl FnOnce(bool) + 'static) {
    spawn_local(async move {
        let module = call_async(&window(), "bundle", [&name.into()]).await;
        opened(module.is_ok_and(|module| call(&module, "open", []).is_ok()));
    });
}
