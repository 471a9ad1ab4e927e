//! What somebody says who wants to enter a room.

use protocol::{DeviceToken, Media, Name, RoomId, Sdp};

use crate::ConnectionId;

/// What somebody says who wants to enter, besides the right to do so.
pub(crate) struct Wish {
    pub(crate) connection: ConnectionId,
    pub(crate) room: RoomId,
    /// What it does not say stays as it was, if it was here before.
    pub(crate) name: Option<Name>,
    pub(crate) media: Option<Media>,
    /// How many counted messages it has got; none if it does not count.
    pub(crate) received: Option<u64>,
    /// What it offers to who is there.
    pub(crate) offer: Option<Sdp>,
    pub(crate) device: Option<DeviceToken>,
}
