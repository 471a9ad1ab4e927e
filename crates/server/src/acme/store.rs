//! What is kept over a restart: the account at the authority, the certificate, and the last failure
//! to get one.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use instant_acme::AccountCredentials;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use super::{Options, schedule::Failing};
use crate::{data_dir::DataDir, fault::Fault};

const ACCOUNT: &str = "acme-account.json";
const CERTIFICATE: &str = "acme-certificate.json";
const FAILURE: &str = "acme-failure.json";

/// An account, and at which authority.
#[derive(Serialize, Deserialize)]
pub struct KeptAccount {
    pub directory: String,
    pub contacts: Vec<String>,
    pub credentials: AccountCredentials,
}

/// A certificate, and from which authority.
#[derive(Serialize, Deserialize)]
pub struct KeptCertificate {
    pub directory: String,
    /// PEM.
    pub chain: String,
    /// PEM.
    pub key: String,
}

/// A failure to get a certificate: what was asked for, and when to ask again. Moments are in
/// seconds since 1970.
#[derive(Serialize, Deserialize)]
pub struct KeptFailure {
    directory: String,
    contacts: Vec<String>,
    hosts: Vec<String>,
    failures: u32,
    due: i64,
    not_before: Option<i64>,
    pub problem: String,
}

impl KeptFailure {
    pub fn new(options: &Options, failing: Failing, problem: String) -> Self {
        Self {
            directory: options.directory.clone(),
            contacts: options.contacts.clone(),
            hosts: hosts(options),
            failures: failing.failures,
            due: failing.due.unix_timestamp(),
            not_before: failing.not_before.map(OffsetDateTime::unix_timestamp),
            problem,
        }
    }

    /// None if the numbers in the file are no moments.
    pub fn failing(&self) -> Option<Failing> {
        let moment = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
        Some(Failing {
            failures: self.failures,
            due: moment(self.due)?,
            not_before: self.not_before.and_then(moment),
        })
    }
}

fn hosts(options: &Options) -> Vec<String> {
    options.hosts.iter().map(ToString::to_string).collect()
}

/// The files. Each is written whole or not at all, and only its owner can read it. What can't be
/// written is kept in memory until the program ends.
#[derive(Debug)]
pub struct Store {
    dir: DataDir,
    unwritten: Mutex<BTreeMap<&'static str, Vec<u8>>>,
}

impl Store {
    pub fn new(dir: DataDir) -> Self {
        Self {
            dir,
            unwritten: Mutex::default(),
        }
    }

    /// The folder that holds the files.
    pub fn folder(&self) -> PathBuf {
        self.dir.path("")
    }

    /// The account at this authority, if it is for these contacts. A damaged file is as good as
    /// none: accounts are free.
    pub fn account(&self, options: &Options) -> Option<KeptAccount> {
        self.read::<KeptAccount>(ACCOUNT)
            .filter(|kept| kept.directory == options.directory)
            .filter(|kept| kept.contacts == options.contacts)
    }

    pub fn keep_account(&self, account: &KeptAccount) -> Result<(), Fault> {
        self.write(ACCOUNT, account)
    }

    /// The certificate from this authority.
    pub fn certificate(&self, options: &Options) -> Option<KeptCertificate> {
        self.read::<KeptCertificate>(CERTIFICATE)
            .filter(|kept| kept.directory == options.directory)
    }

    pub fn keep_certificate(&self, certificate: &KeptCertificate) -> Result<(), Fault> {
        self.write(CERTIFICATE, certificate)
    }

    /// The last failure, if it was about the authority, contacts and hosts of these options.
    pub fn failure(&self, options: &Options) -> Option<KeptFailure> {
        self.read::<KeptFailure>(FAILURE)
            .filter(|kept| kept.directory == options.directory)
            .filter(|kept| kept.contacts == options.contacts && kept.hosts == hosts(options))
    }

    pub fn keep_failure(&self, failure: &KeptFailure) -> Result<(), Fault> {
        self.write(FAILURE, failure)
    }

    pub fn forget_failure(&self) -> Result<(), Fault> {
        self.unwritten().remove(FAILURE);
        self.dir.remove(FAILURE)
    }

    fn unwritten(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Vec<u8>>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: DeserializeOwned>(&self, name: &'static str) -> Option<T> {
        let damaged = |problem: &dyn fmt::Display| {
            tracing::warn!("{} is not used: {problem}", self.dir.path(name).display());
        };
        let unwritten = self.unwritten().get(name).cloned();
        let read = match unwritten {
            Some(bytes) => Ok(Some(bytes)),
            None => self.dir.read(name),
        };
        match read {
            Ok(bytes) => serde_json::from_slice(&bytes?)
                .map_err(|error| damaged(&error))
                .ok(),
            Err(fault) => {
                damaged(&fault);
                None
            }
        }
    }

    fn write(&self, name: &'static str, value: &impl Serialize) -> Result<(), Fault> {
        let bytes =
            serde_json::to_vec_pretty(value).map_err(|error| self.dir.fault(name, error))?;
        let written = self.dir.write(name, &bytes);
        if written.is_ok() {
            self.unwritten().remove(name);
        } else {
            self.unwritten().insert(name, bytes);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options {
            directory: "https://ca.example/dir".to_owned(),
            contacts: Vec::new(),
            ca: None,
            hosts: Vec::new(),
        }
    }

    fn certificate() -> KeptCertificate {
        KeptCertificate {
            directory: options().directory,
            chain: "chain".to_owned(),
            key: "key".to_owned(),
        }
    }

    #[test]
    fn what_cannot_be_written_is_kept_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let store = Store::new(DataDir::open(&path).unwrap());
        std::fs::remove_dir(&path).unwrap();
        assert!(store.keep_certificate(&certificate()).is_err());
        assert_eq!(store.certificate(&options()).unwrap().chain, "chain");
        std::fs::create_dir(&path).unwrap();
        assert!(store.keep_certificate(&certificate()).is_ok());
        assert_eq!(store.certificate(&options()).unwrap().chain, "chain");
    }

    #[test]
    fn a_failure_counts_only_for_the_same_options() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(DataDir::open(folder.path()).unwrap());
        let now = OffsetDateTime::UNIX_EPOCH;
        let failing = Failing {
            failures: 3,
            due: now,
            not_before: Some(now),
        };
        let failure = KeptFailure::new(&options(), failing, "no".to_owned());
        store.keep_failure(&failure).unwrap();
        assert_eq!(store.failure(&options()).unwrap().failing(), Some(failing));
        let other = Options {
            contacts: vec!["mailto:a@example.org".to_owned()],
            ..options()
        };
        assert!(store.failure(&other).is_none());
        store.forget_failure().unwrap();
        assert!(store.failure(&options()).is_none());
        store.forget_failure().unwrap();
    }
}
