//! The layers a value comes from: flag over environment over file over default.

use std::{fmt, path::Path, path::PathBuf};

use clap::{ArgMatches, parser::ValueSource};

use super::{
    args::Options,
    file::{self, Entries},
};
use crate::fault::Fault;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The configuration file, at this line.
    File(PathBuf, usize),
    /// Nobody said anything.
    Default,
}

/// The values of one option, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Its long name.
    pub key: &'static str,
    /// What was written; empty when nothing was.
    pub values: Vec<String>,
    /// Where that was written.
    pub origin: Origin,
}

impl Raw {
    /// How a message names the option, so that the reader finds the place to mend.
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::Flag => format!("--{}", self.key),
            Origin::Environment => variable(self.key),
            Origin::File(path, line) => format!("{} line {line}, {}", path.display(), self.key),
            Origin::Default => format!("--{} (default)", self.key),
        }
    }

    /// A fault about one of the values.
    pub fn fault(
        &self,
        value: &str,
        problem: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Fault {
        Fault::new(format!("{} {value:?}", self.place()), problem, remedy)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => write!(f, "flag"),
            Self::Environment => write!(f, "environment"),
            Self::File(path, line) => write!(f, "{} line {line}", path.display()),
            Self::Default => write!(f, "default"),
        }
    }
}

/// The environment variable of an option.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('-', "_").to_uppercase())
}

/// The name of each of Crabcall's environment variables begins with this.
const PREFIX: &str = "CRABCALL_";

/// Finds the environment variables that begin like Crabcall's but belong to no option. Each is
/// returned with the known variable whose name is nearest.
pub fn misspelt(names: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    let known: Vec<String> = KEYS
        .iter()
        .chain(&["config"])
        .map(|key| variable(key))
        .collect();
    let nearest = |name: &str| {
        let distance = |it: &&String| strsim::damerau_levenshtein(it, name);
        known.iter().min_by_key(distance).cloned()
    };
    let ours = names.into_iter().filter(|name| name.starts_with(PREFIX));
    ours.filter(|name| !known.contains(name))
        .filter_map(|name| Some((nearest(&name)?, name)))
        .map(|(nearest, name)| (name, nearest))
        .collect()
}

/// Every option a file may set, by its long name.
pub const KEYS: [&str; 33] = [
    "http",
    "https",
    "data-dir",
    "name",
    "domain",
    "public-ip",
    "acme",
    "acme-directory",
    "acme-contact",
    "acme-ca",
    "cert",
    "key",
    "trusted-proxy",
    "metrics-from",
    "max-participants",
    "max-rooms",
    "max-connections",
    "max-connections-per-address",
    "max-tcp-per-address",
    "messages-per-second",
    "udp",
    "turn-tls",
    "relay-ports",
    "relay-allow",
    "relay-allocations",
    "relay-allocations-per-participant",
    "relay-allocations-per-address",
    "relay-kilobits-per-second",
    "relay-kilobits-per-second-per-address",
    "relay-kilobits-per-second-in-all",
    "log-format",
    "log-level",
    "qr",
];

/// Whether a running server takes a new value of this option when it is told to reload.
pub fn is_live(key: &str) -> bool {
    ["name", "metrics-from", "log-level"].contains(&key)
}

/// The uppermost layer of each option, in the order of [`KEYS`].
#[derive(Debug, Clone)]
pub struct Layers(Vec<Raw>);

impl Layers {
    /// Puts the command line, the environment and the file over each other.
    pub fn gather(options: &Options, matches: &ArgMatches) -> Result<Self, Fault> {
        let entries = match options
            .config
            .as_deref()
            .filter(|path| *path != Path::new(""))
        {
            Some(path) => (path, file::read(path, &KEYS)?),
            None => (Path::new(""), Entries::new()),
        };
        Ok(Self(
            KEYS.into_iter()
                .map(|key| uppermost(key, options, matches, &entries))
                .collect(),
        ))
    }

    /// The values written for an option.
    pub fn get(&self, key: &'static str) -> Raw {
        self.0
            .iter()
            .find(|raw| raw.key == key)
            .cloned()
            .unwrap_or(Raw {
                key,
                values: Vec::new(),
                origin: Origin::Default,
            })
    }
}

fn uppermost(
    key: &'static str,
    options: &Options,
    matches: &ArgMatches,
    (path, entries): &(&Path, Entries),
) -> Raw {
    let written = written(key, options);
    let origin = match matches.value_source(&key.replace('-', "_")) {
        Some(ValueSource::CommandLine) => Some(Origin::Flag),
        // An empty variable is how container files unset one.
        Some(ValueSource::EnvVariable) if !written.is_empty() => Some(Origin::Environment),
        _ => None,
    };
    if let Some(origin) = origin {
        return Raw {
            key,
            values: written,
            origin,
        };
    }
    match entries.get(key) {
        Some(entry) => Raw {
            key,
            values: entry.values.clone(),
            origin: Origin::File(path.to_path_buf(), entry.line),
        },
        None => Raw {
            key,
            values: Vec::new(),
            origin: Origin::Default,
        },
    }
}

fn written(key: &str, options: &Options) -> Vec<String> {
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let mut values = match key {
        "http" => one(&options.http),
        "https" => options.https.clone(),
        "data-dir" => one(&options.data_dir),
        "name" => options.name.clone(),
        "domain" => options.domain.clone(),
        "public-ip" => options.public_ip.clone(),
        "acme" => one(&options.acme),
        "acme-directory" => one(&options.acme_directory),
        "acme-contact" => options.acme_contact.clone(),
        "acme-ca" => one(&options.acme_ca),
        "cert" => one(&options.cert),
        "key" => one(&options.key),
        "trusted-proxy" => options.trusted_proxy.clone(),
        "metrics-from" => options.metrics_from.clone(),
        "max-participants" => one(&options.max_participants),
        "max-rooms" => one(&options.max_rooms),
        "max-connections" => one(&options.max_connections),
        "max-connections-per-address" => one(&options.max_connections_per_address),
        "max-tcp-per-address" => one(&options.max_tcp_per_address),
        "messages-per-second" => one(&options.messages_per_second),
        "udp" => options.udp.clone(),
        "turn-tls" => one(&options.turn_tls),
        "relay-ports" => one(&options.relay_ports),
        "relay-allow" => options.relay_allow.clone(),
        "relay-allocations" => one(&options.relay_allocations),
        "relay-allocations-per-participant" => one(&options.relay_allocations_per_participant),
        "relay-allocations-per-address" => one(&options.relay_allocations_per_address),
        "relay-kilobits-per-second" => one(&options.relay_kilobits_per_second),
        "relay-kilobits-per-second-per-address" => {
            one(&options.relay_kilobits_per_second_per_address)
        }
        "relay-kilobits-per-second-in-all" => one(&options.relay_kilobits_per_second_in_all),
        "log-format" => one(&options.log_format),
        "log-level" => one(&options.log_level),
        "qr" => one(&options.qr),
        _ => Vec::new(),
    };
    values.retain(|value| !value.is_empty());
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_option_is_told_with_the_nearest() {
        let names = [
            "CRABCALL_TRUSTED_PROXIES",
            "CRABCALL_HTPP",
            "CRABCALL_CONFIG",
            "CRABCALL_MAX_PARTICIPANTS",
            "HOME",
        ];
        let told = misspelt(names.map(ToOwned::to_owned));
        let told: Vec<_> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            told,
            [
                ("CRABCALL_TRUSTED_PROXIES", "CRABCALL_TRUSTED_PROXY"),
                ("CRABCALL_HTPP", "CRABCALL_HTTP"),
            ]
        );
    }
}
