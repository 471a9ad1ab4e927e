//! The certificate for the open Internet, from an authority that others trust already: the one in
//! use, swapped under running connections, and how its renewal goes.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use crate::host::Host;

/// Where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Files of the operator.
    Files,
    /// An authority, by ACME.
    Acme,
}

impl Source {
    /// Its name in metrics and views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Acme => "acme",
        }
    }
}

/// How it went to get the next certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewals {
    /// Times it went well.
    pub done: u64,
    /// Times it did not.
    pub failed: u64,
    /// Whether the last time did not; none before the first.
    pub last_failed: Option<bool>,
}

/// The certificate for the open Internet.
pub struct PublicCertificate {
    source: Source,
    current: ArcSwapOption<Certificate>,
    renewals: Mutex<Renewals>,
    challenges: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for PublicCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicCertificate")
            .field("source", &self.source)
            .field("current", &self.current())
            .field("renewals", &self.renewals())
            .finish_non_exhaustive()
    }
}

impl PublicCertificate {
    /// With the certificate there is at the start, if there is one.
    pub fn new(source: Source, current: Option<Certificate>) -> Self {
        Self {
            source,
            current: ArcSwapOption::from_pointee(current),
            renewals: Mutex::default(),
            challenges: Mutex::default(),
        }
    }

    /// Where it comes from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The certificate in use.
    pub fn current(&self) -> Option<Arc<Certificate>> {
        self.current.load_full()
    }

    /// Whether there is one for this name or address.
    pub fn covers(&self, host: &Host) -> bool {
        self.current()
            .is_some_and(|certificate| certificate.covers(host))
    }

    /// Takes the next one into use.
    pub fn renewed(&self, certificate: Certificate) {
        self.current.store(Some(Arc::new(certificate)));
        let mut renewals = self.renewals.lock().unwrap_or_else(PoisonError::into_inner);
        renewals.done += 1;
        renewals.last_failed = Some(false);
    }

    /// There is no next one; the old one stays in use.
    pub fn renewal_failed(&self) {
        let mut renewals = self.renewals.lock().unwrap_or_else(PoisonError::into_inner);
        renewals.failed += 1;
        renewals.last_failed = Some(true);
    }

    /// How it went so far.
    pub fn renewals(&self) -> Renewals {
        *self.renewals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows `key` to an authority that asks for `server_name` (RFC 8737).
    pub fn set_challenge(&self, server_name: String, key: CertifiedKey) {
        self.challenges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(server_name, Arc::new(key));
    }

    /// The authority has seen what it wanted, or not.
    pub fn clear_challenges(&self) {
        self.challenges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn challenge(&self, server_name: &str) -> Option<Arc<CertifiedKey>> {
        self.challenges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&server_name.to_ascii_lowercase())
            .cloned()
    }
}
