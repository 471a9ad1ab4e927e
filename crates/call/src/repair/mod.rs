//! Whether a connection still works, and what to do about one that does not. Facts go in and advice
//! comes out; whoever asks does what is advised.

mod mend;
mod pulse;

pub(crate) use mend::{Advice, Facts, Mend, YIELD, patience_after};
pub(crate) use pulse::{BEAT, Pulse, QUICK_BEAT, Turn};
