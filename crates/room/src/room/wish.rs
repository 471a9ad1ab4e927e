//! What a client says when it wants to enter a room.

use protocol::{DeviceToken, Media, Name, RoomId, Sdp};

use crate::SocketId;

/// The fields of `join` besides the secret and the ticket, which show the right to enter.
pub(crate) struct Wish {
    pub(crate) connection: SocketId,
    pub(crate) room: RoomId,
    /// Without a name or media, a participant that comes back keeps what it had.
    pub(crate) name: Option<Name>,
    pub(crate) media: Option<Media>,
    /// How many counted messages it has got, if it counts them.
    pub(crate) received: Option<u64>,
    /// An offer for the first participant that is connected.
    pub(crate) offer: Option<Sdp>,
    pub(crate) device: Option<DeviceToken>,
}
