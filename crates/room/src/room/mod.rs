//! One room and the people in it.
//!
//! A [`Room`] stands alone. It knows its members, its lock and who is kept out, and it decides what its
//! members are told. It knows no other room, no socket and no rate. What it wants done comes out of
//! [`Room::poll_output`].

mod chat;
mod context;
mod deliver;
mod entering;
mod history;
mod hosts;
mod inflow;
mod kept_out;
mod leaving;
mod member;
mod recall;
mod saying;
mod state;
mod tickets;
mod wish;

pub(crate) use context::Context;
pub(crate) use deliver::is_too_long;
pub(crate) use entering::{Equipment, Newcomer};
pub(crate) use kept_out::Marks;
pub(crate) use leaving::Hold;
pub(crate) use recall::{Recalled, is_earlier};
pub(crate) use state::{Left, Room, RoomOutput};
pub(crate) use wish::Wish;
