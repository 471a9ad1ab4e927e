//! What the device keeps from one visit to the next.

use protocol::{Name, RoomId, RoomSecret, json_record};

/// What the device keeps from one visit to the next. Never sent anywhere as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    pub name: Name,
    pub microphone_id: Option<String>,
    pub camera_id: Option<String>,
    pub speaker_id: Option<String>,
    /// Devices were off when the person last joined.
    pub microphone_off: bool,
    pub camera_off: bool,
    pub music: bool,
    /// Media goes through the relay only, so that the others don't learn the own address.
    pub relay_only: bool,
    /// Newest first, at most [`Memory::RECENTS`].
    pub recent: Vec<Recent>,
}

impl Memory {
    /// How many recent calls are kept.
    pub const RECENTS: usize = 20;
}

/// A call that was joined from this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    pub room: RoomId,
    /// There if this device started the call: it is its host again.
    pub secret: Option<RoomSecret>,
    /// When it was last joined, in milliseconds since 1970.
    pub at_unix_ms: u64,
    /// Who was met there, at most eight.
    pub names: Vec<Name>,
}

json_record!(Memory {} or_default {
    name,
    microphone_id,
    camera_id,
    speaker_id,
    microphone_off,
    camera_off,
    music,
    relay_only,
    recent
});
json_record!(Recent { room, secret, at_unix_ms, names } or_default {});
