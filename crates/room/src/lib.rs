//! Rooms and the people in them: join, leave, resume, limits, as a pure core.
//!
//! [`Rooms`] is told what happened on the connections and says what is to be sent and closed.
//! It has no clock, socket or randomness of its own. Its owner calls [`Rooms::handle`] with every
//! input, then [`Rooms::poll_output`] until there is none, and [`Rooms::handle_timeout`] when the
//! time that [`Rooms::poll_timeout`] names has come.

mod config;
mod counters;
mod credentials;
mod desk;
mod io;
mod random;
mod rate;
mod refusal;
mod room;
mod snapshot;
mod standing;
mod ticket;

pub use config::{Anchor, Config, Keys};
pub use counters::Counters;
pub use credentials::{IceUrls, RelayKey, RelayUser};
pub use desk::Rooms;
pub use io::{Input, Output, SocketId, Undecodable};
pub use snapshot::{ParticipantView, RoomView, Snapshot, Totals};
pub use standing::Standing;
pub use ticket::{CallState, Claims, Mark, Removed, TicketError, TicketKey};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{ROOM_ID_CONTEXT, RoomId, RoomSecret};
use sha2::{Digest, Sha256};

/// The room whose host is whoever holds `secret`; `None` if the text is not the base64url of
/// 32 bytes (its last character has bits that must be zero).
pub fn room_of(secret: &RoomSecret) -> Option<RoomId> {
    let secret = URL_SAFE_NO_PAD.decode(secret.as_str()).ok()?;
    let hash = Sha256::new()
        .chain_update(ROOM_ID_CONTEXT)
        .chain_update(&secret)
        .finalize();
    let id = hash.get(..16)?;
    RoomId::parse(&URL_SAFE_NO_PAD.encode(id)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_id_is_the_hash_of_its_secret() {
        // Computed apart from this code, by:
        // python3 -c 'import hashlib,base64 as b;print(b.urlsafe_b64encode(hashlib.sha256(
        //   b"crabcall room v1\0"+bytes(32)).digest()[:16]))'
        let secret = RoomSecret::parse(&"A".repeat(43)).unwrap();
        assert_eq!(room_of(&secret).unwrap().as_str(), "9zQMWVH0cFB-7QP7tQM1HA");
        let not_canonical = RoomSecret::parse(&format!("{}B", "A".repeat(42))).unwrap();
        assert_eq!(room_of(&not_canonical), None);
    }
}
