//! Reads what stands in one option: a number, an address, one of several words.

use std::{net::SocketAddr, ops::RangeInclusive, str::FromStr};

use super::layers::{Layers, Raw};
use crate::{
    fault::Fault,
    host::{HostName, HostPattern},
    networks::Networks,
};

/// The values of an option from the layer that counts, or the default.
pub(super) fn filled(layers: &Layers, key: &'static str, default: &[&str]) -> Raw {
    let mut raw = layers.get(key);
    if raw.values.is_empty() {
        raw.values = default.iter().map(|&value| value.to_owned()).collect();
    }
    raw
}

/// The same, where the default is a number.
pub(super) fn number(layers: &Layers, key: &'static str, default: impl ToString) -> Raw {
    filled(layers, key, &[&default.to_string()])
}

/// The value of an option that takes exactly one.
pub(super) fn single(raw: &Raw) -> Result<&str, Fault> {
    match raw.values.as_slice() {
        [value] => Ok(value),
        values => Err(raw.fault(&values.join(" "), "takes one value", "give one only")),
    }
}

/// An IP address with a port.
pub(super) fn address(raw: &Raw, value: &str, example: &str) -> Result<SocketAddr, Fault> {
    SocketAddr::from_str(value).map_err(|_| {
        raw.fault(
            value,
            "not an IP address with a port",
            format!("write it like {example}, or off"),
        )
    })
}

/// Some addresses, or none at all.
pub(super) fn address_or_off(raw: &Raw, example: &str) -> Result<Vec<SocketAddr>, Fault> {
    if raw.values.iter().any(|value| value == "off") {
        if raw.values.len() > 1 {
            return Err(raw.fault(
                "off",
                "stands beside an address",
                "give either off or addresses",
            ));
        }
        return Ok(Vec::new());
    }
    raw.values
        .iter()
        .map(|value| address(raw, value, example))
        .collect()
}

/// Host names.
pub(super) fn names_of(raw: &Raw) -> Result<Vec<HostName>, Fault> {
    raw.values
        .iter()
        .map(|value| {
            HostName::parse(value).ok_or_else(|| {
                raw.fault(
                    value,
                    "not a host name",
                    "write it like crab.local, without a scheme, port or path (other scripts in their xn-- form)",
                )
            })
        })
        .collect()
}

/// Host names, IP addresses and patterns of them.
pub(super) fn hosts_of(raw: &Raw) -> Result<Vec<HostPattern>, Fault> {
    raw.values
        .iter()
        .map(|value| {
            HostPattern::parse(value).ok_or_else(|| {
                raw.fault(
                    value,
                    "not a host name or an IP address",
                    "write it like crab.local, 192.168.1.20 or *.fritz.box, without a scheme, port or path (other \
                     scripts in their xn-- form)",
                )
            })
        })
        .collect()
}

/// IP addresses and networks.
pub(super) fn networks(raw: &Raw) -> Result<Networks, Fault> {
    raw.values
        .iter()
        .map(|value| {
            Networks::parse(value).ok_or_else(|| {
                raw.fault(
                    value,
                    "not an IP address or network",
                    "write it like 192.168.1.10 or 10.0.0.0/8",
                )
            })
        })
        .collect()
}

/// A number in this range.
pub(super) fn within(raw: &Raw, range: &RangeInclusive<u32>) -> Result<u32, Fault> {
    let value = single(raw)?;
    match value.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(raw.fault(
            value,
            "not a number this option takes",
            format!("write a number from {} to {}", range.start(), range.end()),
        )),
    }
}

/// One of these words, and what it stands for.
pub(super) fn choice<T: Copy>(raw: &Raw, choices: &[(&str, T)]) -> Result<T, Fault> {
    let value = single(raw)?;
    choices
        .iter()
        .find(|(name, _)| *name == value)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            raw.fault(
                value,
                "not one of the choices",
                format!("write {}", names.join(" or ")),
            )
        })
}
