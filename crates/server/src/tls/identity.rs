//! The certificate this machine shows: for its current names and addresses, remade when one is
//! missing or the end is near, and swapped under running connections.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::{authority::PrivateAuthority, names::Subjects, provider::provider};
use crate::{data_dir::DataDir, fault::Fault, host::HostName, machine::Machine, moment::EARLIEST};

/// The key and the certificate, kept so that a restart doesn't ask people to accept a new one.
const FILE: &str = "certificate.pem";
/// Apple takes at most 825 days below a CA the user added; public ones keep to 397.
const VALIDITY: Duration = Duration::days(397);
/// A certificate that ends sooner is remade.
const SPARE: Duration = Duration::days(30);
/// Clocks of phones may be behind.
const BACKDATED: Duration = Duration::days(1);

/// The certificate in use and what makes the next one.
pub struct Identity {
    authority: ArcSwap<PrivateAuthority>,
    dir: DataDir,
    key: ArcSwap<CertifiedKey>,
    reach: Mutex<Reach>,
}

/// What a certificate is for and until when.
#[derive(Debug, Clone)]
struct Reach {
    subjects: Subjects,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Reach {
    fn is_enough(&self, wanted: &Subjects, now: OffsetDateTime) -> bool {
        // A wrong clock does not tell whether the certificate is good.
        let is_good = now < EARLIEST || (self.not_before <= now && now + SPARE < self.not_after);
        is_good && self.subjects.cover(wanted)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// Takes the certificate kept in the data folder if it is still good, or makes one.
    pub fn open(
        authority: PrivateAuthority,
        dir: DataDir,
        wanted: &Subjects,
        now: OffsetDateTime,
    ) -> Result<Self, Fault> {
        let kept = dir
            .read(FILE)?
            .and_then(|pem| read(&pem, &authority))
            .filter(|(_, reach)| reach.is_enough(wanted, now));
        let (key, reach) = match kept {
            Some(kept) => kept,
            None => make(&authority, &dir, wanted, now)?,
        };
        Ok(Self {
            authority: ArcSwap::from_pointee(authority),
            dir,
            key: ArcSwap::from_pointee(key),
            reach: Mutex::new(reach),
        })
    }

    /// The CA behind it.
    pub fn authority(&self) -> Arc<PrivateAuthority> {
        self.authority.load_full()
    }

    /// Reads the CA and the certificate from the data folder again. What is missing or no longer
    /// good is made.
    pub fn reopen(
        &self,
        wanted: &Subjects,
        machine: &Machine,
        now: OffsetDateTime,
    ) -> Result<(), Fault> {
        let authority = PrivateAuthority::open(&self.dir, machine, now)?;
        let read = Self::open(authority, self.dir.clone(), wanted, now)?;
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        self.authority.store(read.authority());
        self.key.store(read.key());
        *reach = read
            .reach
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(())
    }

    /// Remakes the certificate if it lacks one of the subjects or ends soon, and the CA if that is
    /// no longer good. Returns whether it made a certificate.
    ///
    /// One that is for more than is wanted stays: people who accepted it without the CA would
    /// have to accept the next one again.
    pub fn refresh(
        &self,
        wanted: &Subjects,
        machine: &Machine,
        now: OffsetDateTime,
    ) -> Result<bool, Fault> {
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        let successor = self.authority().successor(&self.dir, machine, now)?;
        if successor.is_none() && reach.is_enough(wanted, now) {
            return Ok(false);
        }
        if let Some(successor) = successor {
            self.authority.store(Arc::new(successor));
        }
        let (key, made) = make(&self.authority(), &self.dir, wanted, now)?;
        self.key.store(Arc::new(key));
        *reach = made;
        Ok(true)
    }

    /// What TLS shows.
    pub fn key(&self) -> Arc<CertifiedKey> {
        self.key.load_full()
    }

    /// When the certificate in use ends.
    pub fn not_after(&self) -> OffsetDateTime {
        self.reach
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .not_after
    }
}

fn make(
    authority: &PrivateAuthority,
    dir: &DataDir,
    wanted: &Subjects,
    now: OffsetDateTime,
) -> Result<(CertifiedKey, Reach), Fault> {
    let pem = sign(authority, wanted, now)
        .map_err(|error| dir.fault(FILE, format!("can't be made: {error}")))?;
    // A certificate that can't be saved is used all the same: the one before is not good.
    if let Err(fault) = dir.write(FILE, pem.as_bytes()) {
        tracing::error!(
            "the new certificate can't be saved and is lost at the next start: {fault}"
        );
    }
    read(pem.as_bytes(), authority)
        .ok_or_else(|| dir.fault(FILE, "can't be read back right after it was made"))
}

fn sign(
    authority: &PrivateAuthority,
    wanted: &Subjects,
    now: OffsetDateTime,
) -> Result<String, rcgen::Error> {
    // If the clock is not set yet, the certificate is made to be good once it is.
    let now = now.max(EARLIEST);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Crabcall");
    for name in &wanted.names {
        params
            .subject_alt_names
            .push(SanType::DnsName(name.as_str().try_into()?));
    }
    for name in &wanted.parents {
        let name = format!("*.{name}");
        params
            .subject_alt_names
            .push(SanType::DnsName(name.as_str().try_into()?));
    }
    for address in &wanted.addresses {
        params.subject_alt_names.push(SanType::IpAddress(*address));
    }
    params.not_before = now - BACKDATED;
    params.not_after = (now + VALIDITY).min(authority.not_after());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, authority.issuer())?;
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

/// Reads a key and a certificate; none if they are damaged or of another CA.
fn read(pem: &[u8], authority: &PrivateAuthority) -> Option<(CertifiedKey, Reach)> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let reach = {
        let (_, parsed) = X509Certificate::from_der(&certificate).ok()?;
        if !authority.issued(&parsed) {
            return None;
        }
        Reach {
            subjects: subjects(&parsed)?,
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
        }
    };
    let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
    let key = CertifiedKey::from_der(vec![certificate], key, &provider()).ok()?;
    Some((key, reach))
}

fn subjects(certificate: &X509Certificate<'_>) -> Option<Subjects> {
    let mut subjects = Subjects {
        names: Vec::new(),
        parents: Vec::new(),
        addresses: Vec::new(),
    };
    let alternatives = certificate.subject_alternative_name().ok()??;
    for name in &alternatives.value.general_names {
        match name {
            GeneralName::DNSName(name) => match name.strip_prefix("*.") {
                Some(parent) => subjects.parents.push(HostName::parse(parent)?),
                None => subjects.names.push(HostName::parse(name)?),
            },
            GeneralName::IPAddress(bytes) => subjects.addresses.push(address(bytes)?),
            _ => {}
        }
    }
    Some(subjects)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(addresses: &[&str]) -> Subjects {
        let machine = Machine {
            name: None,
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            ..Machine::default()
        };
        Subjects::of(&machine, &[])
    }

    fn open(dir: &DataDir, wanted: &Subjects, now: OffsetDateTime) -> Identity {
        let authority = PrivateAuthority::open(dir, &Machine::default(), now).unwrap();
        Identity::open(authority, dir.clone(), wanted, now).unwrap()
    }

    fn shown(identity: &Identity) -> CertificateDer<'static> {
        identity.key.load().cert[0].clone()
    }

    #[test]
    fn survives_a_restart_while_it_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let now = OffsetDateTime::now_utc();
        let first = shown(&open(&dir, &subjects(&["10.0.0.1"]), now));
        assert_eq!(shown(&open(&dir, &subjects(&["10.0.0.1"]), now)), first);
        assert_eq!(shown(&open(&dir, &subjects(&[]), now)), first);
        assert_ne!(shown(&open(&dir, &subjects(&["10.0.0.2"]), now)), first);
    }

    #[test]
    fn is_remade_before_it_ends_and_under_another_authority() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let now = OffsetDateTime::now_utc();
        let wanted = subjects(&[]);
        let identity = open(&dir, &wanted, now);
        let first = shown(&identity);
        assert!(
            !identity
                .refresh(&wanted, &Machine::default(), now + Duration::days(360))
                .unwrap()
        );
        assert!(
            identity
                .refresh(&wanted, &Machine::default(), now + Duration::days(370))
                .unwrap()
        );
        let second = shown(&identity);
        assert_ne!(first, second);
        std::fs::remove_file(dir.path("ca.pem")).unwrap();
        assert_ne!(shown(&open(&dir, &wanted, now)), second);
    }

    /// When the clock of a running server is set, one new certificate is enough, and not one at
    /// each look.
    #[test]
    fn a_clock_that_is_set_costs_one_new_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let now = OffsetDateTime::now_utc();
        let wanted = subjects(&[]);
        let machine = Machine::default();
        for wrong in [now + Duration::days(4000), now - Duration::days(20_000)] {
            let identity = open(&dir, &wanted, wrong);
            let refresh = || identity.refresh(&wanted, &machine, now).unwrap();
            let made: Vec<bool> = (0..3).map(|_| refresh()).collect();
            assert!(!made[1] && !made[2], "{made:?}");
            let certificate = shown(&identity);
            let (_, parsed) = X509Certificate::from_der(&certificate).unwrap();
            assert!(parsed.validity().is_valid_at(now.into()));
        }
    }

    /// A certificate that can't be saved, because the folder takes nothing any more, is used all
    /// the same.
    #[test]
    fn a_certificate_that_cannot_be_kept_is_used_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&folder.path().join("data")).unwrap();
        let now = OffsetDateTime::now_utc();
        let machine = Machine::default();
        let identity = open(&dir, &subjects(&[]), now);
        let first = shown(&identity);
        std::fs::remove_dir_all(dir.path("")).unwrap();
        let wanted = subjects(&["10.0.0.1"]);
        assert!(identity.refresh(&wanted, &machine, now).unwrap());
        assert_ne!(shown(&identity), first);
        assert!(!identity.refresh(&wanted, &machine, now).unwrap());
    }
}
