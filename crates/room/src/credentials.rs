//! The relay's users and their credentials.
//!
//! A credential is made as the draft "A REST API for Access To TURN Services" has it: the user
//! name is `EXPIRES:USER` (unix seconds), the password is the base64 of an HMAC-SHA1 over it. The
//! relay checks a credential by the shared secret, and works only for users that were granted and not
//! yet revoked. USER is random and never used twice. It belongs to one participant, or to somebody who
//! looks into a room and may soon enter it. When that one goes, the relay ends what it does for USER.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::ParticipantId;
use sha1::Sha1;

/// Put in front of what is signed.
const CONTEXT: &[u8] = b"credentials:";

/// Signs credentials for the relay (HMAC-SHA1, which TURN's own message integrity rests on too).
#[derive(Clone)]
pub struct RelayKey(Hmac<Sha1>);

impl fmt::Debug for RelayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKey(..)")
    }
}

impl RelayKey {
    /// A key of 32 random bytes, which the relay has too.
    pub fn new(secret: &[u8; 32]) -> Self {
        // HMAC fills a key up to the hash's block with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block
            .iter_mut()
            .zip(secret)
            .for_each(|(to, from)| *to = *from);
        Self(Hmac::new(&block.into()).chain_update(CONTEXT))
    }

    /// The password that belongs to a user name.
    pub fn password(&self, username: &str) -> String {
        let mac = self.0.clone().chain_update(username.as_bytes()).finalize();
        STANDARD.encode(mac.into_bytes())
    }
}

/// Where this server's STUN and TURN are found, under the name that a client reached it by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IceUrls {
    /// STUN URIs (RFC 7064).
    pub stun: Vec<String>,
    /// TURN URIs (RFC 7065).
    pub turn: Vec<String>,
}

/// Whom the relay knows somebody as. Not the participant id: a user name is sent in the clear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayUser(ParticipantId);

impl RelayUser {
    /// A user with this name, which must never have been used before.
    pub(crate) fn new(name: ParticipantId) -> Self {
        Self(name)
    }

    /// The part of a user name after the colon.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_that_of_the_draft() {
        // Computed apart from this code, by:
        // python3 -c 'import hmac,base64 as b;print(b.b64encode(hmac.digest(
        //   bytes(range(32)),b"credentials:1790000300:AAAAAAAAAAAA","sha1")).decode())'
        let secret = std::array::from_fn(|at| at as u8);
        assert_eq!(
            RelayKey::new(&secret).password("1790000300:AAAAAAAAAAAA"),
            "/hroPGw+ceU2+/qPC5k2WVqOC0E="
        );
        assert_eq!(format!("{:?}", RelayKey::new(&secret)), "RelayKey(..)");
    }
}
