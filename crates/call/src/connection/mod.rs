//! One RTCPeerConnection: offer and answer, candidates, and what is known of the two browsers.

mod answer;
mod browsers;
mod description;
mod directions;
mod gathering;
mod last_restart;
mod negotiation;
mod negotiation_state;
mod peer_connection;
#[cfg(test)]
mod samples;
mod signal;

pub(crate) use peer_connection::{Connection, Health, Step};
pub(crate) use signal::Signal;
