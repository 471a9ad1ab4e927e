//! The configuration: [`args`] and [`file`] are read into [`layers`], and these understood as
//! [`settings`].

pub mod args;
pub mod certificates;
mod file;
pub mod layers;
pub mod relay;
pub mod settings;
mod values;

use clap::ArgMatches;

use self::{
    args::Options,
    layers::{Layers, Raw},
    settings::Effective,
};
use crate::fault::Fault;

/// Reads every layer and understands it.
pub fn load(options: &Options, matches: &ArgMatches) -> Result<Effective, Fault> {
    Effective::from_layers(&Layers::gather(options, matches)?)
}

/// A line about each environment variable that begins like Crabcall's but belongs to no option.
/// Such a variable is no fault: container managers set some that begin with the name of a service
/// (`CRABCALL_SERVICE_HOST`).
pub fn misspelt_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let misspelt = layers::misspelt(names).into_iter();
    misspelt
        .map(|(name, nearest)| {
            format!("{name} is no option and is ignored; the nearest is {nearest}")
        })
        .collect()
}

/// The effective configuration as TOML, each value with where it came from.
pub fn print(effective: &Effective) -> String {
    effective
        .raw
        .iter()
        .map(|raw| format!("{} = {}  # {}\n", raw.key, value(raw), raw.origin))
        .collect()
}

fn value(raw: &Raw) -> String {
    let text = |value: &String| toml::Value::from(value.as_str()).to_string();
    match (raw.key, raw.values.as_slice()) {
        (
            "acme"
            | "max-participants"
            | "max-rooms"
            | "max-connections"
            | "max-connections-per-address"
            | "max-tcp-per-address"
            | "messages-per-second"
            | "relay-allocations"
            | "relay-allocations-per-participant"
            | "relay-allocations-per-address"
            | "relay-kilobits-per-second"
            | "relay-kilobits-per-second-per-address"
            | "relay-kilobits-per-second-in-all",
            [bare],
        ) => bare.clone(),
        (
            "https" | "name" | "domain" | "public-ip" | "acme-contact" | "trusted-proxy"
            | "metrics-from" | "udp" | "relay-allow",
            values,
        ) => {
            let values: Vec<_> = values.iter().map(text).collect();
            format!("[{}]", values.join(", "))
        }
        (_, values) => values.iter().map(text).collect(),
    }
}
