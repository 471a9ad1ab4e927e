//! The page: runs the call engine on the browser ([`shell`]) and draws its view ([`ui`]).

#![forbid(unsafe_code)]

pub mod shell;
pub mod ui;

/// Less than half the code of the one in std, and as quick.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Starts the page as soon as its WASM is there.
#[cfg(all(target_arch = "wasm32", not(feature = "gallery")))]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    ui::mount();
}
