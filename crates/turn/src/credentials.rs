//! Credentials for a limited time: the name says until when and whose, the password signs it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::integrity::{Key, hmac};

/// Seconds from their issue in which credentials may be used first. An allocation made with them
/// lives on.
pub const CREDENTIAL_LIFETIME_S: u64 = 300;
/// How many revocations are remembered one by one.
const REVOCATIONS: usize = 10_000;

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

/// Issues credentials and knows which of them were revoked.
#[derive(Debug)]
pub(crate) struct Issuer {
    key: [u8; 32],
    /// Of a revoked participant: credentials that expire until then are refused.
    revoked: BTreeMap<Box<str>, u64>,
    /// The same in the order in which they can be forgotten.
    order: VecDeque<(u64, Box<str>)>,
    /// Credentials of anybody that expire until then are refused: what is left of revocations
    /// for which there was no room.
    floor: u64,
}

impl Issuer {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            revoked: BTreeMap::new(),
            order: VecDeque::new(),
            floor: 0,
        }
    }

    /// Credentials that work from now on, whatever was revoked before.
    pub(crate) fn issue(&self, unix_s: u64, participant: &str) -> Credentials {
        let refused = self.refused_until(participant);
        let expires_unix_s = (unix_s + CREDENTIAL_LIFETIME_S).max(refused + 1);
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

    pub(crate) fn is_revoked(&self, claim: Claim<'_>) -> bool {
        claim.expires_unix_s <= self.refused_until(claim.participant)
    }

    fn refused_until(&self, participant: &str) -> u64 {
        let own = self.revoked.get(participant).copied().unwrap_or_default();
        own.max(self.floor)
    }

    /// Refuses all that this participant was given until now.
    pub(crate) fn revoke(&mut self, unix_s: u64, participant: &str) {
        // What is expired needs no revocation.
        while self.order.front().is_some_and(|(at, _)| *at < unix_s) {
            self.forget();
        }
        if self.order.len() >= REVOCATIONS {
            let oldest = self.order.front().map_or(0, |(at, _)| *at);
            self.floor = self.floor.max(oldest);
            self.forget();
        }
        let own = self.revoked.get(participant).copied().unwrap_or_default();
        // A credential issued in the second of an earlier revocation expires a second later.
        let until = (unix_s + CREDENTIAL_LIFETIME_S).max(own + u64::from(own > 0));
        let last = self.order.back().map_or(0, |(at, _)| *at);
        self.revoked.insert(participant.into(), until);
        self.order.push_back((until.max(last), participant.into()));
    }

    fn forget(&mut self) {
        let Some((at, participant)) = self.order.pop_front() else {
            return;
        };
        // Revoked again since, it has a later place in the order.
        if self.revoked.get(&participant).is_some_and(|own| *own <= at) {
            self.revoked.remove(&participant);
        }
    }

    /// How many revocations are remembered.
    #[cfg(test)]
    fn remembered(&self) -> usize {
        assert!(self.revoked.len() <= self.order.len());
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(issuer: &Issuer, credentials: &Credentials) -> bool {
        issuer.is_revoked(Claim::parse(credentials.username.as_bytes()).unwrap())
    }

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

    #[test]
    fn what_was_given_before_a_revocation_is_refused_and_what_comes_after_is_not() {
        let mut issuer = Issuer::new([1; 32]);
        let mut old = vec![issuer.issue(100, "ada")];
        for _ in 0..3 {
            issuer.revoke(100, "ada");
            assert!(old.iter().all(|old| refused(&issuer, old)));
            let new = issuer.issue(100, "ada");
            assert!(!refused(&issuer, &new), "in the same second");
            old.push(new);
        }
        assert!(!refused(&issuer, &issuer.issue(100, "ben")));
    }

    #[test]
    fn revocations_are_few_and_none_is_undone_by_it() {
        let mut issuer = Issuer::new([1; 32]);
        let first = issuer.issue(100, "first");
        issuer.revoke(100, "first");
        for n in 0..2 * REVOCATIONS {
            issuer.revoke(101, &n.to_string());
        }
        assert_eq!(issuer.remembered(), REVOCATIONS);
        assert!(refused(&issuer, &first));
        assert!(!refused(&issuer, &issuer.issue(101, "ada")));

        issuer.revoke(101 + CREDENTIAL_LIFETIME_S + 1, "ada");
        assert_eq!(issuer.remembered(), 1, "the others are expired");
    }
}
