//! The client side of signalling as a pure core: a connection to the server by a WebSocket, or by
//! HTTP requests where none gets through; opened while it is needed, watched, opened again when it is
//! lost; and the counting by which nothing is lost or heard twice then.
//!
//! [`Line`] has the verbs of all cores. Besides, it is told what is wanted of it: [`Line::need`],
//! [`Line::send`], [`Line::wake`]. For a test that tries each way by itself there is the
//! [`Fallback`] alone, which writes what it wants done into an [`Outbox`].

#![forbid(unsafe_code)]

mod delivery;
mod event_stream;
mod fallback;
mod jitter;
mod line;
mod opening;
mod outbox;
mod probe;
mod reply;
mod room;
mod socket;
mod way;

pub use delivery::{Delivery, Gap};
pub use event_stream::{EventStream, StreamEvent, TooLong};
pub use fallback::{Fallback, Heard, Lost};
pub use line::{Line, Signalling};
pub use outbox::Outbox;
pub use reply::{Obstacle, Outcome, Reply};
pub use room::room_of;
pub use socket::{Listen, Post, SocketEvent, SocketId, SocketOp};
pub use way::SignallingWay;
