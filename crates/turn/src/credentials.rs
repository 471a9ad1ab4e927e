//! Credentials for a limited time: the name says until when and whose, the password signs it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::integrity::{Key, hmac};

/// Seconds from their issue in which credentials may be used first. An allocation made with them
/// lives on.
pub const CREDENTIAL_LIFETIME_S: u64 = 300;

/// What a participant shows to get an allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `until:participant`.
    pub username: String,
    /// The base64 of an HMAC over the name.
    pub password: String,
    /// Seconds since 1970-01-01 UTC.
    pub expires_unix_s: u64,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expires = self.expires_unix_s;
        write!(f, "Credentials(until {expires}, …)")
    }
}

/// What a username says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    pub expires_unix_s: u64,
    pub participant: &'a str,
}

impl<'a> Claim<'a> {
    pub(crate) fn parse(username: &'a [u8]) -> Option<Self> {
        let username = std::str::from_utf8(username).ok()?;
        let (expires, participant) = username.split_once(':')?;
        Some(Self {
            expires_unix_s: expires.parse().ok()?,
            participant,
        })
    }
}

/// Issues credentials. Whether their user is still a participant is checked by [`crate::users`].
#[derive(Debug)]
pub(crate) struct Issuer {
    key: [u8; 32],
}

impl Issuer {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Credentials that are good from now on, for [`CREDENTIAL_LIFETIME_S`].
    pub(crate) fn issue(&self, unix_s: u64, participant: &str) -> Credentials {
        let expires_unix_s = unix_s.saturating_add(CREDENTIAL_LIFETIME_S);
        let username = format!("{expires_unix_s}:{participant}");
        Credentials {
            password: self.password(&username),
            username,
            expires_unix_s,
        }
    }

    /// The password that belongs to a name.
    fn password(&self, username: &str) -> String {
        STANDARD.encode(hmac(&self.key, &[b"credentials:", username.as_bytes()]))
    }

    /// The key with which who has the password signs.
    pub(crate) fn key(&self, username: &[u8], realm: &str) -> Option<Key> {
        let username = std::str::from_utf8(username).ok()?;
        Some(Key::long_term(username, realm, &self.password(username)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_until_when_and_whose() {
        let claim = Claim::parse(b"1790000000:ab:c").unwrap();
        assert_eq!(claim.expires_unix_s, 1_790_000_000);
        assert_eq!(claim.participant, "ab:c");
        for wrong in [&b"ada"[..], b":ada", b"-1:ada", b"1", b"\xFF:ada", b""] {
            assert_eq!(Claim::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_password_is_of_the_name() {
        let issuer = Issuer::new([1; 32]);
        let ada = issuer.issue(100, "ada");
        let ben = issuer.issue(100, "ben");
        assert_eq!(ada.username, "400:ada");
        assert_ne!(ada.password, ben.password);
        assert_ne!(Issuer::new([2; 32]).issue(100, "ada"), ada);
        assert!(!format!("{ada:?}").contains(&ada.password));
    }
}
