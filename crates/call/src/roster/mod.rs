//! The other participants: the connection with each, how well it works, and how loud it is heard.

mod address_probe;
mod allowance;
mod hearing;
mod peer;
mod quality;

pub(crate) use address_probe::{AddressProbe, restart_ice};
pub(crate) use allowance::Allowance;
pub(crate) use hearing::Hearings;
pub(crate) use peer::Peer;
