//! The private certificate authority: made at the first start, kept in the data folder, and
//! constrained to names and addresses for private use (RFC 5280, section 4.2.1.10).

use std::fmt;

use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::names;
use crate::{data_dir::DataDir, fault::Fault, machine::Machine};

/// The key and the certificate of the CA.
const FILE: &str = "ca.pem";
/// How long devices that trusted the CA once have peace.
const VALIDITY: Duration = Duration::days(3650);
/// A CA that ends sooner is replaced at the start.
const SPARE: Duration = Duration::days(30);
/// Clocks of phones may be behind.
const BACKDATED: Duration = Duration::days(1);
/// Longest part of a machine's name in the CA's, which has 64 characters (RFC 5280, appendix A).
const MAX_MACHINE_CHARS: usize = 32;

/// The certificate authority of this machine.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    not_after: OffsetDateTime,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// The CA kept in the data folder, or a new one when there is none or it is about to end.
    pub fn open(dir: &DataDir, machine: &Machine, now: OffsetDateTime) -> Result<Self, Fault> {
        if let Some(pem) = dir.read(FILE)? {
            let kept = read(dir, &pem)?;
            if kept.not_after > now + SPARE {
                return Ok(kept);
            }
            tracing::warn!(
                "the certificate authority ends soon and is replaced: devices have to trust the new one"
            );
            let made = make(machine, now).map_err(|error| unmade(dir, &error))?;
            dir.write(FILE, made.as_bytes())?;
            return read(dir, made.as_bytes());
        }
        let made = make(machine, now).map_err(|error| unmade(dir, &error))?;
        let pem = dir.write_new(FILE, made.as_bytes())?;
        read(dir, &pem)
    }

    /// The certificate devices are asked to trust, in DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Its SHA-256 fingerprint as browsers show it.
    pub fn fingerprint(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &self.certificate);
        let bytes: Vec<String> = digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        bytes.join(":")
    }

    /// When it ends.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Whether it signed this certificate, by the names and key identifiers in both.
    pub(super) fn issued(&self, certificate: &X509Certificate<'_>) -> bool {
        let Ok((_, own)) = X509Certificate::from_der(&self.certificate) else {
            return false;
        };
        own.subject() == certificate.issuer()
            && subject_key(&own).is_some()
            && subject_key(&own) == authority_key(certificate)
    }
}

fn subject_key<'a>(certificate: &X509Certificate<'a>) -> Option<&'a [u8]> {
    use x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier;
    certificate
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            SubjectKeyIdentifier(id) => Some(id.0),
            _ => None,
        })
}

fn authority_key<'a>(certificate: &X509Certificate<'a>) -> Option<&'a [u8]> {
    use x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier;
    certificate
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0),
            _ => None,
        })
}

fn unmade(dir: &DataDir, error: &rcgen::Error) -> Fault {
    dir.fault(FILE, format!("can't be made: {error}"))
}

fn make(machine: &Machine, now: OffsetDateTime) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name(machine, now));
    params.not_before = now - BACKDATED;
    params.not_after = now + VALIDITY;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // The constraints below leave mail and code signing open; this closes them.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(),
        excluded_subtrees: Vec::new(),
    });
    let certificate = params.self_signed(&key)?;
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

/// Tells which machine's it is and from when, for whoever finds it in a list of authorities.
fn common_name(machine: &Machine, now: OffsetDateTime) -> String {
    let name = machine
        .name
        .as_ref()
        .map_or("this computer", |name| name.first_label());
    let name: String = name.chars().take(MAX_MACHINE_CHARS).collect();
    format!("Crabcall on {name}, {}", now.date())
}

fn permitted() -> Vec<GeneralSubtree> {
    let names = names::SUFFIXES
        .iter()
        .map(|suffix| GeneralSubtree::DnsName((*suffix).to_owned()));
    let addresses = names::networks().into_iter().map(|network| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
            network.network(),
            network.prefix_len(),
        ))
    });
    names.chain(addresses).collect()
}

fn read(dir: &DataDir, pem: &[u8]) -> Result<Authority, Fault> {
    let damaged = |problem: &dyn fmt::Display| {
        dir.fault(
            FILE,
            format!("holds no usable certificate authority: {problem}"),
        )
    };
    let text = std::str::from_utf8(pem).map_err(|error| damaged(&error))?;
    let key = KeyPair::from_pem(text).map_err(|error| damaged(&error))?;
    let certificate = CertificateDer::from_pem_slice(pem).map_err(|error| damaged(&error))?;
    let not_after = {
        let (_, parsed) =
            X509Certificate::from_der(&certificate).map_err(|error| damaged(&error))?;
        parsed.validity().not_after.to_datetime()
    };
    let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| damaged(&error))?;
    Ok(Authority {
        issuer,
        certificate,
        not_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_until_it_is_about_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let open = |now| Authority::open(&dir, &Machine::default(), now).unwrap();
        let now = OffsetDateTime::now_utc();
        let first = open(now);
        assert_eq!(
            open(now + Duration::days(3600)).certificate(),
            first.certificate()
        );
        assert_ne!(
            open(now + Duration::days(3630)).certificate(),
            first.certificate()
        );
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        dir.write(FILE, b"nothing of use").unwrap();
        let fault =
            Authority::open(&dir, &Machine::default(), OffsetDateTime::now_utc()).unwrap_err();
        assert!(fault.to_string().contains("ca.pem"), "{fault}");
    }
}
