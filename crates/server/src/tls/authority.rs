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
use crate::{
    data_dir::DataDir,
    fault::Fault,
    machine::Machine,
    moment::{EARLIEST, Moment},
    networks,
};

/// The key and the certificate of the CA.
const FILE: &str = "ca.pem";
/// How long devices that trusted the CA once have peace.
const VALIDITY: Duration = Duration::days(3650);
/// A CA that ends sooner is replaced.
const SPARE: Duration = Duration::days(30);
/// Clocks of phones may be behind.
const BACKDATED: Duration = Duration::days(1);
/// Longest part of a machine's name in the CA's, which has 64 characters (RFC 5280, appendix A).
const MAX_MACHINE_CHARS: usize = 32;

/// The certificate authority of this machine.
pub struct PrivateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    is_new: bool,
}

impl fmt::Debug for PrivateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateAuthority")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl PrivateAuthority {
    /// The CA kept in the data folder, or a new one if there is none or it is no longer good.
    pub fn open(dir: &DataDir, machine: &Machine, now: OffsetDateTime) -> Result<Self, Fault> {
        if let Some(pem) = dir.read(FILE)? {
            let kept = read(dir, &pem)?;
            return Ok(kept.successor(dir, machine, now)?.unwrap_or(kept));
        }
        let made = make(machine, now).map_err(|error| unmade(dir, &error))?;
        let pem = dir.write_new(FILE, made.as_bytes())?;
        Ok(Self {
            is_new: true,
            ..read(dir, &pem)?
        })
    }

    /// A new CA, if this one is no longer good: it has ended or ends soon, or it was made with a
    /// wrong clock and is for another time.
    ///
    /// A new CA that can't be saved is used all the same.
    pub fn successor(
        &self,
        dir: &DataDir,
        machine: &Machine,
        now: OffsetDateTime,
    ) -> Result<Option<Self>, Fault> {
        // A wrong clock does not tell whether the CA is good.
        if now < EARLIEST || (self.not_before <= now && now + SPARE < self.not_after) {
            return Ok(None);
        }
        let made = make(machine, now).map_err(|error| unmade(dir, &error))?;
        tracing::warn!(
            from = %Moment(self.not_before),
            until = %Moment(self.not_after),
            "the certificate authority is not good now and is replaced: devices have to trust the new one"
        );
        if let Err(fault) = dir.write(FILE, made.as_bytes()) {
            tracing::error!(
                "the new certificate authority can't be saved and is lost at the next start: {fault}"
            );
        }
        read(dir, made.as_bytes()).map(Some)
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

    /// Whether it was made because there was none in the data folder.
    pub fn is_new(&self) -> bool {
        self.is_new
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
    // If the clock is not set yet, the CA is made to be good once it is.
    let now = now.max(EARLIEST);
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
    let addresses = networks::private().into_iter().map(|network| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
            network.network(),
            network.prefix_len(),
        ))
    });
    names.chain(addresses).collect()
}

fn read(dir: &DataDir, pem: &[u8]) -> Result<PrivateAuthority, Fault> {
    let damaged = |problem: &dyn fmt::Display| {
        dir.fault(
            FILE,
            format!("holds no usable certificate authority: {problem}"),
        )
    };
    let text = std::str::from_utf8(pem).map_err(|error| damaged(&error))?;
    let key = KeyPair::from_pem(text).map_err(|error| damaged(&error))?;
    let certificate = CertificateDer::from_pem_slice(pem).map_err(|error| damaged(&error))?;
    let (not_before, not_after) = {
        let (_, parsed) =
            X509Certificate::from_der(&certificate).map_err(|error| damaged(&error))?;
        let validity = parsed.validity();
        (
            validity.not_before.to_datetime(),
            validity.not_after.to_datetime(),
        )
    };
    let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| damaged(&error))?;
    Ok(PrivateAuthority {
        issuer,
        certificate,
        not_before,
        not_after,
        is_new: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_until_it_is_about_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let open = |now| PrivateAuthority::open(&dir, &Machine::default(), now).unwrap();
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

    /// A CA that was made by a clock in the future is not good yet, and would not be for years.
    #[test]
    fn one_of_another_time_is_replaced_once() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let open = |now| PrivateAuthority::open(&dir, &Machine::default(), now).unwrap();
        let now = OffsetDateTime::now_utc();
        let ahead = open(now + Duration::days(4000));
        let right = open(now);
        assert_ne!(right.certificate(), ahead.certificate());
        assert!(right.not_before <= now && now < right.not_after);
        assert_eq!(open(now).certificate(), right.certificate());
    }

    /// A computer without a battery begins at 1970 each time it is switched on.
    #[test]
    fn a_clock_that_was_not_yet_set_costs_no_trust() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let open = |now| PrivateAuthority::open(&dir, &Machine::default(), now).unwrap();
        let unset = OffsetDateTime::UNIX_EPOCH + Duration::minutes(1);
        let first = open(unset);
        assert!(EARLIEST < first.not_after && first.not_before < EARLIEST);
        let now = OffsetDateTime::now_utc();
        assert_eq!(open(now).certificate(), first.certificate());
        assert_eq!(open(unset).certificate(), first.certificate());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        dir.write(FILE, b"nothing of use").unwrap();
        let fault = PrivateAuthority::open(&dir, &Machine::default(), OffsetDateTime::now_utc())
            .unwrap_err();
        assert!(fault.to_string().contains("ca.pem"), "{fault}");
    }
}
