//! STUN and TURN as a pure core: RFC 8489 and RFC 8656 as far as browsers use them.
//!
//! [`Server`] is told what came from clients and peers and says what goes where. It has no
//! socket, clock or randomness of its own, and no memory of a packet: what is relayed is returned
//! as ranges of the caller's own buffer.
//!
//! Not here, because browsers do not use it: relayed TCP (RFC 6062), mobility, reserved ports,
//! two relayed addresses in one allocation.

mod address;
mod allocation;
mod allocations;
mod bucket;
mod channel;
pub mod client;
mod config;
mod counters;
mod credentials;
mod frame;
mod gate;
mod header;
mod integrity;
mod io;
mod message;
mod neighbours;
mod nonce;
mod policy;
mod rates;
mod registry;
mod requests;
mod server;
mod table;
mod users;
mod wire;
mod writer;

pub use address::Family;
pub use config::{Anchor, Config, Here, Keys};
pub use counters::{Counters, Traffic};
pub use credentials::{CREDENTIAL_LIFETIME_S, Credentials};
pub use frame::{Frame, MAX_FRAME, NotTurn, begins, frame};
pub use header::{HEADROOM, Header, TAILROOM};
pub use integrity::Key;
pub use io::{Action, AllocationId, Client, Input, Output, RelayedSocket, Transport};
pub use message::Message;
pub use server::Server;
pub use wire::{Class, Method};
