//! What both bundles of the page have in common: the browser's things as the cores want them.

#![forbid(unsafe_code)]

mod clipboard;
mod fallback;
pub mod few;
mod ice;
pub mod js;
pub mod json;
pub mod random;
mod socket;
mod timer;

pub use clipboard::copy;
pub use ice::ice_server;
pub use socket::Sockets;
pub use timer::Timer;
