//! What the options mean once they are understood.

use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf};

use tracing_subscriber::filter::LevelFilter;

use super::{
    certificates::{self, InTheOpen},
    layers::{Layers, Raw, is_live},
    relay::{self, RelaySettings},
    values::{address, address_or_off, choice, filled, hosts_of, networks, number, single, within},
};
use crate::{
    fault::Fault,
    host::{Host, HostPattern},
    networks::Networks,
    signalling::Limits,
};

/// How many people a call may be allowed to take.
const PARTICIPANTS: RangeInclusive<u32> = 2..=100;
/// The values that --max-rooms may have.
const ROOMS: RangeInclusive<u32> = 1..=1_000_000;
/// How many WebSockets there may be allowed to be.
const CONNECTIONS: RangeInclusive<u32> = 1..=1_000_000;
/// The usual --max-tcp-per-address, which is enough for about forty browsers behind one address.
const TCP_PER_ADDRESS: u32 = 256;
/// Messages per second; 0 is no limit.
const MESSAGES: RangeInclusive<u32> = 0..=1_000_000;

/// Everything `crabcall serve` needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where plain HTTP is spoken, if at all.
    pub http: Option<SocketAddr>,
    /// Where HTTPS is spoken; empty when nowhere.
    pub https: Vec<SocketAddr>,
    /// The folder of certificates and keys.
    pub data_dir: PathBuf,
    /// The settings that can change without a restart, as they are at the start.
    pub live: Live,
    /// Public names and addresses, and their certificate.
    pub in_the_open: InTheOpen,
    /// Proxies whose forwarded headers are believed.
    pub trusted_proxies: Networks,
    /// How many people a call takes.
    pub max_participants: u32,
    /// What visitors may use up.
    pub limits: Limits,
    /// TCP connections that one address may have: those that speak HTTP, and as many again that
    /// speak TURN.
    pub max_tcp_per_address: u32,
    /// STUN and TURN.
    pub relay: RelaySettings,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_level: LevelFilter,
    /// When a QR code is printed.
    pub qr: Qr,
}

/// The settings that can change without a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// More names and addresses this server is reached by.
    pub names: Vec<HostPattern>,
    /// Who may read the metrics besides this computer.
    pub metrics_from: Networks,
}

impl Live {
    /// Whether the operator said that this server is reached by this host.
    pub fn is_named(&self, host: &Host) -> bool {
        self.names.iter().any(|pattern| pattern.matches(host))
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line, for collectors.
    Json,
}

/// When a QR code of the network address is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qr {
    /// When standard output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The layers with the defaults filled in, as texts, and what they mean.
#[derive(Debug, Clone)]
pub struct Effective {
    /// Each option as text, in the order of [`super::layers::KEYS`].
    pub raw: Vec<Raw>,
    /// The same understood.
    pub settings: Settings,
}

impl Effective {
    /// Fills in the defaults and understands every value.
    pub fn from_layers(layers: &Layers) -> Result<Self, Fault> {
        let trusted = filled(layers, "trusted-proxy", &[]);
        let trusted_proxies = networks(&trusted)?;
        let http = filled(layers, "http", &["127.0.0.1:8080"]);
        let open = certificates::Written::of(layers);
        let https = filled(
            layers,
            "https",
            if open.is_acme()? {
                &["0.0.0.0:443", "[::]:443"]
            } else {
                &["0.0.0.0:8443", "[::]:8443"]
            },
        );
        let data_dir = match layers.get("data-dir") {
            raw if raw.values.is_empty() => Raw {
                values: vec![usual_data_dir()?],
                ..raw
            },
            raw => raw,
        };
        let name = filled(layers, "name", &[]);
        let metrics_from = filled(layers, "metrics-from", &[]);
        let usual = Limits::default();
        let max_participants = filled(layers, "max-participants", &["4"]);
        let max_rooms = number(layers, "max-rooms", usual.max_rooms);
        let max_connections = number(layers, "max-connections", usual.max_connections);
        let per_address = number(
            layers,
            "max-connections-per-address",
            usual.max_connections_per_address,
        );
        let tcp_per_address = number(layers, "max-tcp-per-address", TCP_PER_ADDRESS);
        let messages = number(layers, "messages-per-second", usual.messages_per_second);
        let relay = relay::Written::of(layers);
        let log_format = filled(layers, "log-format", &["human"]);
        let log_level = filled(layers, "log-level", &["info"]);
        let qr = filled(layers, "qr", &["auto"]);

        let https_addresses = address_or_off(&https, "0.0.0.0:8443")?;
        let in_the_open =
            open.understand(!https_addresses.is_empty(), !trusted_proxies.is_empty())?;
        let settings = Settings {
            http: http_address(&http, &trusted_proxies)?,
            https: https_addresses,
            data_dir: PathBuf::from(single(&data_dir)?),
            live: Live {
                names: hosts_of(&name)?,
                metrics_from: networks(&metrics_from)?,
            },
            max_participants: within(&max_participants, &PARTICIPANTS)?,
            limits: Limits {
                max_rooms: within(&max_rooms, &ROOMS)? as usize,
                max_connections: within(&max_connections, &CONNECTIONS)? as usize,
                max_connections_per_address: within(&per_address, &CONNECTIONS)? as usize,
                messages_per_second: within(&messages, &MESSAGES)?,
                ..usual
            },
            max_tcp_per_address: within(&tcp_per_address, &CONNECTIONS)?,
            relay: relay.understand(&in_the_open.public_ips)?,
            in_the_open,
            log_format: choice(
                &log_format,
                &[("human", LogFormat::Human), ("json", LogFormat::Json)],
            )?,
            log_level: choice(
                &log_level,
                &[
                    ("off", LevelFilter::OFF),
                    ("error", LevelFilter::ERROR),
                    ("warn", LevelFilter::WARN),
                    ("info", LevelFilter::INFO),
                    ("debug", LevelFilter::DEBUG),
                    ("trace", LevelFilter::TRACE),
                ],
            )?,
            qr: choice(
                &qr,
                &[
                    ("auto", Qr::Auto),
                    ("always", Qr::Always),
                    ("never", Qr::Never),
                ],
            )?,
            trusted_proxies,
        };
        if settings.http.is_none() && settings.https.is_empty() {
            return Err(https.fault(
                "off",
                "nothing to listen on, --http is off too",
                "leave one of them on",
            ));
        }
        let mut raw = vec![http, https, data_dir, name];
        raw.extend(open.into_raw());
        raw.extend([
            trusted,
            metrics_from,
            max_participants,
            max_rooms,
            max_connections,
            per_address,
            tcp_per_address,
            messages,
        ]);
        raw.extend(relay.into_raw());
        raw.extend([log_format, log_level, qr]);
        Ok(Self { raw, settings })
    }

    /// The options whose values differ between the two.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.raw.iter().zip(&other.raw);
        pairs
            .filter(|(one, other)| one.values != other.values)
            .map(|(one, _)| one.key)
            .collect()
    }

    /// Takes over the options that can change without a restart. All others stay as they were at
    /// the start of the server.
    pub fn take_live(&mut self, other: Self) {
        for (own, new) in self.raw.iter_mut().zip(other.raw) {
            if is_live(own.key) {
                *own = new;
            }
        }
        self.settings.live = other.settings.live;
        self.settings.log_level = other.settings.log_level;
    }
}

/// Where a user's data goes on this system; `crabcall` in it.
pub fn default_data_dir() -> Option<PathBuf> {
    dirs::data_dir().map(|dir| dir.join("crabcall"))
}

fn usual_data_dir() -> Result<String, Fault> {
    default_data_dir()
        .and_then(|dir| dir.into_os_string().into_string().ok())
        .ok_or_else(|| {
            Fault::new(
                "--data-dir (default)",
                "this user has no data folder",
                "name a folder with --data-dir",
            )
        })
}

fn http_address(raw: &Raw, trusted: &Networks) -> Result<Option<SocketAddr>, Fault> {
    let value = single(raw)?;
    if value == "off" {
        return Ok(None);
    }
    let address = address(raw, value, "127.0.0.1:8080")?;
    if !address.ip().is_loopback() && trusted.is_empty() {
        return Err(raw.fault(
            value,
            "not a loopback address, and browsers give no camera to plain HTTP from another computer",
            "use 127.0.0.1 and let others come by --https, or name the proxy in front with --trusted-proxy",
        ));
    }
    Ok(Some(address))
}
