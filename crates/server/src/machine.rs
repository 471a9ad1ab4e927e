//! What this computer is called and by which addresses it is reached.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use crate::host::HostName;

/// Interfaces of virtual machines and containers: other computers don't reach us there, so their
/// addresses come last.
const VIRTUAL: [&str; 6] = ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet"];

/// This computer as seen from its network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its own name, if that is a host name.
    pub name: Option<HostName>,
    /// Its addresses without loopback and link-local IPv6 (browsers take no zone id), the ones
    /// others are most likely to reach it by first.
    pub addresses: Vec<IpAddr>,
}

/// How often to look; a phone that follows its person to another network waits this long.
const PERIOD: Duration = Duration::from_secs(10);

/// Looks at the machine, again and again.
#[derive(Clone)]
pub struct Probe {
    look: Arc<dyn Fn() -> Machine + Send + Sync>,
    period: Duration,
}

impl Probe {
    /// A probe that answers what the function says, asked once a `period`.
    pub fn new(period: Duration, look: impl Fn() -> Machine + Send + Sync + 'static) -> Self {
        Self {
            look: Arc::new(look),
            period,
        }
    }

    /// The machine as it is now.
    pub fn look(&self) -> Machine {
        (self.look)()
    }

    /// How often to look.
    pub fn period(&self) -> Duration {
        self.period
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new(PERIOD, look)
    }
}

fn look() -> Machine {
    let mut found: Vec<(bool, bool, bool, IpAddr)> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| !interface.is_loopback())
        .map(|interface| {
            let ip = interface.ip();
            let is_virtual = VIRTUAL
                .iter()
                .any(|prefix| interface.name.starts_with(prefix));
            (is_virtual, ip.is_ipv6(), Some(ip) != default_source(ip), ip)
        })
        .filter(|(.., ip)| !is_zoned(*ip))
        .collect();
    found.sort_unstable();
    let mut addresses: Vec<IpAddr> = found.into_iter().map(|(.., ip)| ip).collect();
    addresses.dedup();
    Machine {
        name: gethostname::gethostname()
            .to_str()
            .and_then(HostName::parse)
            .filter(|name| name.as_str() != "localhost"),
        addresses,
    }
}

fn is_zoned(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The address the system would send from to far away, of the same family as `like`. Connecting a
/// UDP socket sends nothing; the far addresses are for documentation (RFC 5737, RFC 3849).
fn default_source(like: IpAddr) -> Option<IpAddr> {
    let (any, far): (SocketAddr, SocketAddr) = match like {
        IpAddr::V4(_) => (
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        ),
        IpAddr::V6(_) => (
            (Ipv6Addr::UNSPECIFIED, 0).into(),
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
        ),
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(far).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
