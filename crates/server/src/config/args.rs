//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Video calls from one program: start it, open the page, share the link.
#[derive(Debug, Parser)]
#[command(name = "crabcall", version, about, max_term_width = 100)]
#[command(after_help = "To start: crabcall serve, then open the address it prints.")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The things the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the page and connect the calls, until Ctrl-C
    ///
    /// When it runs without a terminal, as a service does, SIGHUP makes it read the configuration
    /// and the certificates again.
    Serve(Options),
    /// Print the effective configuration as TOML, with where each value came from
    ///
    /// Takes the options of `serve`. What it prints can be used as a file for --config.
    Config(Options),
    /// Make a new key for the tickets by which people get back into their calls
    ///
    /// Takes the options of `serve`. From the next start on, older tickets are refused. Use it when
    /// somebody got hold of a ticket, or when the clock was wrong.
    RotateTickets(Options),
    /// Try everything a call needs of a server, and say what fails and what to do about it
    ///
    /// Run it where the callers are: it goes the way of their browsers, from the name to a relayed
    /// packet. It ends with 1 if something does not work.
    Doctor(Doctor),
}

/// The options of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// The address of the page, as a browser shows it [default: the server on this computer]
    #[arg(value_name = "URL")]
    pub url: Option<String>,

    /// Print what was found as JSON, for programs
    #[arg(long)]
    pub json: bool,

    /// A root certificate (PEM) that the callers' devices trust besides those that every browser
    /// trusts
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// The data folder of the server on this computer, to which it writes its address [default:
    /// crabcall in the user's data folder]
    #[arg(long, env = "CRABCALL_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

/// The options of `serve` and `config`, as they were written. [`super::layers`] reads them.
///
/// A flag wins over its environment variable, that over the file, and that over the default.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A TOML file with any of these options under their long names
    #[arg(long, env = "CRABCALL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address for plain HTTP, or `off` [default: 127.0.0.1:8080]
    ///
    /// A loopback address: browsers give no camera to a page that came over plain HTTP from
    /// another computer. Any address with --trusted-proxy, for a proxy that speaks HTTPS.
    #[arg(long, env = "CRABCALL_HTTP", value_name = "ADDRESS")]
    pub http: Option<String>,

    /// Address for HTTPS, or `off`; can be repeated [default: 0.0.0.0:8443 and [::]:8443, with
    /// --acme port 443]
    #[arg(
        long,
        env = "CRABCALL_HTTPS",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub https: Vec<String>,

    /// Folder for the certificates and keys [default: crabcall in the user's data folder]
    #[arg(long, env = "CRABCALL_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<String>,

    /// Another name or address this server is reached by; can be repeated
    ///
    /// This computer's own addresses and name, localhost and names under .local are known already.
    /// The certificates made here can be for private addresses and names under .local, .home.arpa
    /// and .internal. For any other name browsers show a warning, unless --cert gives a certificate
    /// for it.
    ///
    /// `*.fritz.box` stands for every name with one label in the place of the `*`, as in
    /// certificates. Name only a domain below which no stranger can have a name: pages of such a
    /// name could be led here.
    #[arg(
        long,
        env = "CRABCALL_NAME",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub name: Vec<String>,

    /// A public name this server is reached by; can be repeated
    ///
    /// Its certificate comes from --acme, from --cert or from a proxy in front.
    #[arg(
        long,
        env = "CRABCALL_DOMAIN",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub domain: Vec<String>,

    /// A public IP address this server is reached by; can be repeated
    ///
    /// Behind a 1:1 NAT (as clouds have it) it is also where the relay's ports are found.
    #[arg(
        long,
        env = "CRABCALL_PUBLIC_IP",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub public_ip: Vec<String>,

    /// Get a certificate for --domain, or without it for --public-ip, from Let's Encrypt and keep
    /// it renewed. By giving this option you agree to its terms:
    /// https://letsencrypt.org/repository/
    ///
    /// Let's Encrypt then connects to port 443 of the name or address, which has to lead to
    /// --https. With --acme-directory it is another authority and its terms. Without this option
    /// Crabcall contacts no other host, ever.
    #[arg(
        long,
        env = "CRABCALL_ACME",
        value_name = "BOOLEAN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub acme: Option<String>,

    /// Another authority for --acme, by the address of its ACME directory [default: Let's Encrypt]
    #[arg(long, env = "CRABCALL_ACME_DIRECTORY", value_name = "URL")]
    pub acme_directory: Option<String>,

    /// A mail address the authority may write to; can be repeated
    #[arg(
        long,
        env = "CRABCALL_ACME_CONTACT",
        value_name = "MAIL",
        value_delimiter = ','
    )]
    pub acme_contact: Vec<String>,

    /// A root certificate (PEM) that a private ACME server's own certificate is below
    #[arg(long, env = "CRABCALL_ACME_CA", value_name = "FILE")]
    pub acme_ca: Option<String>,

    /// Your own certificate (PEM), with those between it and its authority after it; it is read
    /// again when it changes
    #[arg(long, env = "CRABCALL_CERT", value_name = "FILE")]
    pub cert: Option<String>,

    /// The private key of --cert (PEM, without a passphrase)
    #[arg(long, env = "CRABCALL_KEY", value_name = "FILE")]
    pub key: Option<String>,

    /// A reverse proxy's address or network (CIDR), whose forwarded headers are believed; can be
    /// repeated
    ///
    /// X-Forwarded-For, -Proto and -Host, or Forwarded without them. The proxy must set or
    /// remove each of them itself. A proxy that only passes bytes through (TLS, TURN) can name the
    /// client by the PROXY protocol, version 2, on any of Crabcall's TCP ports. A request from such an
    /// address never counts as one from this computer.
    #[arg(
        long,
        env = "CRABCALL_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<String>,

    /// A network (CIDR) that may read /metrics besides this computer; can be repeated
    #[arg(
        long,
        env = "CRABCALL_METRICS_FROM",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub metrics_from: Vec<String>,

    /// How many people a call takes, 2 or more [default: 4]
    #[arg(long, env = "CRABCALL_MAX_PARTICIPANTS", value_name = "NUMBER")]
    pub max_participants: Option<String>,

    /// How many calls there may be at a time [default: 10000]
    #[arg(long, env = "CRABCALL_MAX_ROOMS", value_name = "NUMBER")]
    pub max_rooms: Option<String>,

    /// How many WebSockets there may be [default: 20000]
    #[arg(long, env = "CRABCALL_MAX_CONNECTIONS", value_name = "NUMBER")]
    pub max_connections: Option<String>,

    /// How many of them one IPv4 address or IPv6 /64 may have [default: 100]
    #[arg(
        long,
        env = "CRABCALL_MAX_CONNECTIONS_PER_ADDRESS",
        value_name = "NUMBER"
    )]
    pub max_connections_per_address: Option<String>,

    /// How many TCP connections for HTTP one IPv4 address or IPv6 /64 may have, and the same number
    /// again for TURN [default: 256]
    #[arg(long, env = "CRABCALL_MAX_TCP_PER_ADDRESS", value_name = "NUMBER")]
    pub max_tcp_per_address: Option<String>,

    /// Messages per second that each may go on sending; 0 for no limit [default: 60]
    #[arg(long, env = "CRABCALL_MESSAGES_PER_SECOND", value_name = "NUMBER")]
    pub messages_per_second: Option<String>,

    /// Address for STUN and TURN over UDP, or `off`; can be repeated [default: 0.0.0.0:3478 and
    /// [::]:3478]
    ///
    /// TURN over TCP and TLS is spoken on the ports of --http and --https.
    #[arg(
        long,
        env = "CRABCALL_UDP",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub udp: Vec<String>,

    /// Where browsers find TURN over TLS when the page is behind a proxy that passes on only HTTP
    ///
    /// A host and a port whose connections reach Crabcall: at --https if their TLS is passed
    /// through, or at --http if a proxy ends it. Without this option, people whose network blocks
    /// UDP cannot call through such a proxy.
    #[arg(long, env = "CRABCALL_TURN_TLS", value_name = "HOST:PORT")]
    pub turn_tls: Option<String>,

    /// UDP ports the relay uses towards the others, to be open in a firewall
    /// [default: 49152-65535]
    #[arg(long, env = "CRABCALL_RELAY_PORTS", value_name = "FROM-TO")]
    pub relay_ports: Option<String>,

    /// A network (CIDR) the relay may reach although it is private or this computer is on it; can be
    /// repeated
    ///
    /// Participants in calls can then send UDP packets to all of it.
    #[arg(
        long,
        env = "CRABCALL_RELAY_ALLOW",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub relay_allow: Vec<String>,

    /// How many allocations the relay may have [default: 10000]
    #[arg(long, env = "CRABCALL_RELAY_ALLOCATIONS", value_name = "NUMBER")]
    pub relay_allocations: Option<String>,

    /// How many of them one participant may have [default: 100]
    #[arg(
        long,
        env = "CRABCALL_RELAY_ALLOCATIONS_PER_PARTICIPANT",
        value_name = "NUMBER"
    )]
    pub relay_allocations_per_participant: Option<String>,

    /// How many of them one IPv4 address or IPv6 /64 may have [default: 500]
    #[arg(
        long,
        env = "CRABCALL_RELAY_ALLOCATIONS_PER_ADDRESS",
        value_name = "NUMBER"
    )]
    pub relay_allocations_per_address: Option<String>,

    /// What one allocation may relay each way, in kilobits per second; 0 for no limit
    /// [default: 16000]
    #[arg(
        long,
        env = "CRABCALL_RELAY_KILOBITS_PER_SECOND",
        value_name = "NUMBER"
    )]
    pub relay_kilobits_per_second: Option<String>,

    /// How much the relay passes on in each direction for all clients at one IPv4 address or IPv6
    /// /64 together, and for all peers at one, in kilobits per second; 0 for no limit [default:
    /// 400000]
    #[arg(
        long,
        env = "CRABCALL_RELAY_KILOBITS_PER_SECOND_PER_ADDRESS",
        value_name = "NUMBER"
    )]
    pub relay_kilobits_per_second_per_address: Option<String>,

    /// How much the relay passes on in each direction for everybody together, in kilobits per
    /// second; 0 for no limit [default: 1000000]
    #[arg(
        long,
        env = "CRABCALL_RELAY_KILOBITS_PER_SECOND_IN_ALL",
        value_name = "NUMBER"
    )]
    pub relay_kilobits_per_second_in_all: Option<String>,

    /// How the log is written to standard error: human or json [default: human]
    #[arg(long, env = "CRABCALL_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,

    /// What is logged: off, error, warn, info, debug or trace [default: info]
    #[arg(long, env = "CRABCALL_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// When to print a QR code of the network address: auto (on a terminal), always or never
    /// [default: auto]
    #[arg(long, env = "CRABCALL_QR", value_name = "WHEN")]
    pub qr: Option<String>,
}
