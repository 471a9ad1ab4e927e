//! Engines, fake browsers and an exact relay between them, where every step is chosen by the test.

mod host;
mod relay;
mod search;
mod world;

pub use host::{Host, RELAYED, description, id};
pub use search::search;
pub use world::{Act, Next, World, room, secret};
