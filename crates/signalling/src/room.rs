//! The id of a room from its secret.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{ROOM_ID_CONTEXT, RoomId, RoomSecret};
use sha2::{Digest, Sha256};

/// The room whose host the holder of this secret is (see [`ROOM_ID_CONTEXT`]); none if it is not
/// the base64url of 32 bytes.
pub fn room_of(secret: &RoomSecret) -> Option<RoomId> {
    let mut bytes = [0; 32];
    let bytes = Base64UrlUnpadded::decode(secret.as_str(), &mut bytes).ok()?;
    let hash = Sha256::new()
        .chain_update(ROOM_ID_CONTEXT)
        .chain_update(bytes)
        .finalize();
    RoomId::parse(&Base64UrlUnpadded::encode_string(hash.get(..16)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_the_hash_of_its_secret() {
        let secret = RoomSecret::parse(&"A".repeat(43)).unwrap();
        // printf 'crabcall room v1\0' then 32 zero bytes | sha256sum, first 16 bytes.
        assert_eq!(room_of(&secret).unwrap().as_str(), "9zQMWVH0cFB-7QP7tQM1HA");
        let not_canonical = RoomSecret::parse(&format!("{}B", "A".repeat(42))).unwrap();
        assert_eq!(room_of(&not_canonical), None);
    }
}
