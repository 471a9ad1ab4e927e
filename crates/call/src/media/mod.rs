//! The person's own devices, and what of them is to be sent.

mod encodings;
mod hold;
mod listing;
mod local;
mod only_sound;
mod screen;
mod source;
mod wishes;

pub(crate) use encodings::{BEGIN_SCALE, encodings};
pub(crate) use local::LocalMedia;
pub(crate) use wishes::{Wish, Wishes};
