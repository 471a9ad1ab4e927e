//! "Test my connection": a dialog in the lobby, in a bundle of its own that the page loads when
//! somebody asks for it. [`diagnosis`] decides, this does and draws.

#![forbid(unsafe_code)]

pub mod driver;
pub mod panel;
pub mod probe;
pub mod words;

/// As in the page, for the same reason.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Opens the dialog now, and whenever the page asks for it again.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    panel::open_when_asked();
}
