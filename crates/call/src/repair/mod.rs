//! Whether a connection still works, and what to do about one that does not. Facts go in and advice
//! comes out; the caller does what is advised.

mod advice;
mod direct;
mod flow;
mod stall;
mod state;
mod timers;

pub(crate) use advice::{Advice, Facts};
pub(crate) use flow::{FlowChange, LOOK_AGAIN, LOOK_EVERY, MediaFlow};
pub(crate) use state::{LEFT_TO_RETURNED, Repair, patience_after};
