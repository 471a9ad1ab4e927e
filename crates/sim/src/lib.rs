//! A whole world of calls in virtual time: engines, browsers, rooms, the relay and the network
//! between.
//!
//! Everything in it is deterministic: the same seed makes the same world, so that what fails
//! once fails again. The browser is a model of what the standards say, strict where a real one
//! would be lenient: what no browser allows ends the run.

#![forbid(unsafe_code)]

mod abuse;
pub mod browser;
mod calls;
mod check;
mod hostile;
mod ice;
mod kinds;
mod network;
mod relay;
mod seeds;
mod world;

pub use abuse::abuse;
pub use hostile::{Happening, Hostile, Known};
pub use network::Network;
pub use seeds::seeds;
pub use world::{Fault, World};
