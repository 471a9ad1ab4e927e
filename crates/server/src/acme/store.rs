//! What is kept over a restart: the account at the authority, and the certificate.

use std::fmt;

use instant_acme::AccountCredentials;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Options;
use crate::{data_dir::DataDir, fault::Fault};

const ACCOUNT: &str = "acme-account.json";
const CERTIFICATE: &str = "acme-certificate.json";

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

/// The files. Each is written whole or not at all, for its owner alone.
#[derive(Debug, Clone)]
pub struct Store(DataDir);

impl Store {
    pub fn new(dir: DataDir) -> Self {
        Self(dir)
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

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let damaged = |problem: &dyn fmt::Display| {
            tracing::warn!("{} is not used: {problem}", self.0.path(name).display());
        };
        match self.0.read(name) {
            Ok(bytes) => serde_json::from_slice(&bytes?)
                .map_err(|error| damaged(&error))
                .ok(),
            Err(fault) => {
                damaged(&fault);
                None
            }
        }
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Fault> {
        let bytes = serde_json::to_vec_pretty(value).map_err(|error| self.0.fault(name, error))?;
        self.0.write(name, &bytes)
    }
}
