//! The engine itself: it hands what comes in to the part that it concerns, then lets each part do
//! what its state asks for.

mod browser;
mod call;
mod chat;
mod commands;
mod device_token;
mod draw;
mod messages;
mod stages;
mod tabs;
mod verbs;

pub use call::{Call, Config};
