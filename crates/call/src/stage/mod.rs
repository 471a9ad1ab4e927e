//! Where the person is: home, in the lobby of a room, or in a call.

mod chat;
mod find;
mod handover;
mod invitation;
mod lobby;
mod session;

pub use find::room_in_path;

pub(crate) use find::{Found, read_code_or_link};
pub(crate) use lobby::{Entry, Home, Lobby};
pub(crate) use session::{Entered, MAX_PEOPLE, Presence, Session};
