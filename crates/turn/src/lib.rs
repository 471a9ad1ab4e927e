//! STUN and TURN as a pure core: RFC 8489 and RFC 8656 as far as browsers use them.

mod address;
mod channel;
mod config;
mod frame;
mod header;
mod integrity;
mod io;
mod message;
mod writer;

pub use config::{Anchor, Config, Keys};
pub use frame::{Frame, MAX_FRAME, NotTurn, begins, frame};
pub use header::{HEADROOM, Header, TAILROOM};
pub use integrity::Key;
pub use io::{Action, AllocationId, Client, Family, Input, Output, Relay, Transport};
pub use message::{Class, Message, Method};
