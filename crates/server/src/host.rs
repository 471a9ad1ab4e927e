//! Host names and the `Host` header.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// Longest name of the DNS (RFC 1035, section 2.3.4).
const MAX_NAME_BYTES: usize = 253;
/// Longest label of it.
const MAX_LABEL_BYTES: usize = 63;

/// The port of HTTPS when none is written (RFC 9110, section 4.2.2).
pub const HTTPS_PORT: u16 = 443;

/// A host name in lower case: labels of letters, digits and hyphens (RFC 952, RFC 1123).
/// Underscores are allowed too: these RFCs don't know them, but browsers, proxies and containers
/// use them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// Reads a name; a dot at its end is dropped. An IP address is no name.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let label = |label: &str| {
            (1..=MAX_LABEL_BYTES).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        // A last label of digits is an IPv4 address to browsers, whatever stands before it.
        let last_is_number = name
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        (name.len() <= MAX_NAME_BYTES && name.split('.').all(label) && !last_is_number)
            .then_some(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `suffix` or stands under it.
    pub fn is_under(&self, suffix: &str) -> bool {
        self.0
            .strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Its first label.
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A host as a URL has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address; IPv6 stands in brackets.
    Address(IpAddr),
    /// A name.
    Name(HostName),
}

impl Host {
    /// Whether it always means the computer that asks for it (RFC 6761, section 6.3).
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.to_canonical().is_loopback(),
            Self::Name(name) => name.is_under("localhost"),
        }
    }

    /// The name, if it is one.
    pub fn name(&self) -> Option<&HostName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) => None,
        }
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

/// A host, or all names below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// This one.
    Host(Host),
    /// Every name that has one label more than this one, as `*.example.org` in a certificate (RFC
    /// 9525, section 6.3).
    Below(HostName),
}

impl HostPattern {
    /// Reads a name, an address (IPv6 with or without brackets), or a name behind `*.`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("*.") {
            return HostName::parse(name).map(Self::Below);
        }
        match Authority::parse(text) {
            Some(Authority { host, port: None }) => Some(Self::Host(host)),
            _ => Some(Self::Host(Host::Address(text.parse().ok()?))),
        }
    }

    /// Whether it stands for this host.
    pub fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Host(one), _) => one == host,
            (Self::Below(_), Host::Address(_)) => false,
            (Self::Below(parent), Host::Name(name)) => {
                let rest = name.as_str().split_once('.');
                rest.is_some_and(|(_, rest)| rest == parent.as_str())
            }
        }
    }

    /// The host, if it is one alone.
    pub fn host(&self) -> Option<&Host> {
        match self {
            Self::Host(host) => Some(host),
            Self::Below(_) => None,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Below(name) => write!(f, "*.{name}"),
        }
    }
}

/// A host and, when it was written, a port: the `Host` header (RFC 9110, section 7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port, if one was written.
    pub port: Option<u16>,
}

impl Authority {
    /// Reads a `Host` header. User names, other scripts and zone ids are refused.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            let host = Host::Address(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?));
            let port = match rest {
                "" => None,
                rest => Some(port(rest.strip_prefix(':')?)?),
            };
            return Some(Self { host, port });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, rest)) => (host, Some(port(rest)?)),
            None => (text, None),
        };
        let host = match host.parse() {
            Ok(address) => Host::Address(IpAddr::V4(address)),
            Err(_) => Host::Name(HostName::parse(host)?),
        };
        Some(Self { host, port })
    }

    /// As a browser writes it in an origin of this scheme: the scheme's own port left out.
    pub fn in_origin(&self, scheme: Scheme) -> String {
        match self.port {
            Some(port) if port != scheme.default_port() => format!("{}:{port}", self.host),
            _ => self.host.to_string(),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => self.host.fmt(f),
        }
    }
}

fn port(text: &str) -> Option<u16> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// How a browser reached us, or reached the proxy in front of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Its name in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The scheme of a WebSocket beside it.
    pub fn web_socket(self) -> &'static str {
        match self {
            Self::Http => "ws",
            Self::Https => "wss",
        }
    }

    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => HTTPS_PORT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names() {
        for good in [
            "crab",
            "Crab.Local",
            "a-b.c.",
            "a_b",
            "xn--bcher-kva.example",
        ] {
            assert!(HostName::parse(good).is_some(), "{good}");
        }
        for bad in [
            "", ".", "a..b", "-a", "a-", "bücher", "1.2.3.4", "a.1", "a b", "a/b", "a:1",
        ] {
            assert_eq!(HostName::parse(bad), None, "{bad}");
        }
        assert!(HostName::parse(&"a".repeat(64)).is_none());
    }

    #[test]
    fn stands_under_a_suffix_by_whole_labels() {
        let under = |name: &str| HostName::parse(name).unwrap().is_under("local");
        assert!(under("local") && under("a.b.local"));
        assert!(!under("evil-local") && !under("local.example"));
    }

    #[test]
    fn loopback_hosts_are_told_from_others() {
        let is_loopback = |text: &str| Authority::parse(text).unwrap().host.is_loopback();
        for host in ["localhost:8080", "a.localhost", "127.0.0.2", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "crab.local",
            "192.168.1.5",
            "[2001:db8::1]",
            "localhost.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn reads_authorities_and_writes_origins() {
        for (text, http, https) in [
            ("Localhost:8080", "localhost:8080", "localhost:8080"),
            ("a.local:80", "a.local", "a.local:80"),
            ("a.local:443", "a.local:443", "a.local"),
            ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("[FE80::1]:8443", "[fe80::1]:8443", "[fe80::1]:8443"),
        ] {
            let authority = Authority::parse(text).unwrap();
            assert_eq!(authority.in_origin(Scheme::Http), http);
            assert_eq!(authority.in_origin(Scheme::Https), https);
        }
        for bad in [
            "",
            ":80",
            "a:",
            "a:+1",
            "a:99999",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "u@a",
            "a;b",
        ] {
            assert_eq!(Authority::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_pattern_stands_for_one_label_and_no_more() {
        let host = |text| Authority::parse(text).unwrap().host;
        let below = HostPattern::parse("*.Fritz.box").unwrap();
        assert_eq!(below.to_string(), "*.fritz.box");
        for good in ["calls.fritz.box", "CALLS.fritz.box.", "my_box.fritz.box"] {
            assert!(below.matches(&host(good)), "{good}");
        }
        for bad in [
            "fritz.box",
            "a.calls.fritz.box",
            "callsfritz.box",
            "fritz.box.evil.example",
            "192.168.178.1",
        ] {
            assert!(!below.matches(&host(bad)), "{bad}");
        }
        for one in ["box.lan", "192.168.1.20", "fd00::20", "[fd00::20]"] {
            let pattern = HostPattern::parse(one).unwrap();
            assert!(
                pattern.host().is_some_and(|host| pattern.matches(host)),
                "{one}"
            );
        }
        for bad in [
            "*", "*.", "*.*.lan", "a*.lan", "a.*.lan", "*.1.2.3", "box:1", "",
        ] {
            assert_eq!(HostPattern::parse(bad), None, "{bad}");
        }
    }
}
