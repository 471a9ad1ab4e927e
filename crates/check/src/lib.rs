//! "Test my connection": a dialog in the lobby, in a bundle of its own that the page loads when
//! somebody asks for it. [`diagnosis`] decides, this does and draws.

#![forbid(unsafe_code)]

pub mod driver;
pub mod panel;
pub mod probe;
pub mod words;

/// The allocator of the page, because it is a third of the size of std's.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Opens the dialog. The page calls it each time that somebody asks for the test.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn open() {
    panel::open();
}
