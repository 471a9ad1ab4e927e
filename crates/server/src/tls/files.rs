//! The operator's own certificate: two files, read again when they change.

use std::{fs, io::Read as _, path::Path, path::PathBuf};

use aws_lc_rs::digest;
use time::OffsetDateTime;

use super::certificate::{Certificate, Unusable};
use crate::{fault::Fault, host::Host};

/// A larger file is no certificate chain.
const MAX_BYTES: u64 = 1024 * 1024;

/// The files and what they held.
#[derive(Debug)]
pub struct Files {
    wanted: Wanted,
    seen: Result<Contents, Fault>,
    doubtful: Option<Result<Contents, Fault>>,
}

/// Where they are, and what the certificate has to be for.
#[derive(Debug)]
struct Wanted {
    certificate: PathBuf,
    key: PathBuf,
    hosts: Vec<Host>,
}

/// What tells one pair of files from another without keeping the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Contents {
    certificate: [u8; 32],
    key: [u8; 32],
}

impl Files {
    /// Reads them the first time. The certificate has to be for all of `hosts`. One that has ended
    /// is taken all the same, with a word in the log: calls on the local network go on.
    pub fn open(
        certificate: PathBuf,
        key: PathBuf,
        hosts: Vec<Host>,
        now: OffsetDateTime,
    ) -> Result<(Self, Certificate), Fault> {
        let wanted = Wanted {
            certificate,
            key,
            hosts,
        };
        let (chain, key) = wanted.contents()?;
        let read = wanted.read(&chain, &key, now)?;
        if let Err(ended) = wanted.check(&read, now) {
            // Whether it is for the right names counts all the same.
            wanted.check(&read, read.lifetime().not_before)?;
            tracing::error!("{ended}");
        }
        let seen = Ok(Contents::of(&chain, &key));
        let files = Self {
            wanted,
            seen,
            doubtful: None,
        };
        Ok((files, read))
    }

    /// What is in them when that changed since the last look: a certificate to take, or why it
    /// can't be taken. Each change is told once; what can't be taken only when it is still so at
    /// the next look, as somebody may be writing the files right now.
    pub fn look(&mut self, now: OffsetDateTime) -> Option<Result<Certificate, Fault>> {
        let contents = self.wanted.contents();
        let found = match &contents {
            Ok((chain, key)) => Ok(Contents::of(chain, key)),
            Err(fault) => Err(fault.clone()),
        };
        if found == self.seen {
            self.doubtful = None;
            return None;
        }
        let read = contents.and_then(|(chain, key)| {
            let read = self.wanted.read(&chain, &key, now)?;
            self.wanted.check(&read, now)?;
            Ok(read)
        });
        if read.is_err() && self.doubtful.as_ref() != Some(&found) {
            self.doubtful = Some(found);
            return None;
        }
        self.doubtful = None;
        self.seen = found;
        Some(read)
    }
}

impl Wanted {
    fn contents(&self) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        Ok((
            contents(&self.certificate, "--cert")?,
            contents(&self.key, "--key")?,
        ))
    }

    fn read(&self, chain: &[u8], key: &[u8], now: OffsetDateTime) -> Result<Certificate, Fault> {
        Certificate::read(chain, key, now).map_err(|problem| self.unusable(&problem))
    }

    fn check(&self, certificate: &Certificate, now: OffsetDateTime) -> Result<(), Fault> {
        certificate
            .check(&self.hosts, now)
            .map_err(|problem| self.unusable(&problem))
    }

    fn unusable(&self, problem: &Unusable) -> Fault {
        let certificate = format!("--cert {}", self.certificate.display());
        let key = format!("--key {}", self.key.display());
        match problem {
            Unusable::NoCertificate | Unusable::Unreadable(_) => Fault::new(
                certificate,
                problem,
                "name a PEM file with the server's certificate first and those above it after it",
            ),
            Unusable::NoKey => Fault::new(
                key,
                problem,
                "name the PEM file of the certificate's private key",
            ),
            Unusable::OtherKey => Fault::new(
                certificate,
                problem,
                format!("name two files that belong together, this is beside {key}"),
            ),
            Unusable::KeyRefused(_) => Fault::new(
                certificate,
                problem,
                "use an ECDSA P-256 key, or an RSA key of 2048 bits or more",
            ),
            Unusable::Ended(_) => {
                Fault::new(certificate, problem, "get a new one from its authority")
            }
            Unusable::NotFor(_) => Fault::new(
                certificate,
                problem,
                "get one that is, or leave --domain away for that name",
            ),
        }
    }
}

impl Contents {
    fn of(chain: &[u8], key: &[u8]) -> Self {
        Self {
            certificate: sha256(chain),
            key: sha256(key),
        }
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    for (to, from) in hash
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *to = *from;
    }
    hash
}

fn contents(path: &Path, option: &str) -> Result<Vec<u8>, Fault> {
    let fault = |problem: String| {
        Fault::new(
            format!("{option} {}", path.display()),
            problem,
            "name a PEM file this user can read",
        )
    };
    let unreadable = |error: std::io::Error| fault(format!("can't be read: {error}"));
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fault(format!("is larger than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}
