//! The desk in front of the rooms: who is connected and from where, who looks into a room, waits
//! outside or asks for a code, how often, and which rooms there are. Everything about sockets and
//! addresses is here, and nothing about what goes on inside of a room.

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
