//! The token that a device shows when it enters a room, so that the server can keep out who was
//! removed.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{DeviceToken, RoomId, RoomSecret};
use sha2::{Digest, Sha256};

/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;
/// What HMAC pads its key with, for the inner and the outer hash (RFC 2104).
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// Makes the secret of a device that has none yet. The seed is fresh and random but has other uses,
/// too, so the secret is a hash of it.
pub(super) fn new_secret(seed: &[u8; 32]) -> Option<RoomSecret> {
    let hash = hmac(seed, b"crabcall device v1");
    RoomSecret::parse(&Base64UrlUnpadded::encode_string(&hash)).ok()
}

/// The token of this device in this room. It is the same on every visit, and every room gets a
/// different one (PROTOCOL.md, "Rooms, ids and secrets").
pub(super) fn token(secret: &RoomSecret, room: &RoomId) -> Option<DeviceToken> {
    let mut bytes = [0; 32];
    let key = Base64UrlUnpadded::decode(secret.as_str(), &mut bytes).ok()?;
    let hash = hmac(key, room.as_str().as_bytes());
    DeviceToken::parse(&Base64UrlUnpadded::encode_string(hash.get(..16)?)).ok()
}

/// HMAC-SHA-256 of a key that is no longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(pad(INNER))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(OUTER))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_device_and_one_room() {
        let (one, other) = (new_secret(&[1; 32]).unwrap(), new_secret(&[2; 32]).unwrap());
        let rooms = ["A", "B"].map(|it| RoomId::parse(&it.repeat(22)).unwrap());
        let first = token(&one, &rooms[0]);
        assert!(first.is_some());
        assert_eq!(first, token(&one, &rooms[0]));
        assert_ne!(first, token(&one, &rooms[1]));
        assert_ne!(first, token(&other, &rooms[0]));
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_hash_is_that_of_the_standard() {
        let hash = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hash[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }
}
