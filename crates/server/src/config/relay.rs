//! What the options say about STUN and TURN.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

use ipnet::IpNet;

use super::{
    layers::{Layers, Raw},
    values::{address_or_off, filled, number, single, within},
};
use crate::{fault::Fault, host::Authority, networks::Networks, relay::PublicAddresses};

/// Ports below are the system's.
const LOWEST_PORT: u16 = 1024;
/// How many allocations there may be allowed to be.
const ALLOCATIONS: RangeInclusive<u32> = 1..=100_000;
/// Kilobits per second; 0 is no limit.
const KILOBITS: RangeInclusive<u32> = 0..=10_000_000;

/// How the relay is to be run.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Where STUN and TURN over UDP are spoken; empty when nowhere.
    pub udp: Vec<SocketAddr>,
    /// Where TURN over TLS is found besides the port of the page.
    pub turn_tls: Option<Authority>,
    /// Addresses others know this host by.
    pub public: PublicAddresses,
    /// Where relayed sockets are bound.
    pub ports: RangeInclusive<u16>,
    /// What participants may reach and use up.
    pub limits: turn::Config,
}

/// The options as they were written.
#[derive(Debug, Clone)]
pub struct Written {
    udp: Raw,
    turn_tls: Raw,
    ports: Raw,
    allow: Raw,
    allocations: Raw,
    per_participant: Raw,
    per_address: Raw,
    kilobits: Raw,
    kilobits_per_address: Raw,
    kilobits_in_all: Raw,
}

impl Written {
    /// The uppermost layer of each.
    pub fn of(layers: &Layers) -> Self {
        let usual = turn::Config::default();
        let kilobits = |rate: Option<u32>| rate.unwrap_or_default() / 125;
        Self {
            udp: filled(layers, "udp", &["0.0.0.0:3478", "[::]:3478"]),
            turn_tls: filled(layers, "turn-tls", &[""]),
            ports: filled(layers, "relay-ports", &["49152-65535"]),
            allow: filled(layers, "relay-allow", &[]),
            allocations: number(layers, "relay-allocations", usual.max_allocations),
            per_participant: number(
                layers,
                "relay-allocations-per-participant",
                usual.max_allocations_per_participant,
            ),
            per_address: number(
                layers,
                "relay-allocations-per-address",
                usual.max_allocations_per_address,
            ),
            kilobits: number(
                layers,
                "relay-kilobits-per-second",
                kilobits(usual.max_bytes_per_second),
            ),
            kilobits_per_address: number(
                layers,
                "relay-kilobits-per-second-per-address",
                kilobits(usual.max_bytes_per_second_per_address),
            ),
            kilobits_in_all: number(
                layers,
                "relay-kilobits-per-second-in-all",
                kilobits(usual.max_bytes_per_second_in_all),
            ),
        }
    }

    /// All of them, in the order of [`super::layers::KEYS`].
    pub fn into_raw(self) -> [Raw; 10] {
        [
            self.udp,
            self.turn_tls,
            self.ports,
            self.allow,
            self.allocations,
            self.per_participant,
            self.per_address,
            self.kilobits,
            self.kilobits_per_address,
            self.kilobits_in_all,
        ]
    }

    /// What they mean; `public_ips` are addresses others know this host by.
    pub fn understand(&self, public_ips: &[IpAddr]) -> Result<RelaySettings, Fault> {
        let rate = |raw: &Raw| -> Result<Option<u32>, Fault> {
            let kilobits = within(raw, &KILOBITS)?;
            Ok((kilobits > 0).then(|| kilobits.saturating_mul(125)))
        };
        Ok(RelaySettings {
            udp: address_or_off(&self.udp, "0.0.0.0:3478")?,
            turn_tls: self.turn_tls()?,
            public: PublicAddresses::first_of(public_ips),
            ports: self.ports()?,
            limits: turn::Config {
                allow: self.allow()?,
                max_allocations: within(&self.allocations, &ALLOCATIONS)? as usize,
                max_allocations_per_participant: within(&self.per_participant, &ALLOCATIONS)?
                    as usize,
                max_allocations_per_address: within(&self.per_address, &ALLOCATIONS)? as usize,
                max_bytes_per_second: rate(&self.kilobits)?,
                max_bytes_per_second_per_address: rate(&self.kilobits_per_address)?,
                max_bytes_per_second_in_all: rate(&self.kilobits_in_all)?,
                ..turn::Config::default()
            },
        })
    }

    fn turn_tls(&self) -> Result<Option<Authority>, Fault> {
        let value = single(&self.turn_tls)?;
        if value.is_empty() {
            return Ok(None);
        }
        let authority = Authority::parse(value).filter(|it| it.port != Some(0));
        authority.map(Some).ok_or_else(|| {
            self.turn_tls.fault(
                value,
                "not a host and a port",
                "write it like call.example.org:5349",
            )
        })
    }

    fn ports(&self) -> Result<RangeInclusive<u16>, Fault> {
        let value = single(&self.ports)?;
        let range = value.split_once('-').and_then(|(low, high)| {
            let range = low.trim().parse().ok()?..=high.trim().parse().ok()?;
            (LOWEST_PORT <= *range.start() && range.start() <= range.end()).then_some(range)
        });
        range.ok_or_else(|| {
            self.ports.fault(
                value,
                "not a range of ports from 1024 up",
                "write it like 49152-65535",
            )
        })
    }

    fn allow(&self) -> Result<Vec<IpNet>, Fault> {
        let network = |value: &String| {
            Networks::parse(value).ok_or_else(|| {
                self.allow.fault(
                    value,
                    "not an IP address or network",
                    "write it like 10.20.0.0/16",
                )
            })
        };
        self.allow.values.iter().map(network).collect()
    }
}
