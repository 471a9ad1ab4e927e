//! The page: runs the call engine on the browser ([`shell`]) and draws its view.

#![forbid(unsafe_code)]

pub mod shell;
