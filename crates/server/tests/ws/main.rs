//! Signalling on real sockets: a server, and clients that speak the protocol.

#![cfg(test)]

mod descriptions_close_nobody;
mod document;
mod fallback;
mod first_message_late;
mod lost_connection_told;
mod malformed;
mod membership;
mod origin;
mod relay;
mod resume;
mod silent_client;
mod silent_member;
mod stalled_reader;
mod stop_tells_everyone;
mod support;
mod third_refused;
mod undecodable;
