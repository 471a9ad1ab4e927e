//! What the person wants to send and to receive, as every connection is to be negotiated for.

use crate::interface::Encodings;

/// What one wants to send of one kind of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// There is a track, or soon will be.
    Send,
    /// The person turned it off and may turn it on again: what is agreed may stay.
    Keep,
    /// There is nothing to send.
    Receive,
}

/// What one wants to send and to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wishes {
    pub(crate) microphone: Wish,
    pub(crate) camera: Wish,
    pub(crate) screen: Wish,
    pub(crate) screen_sound: Wish,
    /// The pictures of the other side are wanted.
    pub(crate) pictures: bool,
    /// How the own pictures are sent after the first moments, in which the camera's is smaller.
    pub(crate) encodings: Encodings,
    /// A number that changes with each change of the local tracks.
    pub(crate) tracks: u32,
}
