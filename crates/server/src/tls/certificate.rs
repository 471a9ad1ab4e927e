//! A certificate that somebody else made: its chain, its key, and what it is for.

use std::{fmt, sync::Arc};

use rustls::{
    RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::provider::{provider, public_roots};
use crate::{host::Host, moment::Moment};

/// Why a certificate can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The PEM text has no certificate in it.
    #[error("holds no certificate (PEM)")]
    NoCertificate,
    /// The PEM text has no private key in it that needs no passphrase.
    #[error("holds no private key (PEM, without a passphrase)")]
    NoKey,
    /// The first certificate can't be understood.
    #[error("holds a certificate that can't be read: {0}")]
    Unreadable(String),
    /// Key and certificate don't go together.
    #[error("is not the certificate of this key")]
    OtherKey,
    /// The key is of a kind that TLS has no use for.
    #[error("goes with a key that can't be used: {0}")]
    KeyRefused(String),
    /// Its end has passed.
    #[error("ended at {}", Moment(*.0))]
    Ended(OffsetDateTime),
    /// It is not for a name or address it has to be for.
    #[error("is not for {0}")]
    NotFor(String),
}

/// When a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// From here.
    pub not_before: OffsetDateTime,
    /// To here.
    pub not_after: OffsetDateTime,
}

/// A chain with its private key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    lifetime: Lifetime,
    is_public: bool,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("lifetime", &self.lifetime)
            .field("is_public", &self.is_public)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and its private key, both PEM.
    pub fn read(chain: &[u8], key: &[u8], now: OffsetDateTime) -> Result<Self, Unusable> {
        Self::read_below(chain, key, &public_roots(), now)
    }

    fn read_below(
        chain: &[u8],
        key: &[u8],
        roots: &RootCertStore,
        now: OffsetDateTime,
    ) -> Result<Self, Unusable> {
        let unreadable = |error: &dyn fmt::Display| Unusable::Unreadable(error.to_string());
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(&error))?;
        let first = chain.first().ok_or(Unusable::NoCertificate)?;
        let lifetime = {
            let (_, parsed) =
                X509Certificate::from_der(first).map_err(|error| unreadable(&error))?;
            Lifetime {
                not_before: parsed.validity().not_before.to_datetime(),
                not_after: parsed.validity().not_after.to_datetime(),
            }
        };
        let is_public = is_below(&chain, roots, now);
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Unusable::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => Unusable::OtherKey,
            error => Unusable::KeyRefused(error.to_string()),
        })?;
        Ok(Self {
            key: Arc::new(key),
            lifetime,
            is_public,
        })
    }

    /// What TLS shows.
    pub fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }

    /// When it is good.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Whether every browser trusts the authority behind it, as far as we know.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether it is for this name or address; wildcards count (RFC 9525, section 6.3).
    pub fn covers(&self, host: &Host) -> bool {
        let name = match host {
            Host::Address(address) => ServerName::from(*address),
            Host::Name(name) => match ServerName::try_from(name.as_str()) {
                Ok(name) => name,
                Err(_) => return false,
            },
        };
        self.key
            .end_entity_cert()
            .and_then(ParsedCertificate::try_from)
            .is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
    }

    /// An error unless it is good now and for each of these.
    pub fn check<'a>(
        &self,
        hosts: impl IntoIterator<Item = &'a Host>,
        now: OffsetDateTime,
    ) -> Result<(), Unusable> {
        if self.lifetime.not_after <= now {
            return Err(Unusable::Ended(self.lifetime.not_after));
        }
        match hosts.into_iter().find(|host| !self.covers(host)) {
            None => Ok(()),
            Some(host) => Err(Unusable::NotFor(host.to_string())),
        }
    }
}

/// Whether the chain leads to one of the roots.
fn is_below(chain: &[CertificateDer<'_>], roots: &RootCertStore, now: OffsetDateTime) -> bool {
    let Some((first, between)) = chain.split_first() else {
        return false;
    };
    let Ok(seconds) = u64::try_from(now.unix_timestamp()) else {
        return false;
    };
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    ParsedCertificate::try_from(first).is_ok_and(|parsed| {
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            roots,
            between,
            now,
            provider().signature_verification_algorithms.all,
        )
        .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;
    use crate::host::Authority;

    struct Made {
        root: CertificateDer<'static>,
        chain: String,
        key: String,
    }

    fn made(names: &[&str]) -> Made {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = ca.self_signed(&ca_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &Issuer::from_params(&ca, &ca_key))
            .unwrap();
        Made {
            root: root.der().clone(),
            chain: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    fn host(text: &str) -> Host {
        Authority::parse(text).unwrap().host
    }

    #[test]
    fn is_for_its_names_wildcards_and_addresses() {
        let made = made(&["example.org", "*.calls.example.org", "203.0.113.7"]);
        let now = OffsetDateTime::now_utc();
        let certificate =
            Certificate::read(made.chain.as_bytes(), made.key.as_bytes(), now).unwrap();
        for good in ["example.org", "a.calls.example.org", "203.0.113.7"] {
            assert!(certificate.covers(&host(good)), "{good}");
        }
        for bad in [
            "calls.example.org",
            "b.a.calls.example.org",
            "203.0.113.8",
            "localhost",
        ] {
            assert!(!certificate.covers(&host(bad)), "{bad}");
        }
        assert!(certificate.check(&[host("example.org")], now).is_ok());
        assert_eq!(
            certificate.check(&[host("example.net")], now),
            Err(Unusable::NotFor("example.net".to_owned()))
        );
        let end = certificate.lifetime().not_after;
        assert_eq!(certificate.check(&[], end), Err(Unusable::Ended(end)));
    }

    #[test]
    fn is_public_only_below_a_root_everyone_trusts() {
        let made = made(&["example.org"]);
        let (chain, key) = (made.chain.as_bytes(), made.key.as_bytes());
        let now = OffsetDateTime::now_utc();
        assert!(!Certificate::read(chain, key, now).unwrap().is_public());
        let mut roots = RootCertStore::empty();
        roots.add(made.root).unwrap();
        let read = Certificate::read_below(chain, key, &roots, now).unwrap();
        assert!(read.is_public());
    }

    #[test]
    fn says_what_is_wrong() {
        let (one, two) = (made(&["example.org"]), made(&["example.org"]));
        let now = OffsetDateTime::now_utc();
        let read = |chain: &str, key: &str| {
            Certificate::read(chain.as_bytes(), key.as_bytes(), now).map(drop)
        };
        assert_eq!(read(&one.chain, &one.key), Ok(()));
        assert_eq!(read(&one.chain, &two.key), Err(Unusable::OtherKey));
        assert_eq!(read(&one.key, &one.key), Err(Unusable::NoCertificate));
        assert_eq!(read(&one.chain, &one.chain), Err(Unusable::NoKey));
        let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            read(garbled, &one.key),
            Err(Unusable::Unreadable(_))
        ));
    }
}
