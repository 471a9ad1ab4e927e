//! The desk in front of the rooms. It knows the connections and their addresses, their rates, the call
//! codes, the lobbies, who waits outside of a locked room, and which rooms there are. What goes on
//! inside of a room it leaves to that room.

mod codes;
mod connections;
mod ended;
mod entering;
mod ice;
mod lobbies;
mod looking;
mod per_address;
mod rooms;
mod state;
mod timers;
mod tries;
mod waiting;

pub use rooms::Rooms;
