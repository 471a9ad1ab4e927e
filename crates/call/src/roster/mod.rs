//! The other participants: the connection with each, how well it works, and how loud it is heard.

mod allowance;
mod hearing;
mod peer;
mod quality;
mod scout;

pub(crate) use allowance::Allowance;
pub(crate) use hearing::Hearings;
pub(crate) use peer::Peer;
pub(crate) use scout::{Scout, restart_ice};
