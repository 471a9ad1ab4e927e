//! The page: runs the call engine on the browser ([`shell`]) and draws its view ([`ui`]).

#![forbid(unsafe_code)]

pub mod shell;
pub mod ui;

/// Starts the page as soon as its WASM is there.
#[cfg(all(target_arch = "wasm32", not(feature = "gallery")))]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    ui::mount();
}
