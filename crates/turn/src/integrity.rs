//! Who wrote a message, and whether it came whole (RFC 8489, sections 9.2, 14.5 and 14.7).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;

use crate::wire::HEADER;

/// The length of MESSAGE-INTEGRITY's value.
pub(crate) const LENGTH: usize = 20;
/// What the CRC is combined with, so that it differs from one in the payload.
const FINGERPRINT_MASK: u32 = 0x5354_554E;

/// A key of MESSAGE-INTEGRITY.
#[derive(Clone)]
pub struct Key(Hmac<Sha1>);

impl Key {
    /// The key of the long-term credential mechanism (RFC 8489, section 9.2.2).
    pub fn long_term(username: &str, realm: &str, password: &str) -> Self {
        let mut md5 = Md5::new();
        for part in [username, ":", realm, ":", password] {
            md5.update(part);
        }
        Self::new(&md5.finalize())
    }

    /// A key that is known as such: of the short-term mechanism it is the password.
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes keys of every length; the default key is never reached.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    /// The value of MESSAGE-INTEGRITY behind `signed`, the message so far.
    pub(crate) fn sign(&self, signed: &[u8]) -> [u8; LENGTH] {
        self.over(signed).finalize().into_bytes().into()
    }

    pub(crate) fn verifies(&self, signed: &[u8], value: &[u8]) -> bool {
        self.over(signed).verify_slice(value).is_ok()
    }

    /// The length in the header is that of a message which ends with MESSAGE-INTEGRITY.
    fn over(&self, signed: &[u8]) -> Hmac<Sha1> {
        let mut hmac = self.0.clone();
        if let Some(([t0, t1, _, _], rest)) = signed.split_first_chunk() {
            let length = signed.len().saturating_sub(HEADER) + 4 + LENGTH;
            let [l0, l1] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            hmac.update(&[*t0, *t1, l0, l1]);
            hmac.update(rest);
        }
        hmac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// HMAC-SHA-1 of these parts.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; LENGTH] {
    let mut hmac = Key::new(key).0;
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

/// The value of FINGERPRINT behind `before`, the message so far, whose header has the length of
/// the whole message already.
pub(crate) fn fingerprint(before: &[u8]) -> u32 {
    crc32(before) ^ FINGERPRINT_MASK
}

/// CRC-32 of ITU-T V.42, as zlib's.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ CRC_TABLE.get(usize::from(low ^ byte)).unwrap_or(&0)
    })
}

static CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut n = 0_u32;
    while let Some((entry, after)) = rest.split_first_mut() {
        let mut value = n;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xEDB8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        *entry = value;
        rest = after;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_crc() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_long_term_key_of_rfc_8489() {
        // printf user:realm:pass | md5sum, the example of section 9.2.2.
        let key = Key::long_term("user", "realm", "pass");
        let md5 = [
            0x84, 0x93, 0xfb, 0xc5, 0x3b, 0xa5, 0x82, 0xfb, 0x4c, 0x04, 0x4c, 0x45, 0x6b, 0xdc,
            0x40, 0xeb,
        ];
        assert_eq!(key.sign(b"abcd"), Key::new(&md5).sign(b"abcd"));
    }
}
