//! What the options say about names, addresses and certificates in the open.

use std::{net::IpAddr, path::PathBuf};

use super::{
    layers::{Layers, Raw},
    values::{choice, filled, names_of, single},
};
use crate::{
    acme,
    fault::Fault,
    host::{Host, HostName},
    tls::names,
};

/// The authority whose certificates every browser trusts and that asks for no account elsewhere.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Where the certificate for the open Internet comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// Files of the operator.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// An authority, by ACME.
    Acme(acme::Options),
}

/// What the options say.
#[derive(Debug, Clone, Default)]
pub struct InTheOpen {
    /// Public names of this server.
    pub domains: Vec<HostName>,
    /// Public addresses of this server.
    pub public_ips: Vec<IpAddr>,
    /// Where the certificate for them comes from, if not from a proxy.
    pub source: Option<CertificateSource>,
}

/// The options as they were written.
#[derive(Debug, Clone)]
pub struct Written {
    domain: Raw,
    public_ip: Raw,
    acme: Raw,
    directory: Raw,
    contact: Raw,
    ca: Raw,
    certificate: Raw,
    key: Raw,
}

impl Written {
    /// The uppermost layer of each.
    pub fn of(layers: &Layers) -> Self {
        Self {
            domain: filled(layers, "domain", &[]),
            public_ip: filled(layers, "public-ip", &[]),
            acme: filled(layers, "acme", &["false"]),
            directory: filled(layers, "acme-directory", &[LETS_ENCRYPT]),
            contact: filled(layers, "acme-contact", &[]),
            ca: filled(layers, "acme-ca", &[""]),
            certificate: filled(layers, "cert", &[""]),
            key: filled(layers, "key", &[""]),
        }
    }

    /// Whether certificates are to be asked for.
    pub fn is_acme(&self) -> Result<bool, Fault> {
        choice(&self.acme, &[("true", true), ("false", false)])
    }

    /// All of them, in the order of [`super::layers::KEYS`].
    pub fn into_raw(self) -> [Raw; 8] {
        [
            self.domain,
            self.public_ip,
            self.acme,
            self.directory,
            self.contact,
            self.ca,
            self.certificate,
            self.key,
        ]
    }

    /// What they mean; `has_https` and `has_proxy` tell what else shows certificates.
    pub fn understand(&self, has_https: bool, has_proxy: bool) -> Result<InTheOpen, Fault> {
        let domains = names_of(&self.domain)?;
        let public_ips = self.public_ips()?;
        let source = self.source(&domains, &public_ips)?;
        match &source {
            Some(_) if !has_https => {
                let raw = if self.is_acme()? {
                    &self.acme
                } else {
                    &self.certificate
                };
                return Err(Fault::new(
                    raw.place(),
                    "there is no HTTPS to show a certificate",
                    "give an address with --https",
                ));
            }
            None if has_https && !has_proxy => {
                if let Some(domain) = domains.first() {
                    return Err(self.domain.fault(
                        domain.as_str(),
                        "has no certificate",
                        "get one with --acme, name your own with --cert and --key, or the proxy that has it with --trusted-proxy",
                    ));
                }
            }
            _ => {}
        }
        Ok(InTheOpen {
            domains,
            public_ips,
            source,
        })
    }

    fn public_ips(&self) -> Result<Vec<IpAddr>, Fault> {
        let fault = |value: &str| {
            self.public_ip.fault(
                value,
                "not an IP address others could reach",
                "write it like 203.0.113.7 or 2001:db8::7",
            )
        };
        self.public_ip
            .values
            .iter()
            .map(|value| {
                value
                    .parse::<IpAddr>()
                    .ok()
                    .filter(|address| !address.is_unspecified() && !address.is_multicast())
                    .ok_or_else(|| fault(value))
            })
            .collect()
    }

    fn source(
        &self,
        domains: &[HostName],
        addresses: &[IpAddr],
    ) -> Result<Option<CertificateSource>, Fault> {
        let files = self.files()?;
        if !self.is_acme()? {
            return Ok(files);
        }
        if files.is_some() {
            return Err(Fault::new(
                self.certificate.place(),
                format!("there is {} too", self.acme.place()),
                "keep one of them",
            ));
        }
        let hosts: Vec<Host> = if domains.is_empty() {
            addresses.iter().copied().map(Host::Address).collect()
        } else {
            domains.iter().cloned().map(Host::Name).collect()
        };
        if hosts.is_empty() {
            return Err(Fault::new(
                self.acme.place(),
                "nothing to ask a certificate for",
                "give a public name with --domain, or a public address with --public-ip",
            ));
        }
        let directory = self.directory()?;
        if directory == LETS_ENCRYPT {
            self.check_is_public(&hosts)?;
        }
        Ok(Some(CertificateSource::Acme(acme::Options {
            directory,
            contacts: self.contacts()?,
            ca: path(&self.ca)?,
            hosts,
        })))
    }

    fn files(&self) -> Result<Option<CertificateSource>, Fault> {
        let missing = |there: &Raw, other: &str| {
            Fault::new(
                there.place(),
                format!("stands alone, without --{other}"),
                format!("give --{other} too"),
            )
        };
        match (path(&self.certificate)?, path(&self.key)?) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                Ok(Some(CertificateSource::Files { certificate, key }))
            }
            (Some(_), None) => Err(missing(&self.certificate, "key")),
            (None, Some(_)) => Err(missing(&self.key, "cert")),
        }
    }

    fn directory(&self) -> Result<String, Fault> {
        let value = single(&self.directory)?;
        let is_address = value.strip_prefix("https://").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic())
        });
        if !is_address {
            return Err(self.directory.fault(
                value,
                "not an https:// address",
                format!("write it like {LETS_ENCRYPT}"),
            ));
        }
        Ok(value.to_owned())
    }

    fn contacts(&self) -> Result<Vec<String>, Fault> {
        self.contact
            .values
            .iter()
            .map(|value| {
                let mail = value.strip_prefix("mailto:").unwrap_or(value);
                let is_mail = mail.bytes().all(|byte| byte.is_ascii_graphic())
                    && mail.split_once('@').is_some_and(|(who, host)| {
                        !who.is_empty() && HostName::parse(host).is_some()
                    });
                is_mail.then(|| format!("mailto:{mail}")).ok_or_else(|| {
                    self.contact.fault(
                        value,
                        "not a mail address",
                        "write it like admin@example.org",
                    )
                })
            })
            .collect()
    }

    /// No public authority certifies what means something else in every network.
    fn check_is_public(&self, hosts: &[Host]) -> Result<(), Fault> {
        for host in hosts {
            let (raw, is_private) = match host {
                Host::Name(name) => (&self.domain, names::may_certify(name)),
                Host::Address(address) => (&self.public_ip, names::may_certify_address(*address)),
            };
            if is_private {
                return Err(raw.fault(
                    &host.to_string(),
                    "is a private one, for which no public authority gives a certificate",
                    "leave --acme away: Crabcall makes certificates for such itself",
                ));
            }
        }
        Ok(())
    }
}

fn path(raw: &Raw) -> Result<Option<PathBuf>, Fault> {
    let value = single(raw)?;
    Ok((!value.is_empty()).then(|| PathBuf::from(value)))
}
