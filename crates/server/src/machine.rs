//! What this computer is called and by which addresses it is reached.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use if_addrs::{IfAddr, Interface};
use ipnet::IpNet;

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
    /// The networks that its interfaces are on.
    pub networks: Vec<IpNet>,
}

impl Machine {
    /// What the relay has to know: whom it does not reach.
    pub fn here(&self) -> turn::Here {
        turn::Here {
            addresses: self.addresses.clone(),
            networks: self.networks.clone(),
        }
    }
}

/// How often to look; a phone that follows its person to another network waits this long.
const PERIOD: Duration = Duration::from_secs(10);

/// Looks at the machine, again and again.
#[derive(Clone)]
pub struct Probe {
    look: Arc<dyn Fn() -> io::Result<Machine> + Send + Sync>,
    period: Duration,
}

impl Probe {
    /// A probe that answers what the function says, asked once a `period`.
    pub fn new(period: Duration, look: impl Fn() -> Machine + Send + Sync + 'static) -> Self {
        Self::trying(period, move || Ok(look()))
    }

    /// One that cannot always tell.
    pub fn trying(
        period: Duration,
        look: impl Fn() -> io::Result<Machine> + Send + Sync + 'static,
    ) -> Self {
        Self {
            look: Arc::new(look),
            period,
        }
    }

    /// The machine as it is now. An error means that nobody knows, not that there is no network: the
    /// relay is kept from this computer's own addresses, which therefore have to be known.
    pub fn look(&self) -> io::Result<Machine> {
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
        Self::trying(PERIOD, look)
    }
}

fn look() -> io::Result<Machine> {
    let mut interfaces = if_addrs::get_if_addrs()?;
    interfaces.retain(|interface| !interface.is_loopback());
    let mut found: Vec<(bool, bool, bool, IpAddr)> = interfaces
        .iter()
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
    let mut networks: Vec<IpNet> = interfaces.iter().filter_map(network).collect();
    networks.sort_unstable();
    networks.dedup();
    Ok(Machine {
        name: gethostname::gethostname()
            .to_str()
            .and_then(HostName::parse)
            .filter(|name| name.as_str() != "localhost"),
        addresses,
        networks,
    })
}

/// The network that an interface is on.
fn network(interface: &Interface) -> Option<IpNet> {
    let prefix = match &interface.addr {
        IfAddr::V4(address) => address.prefixlen,
        IfAddr::V6(address) => address.prefixlen,
    };
    let network = IpNet::new(interface.ip(), prefix).ok()?;
    (!is_zoned(interface.ip())).then(|| network.trunc())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_on_a_network() {
        let machine = look().expect("interfaces");
        for address in &machine.addresses {
            let mut networks = machine.networks.iter();
            assert!(networks.any(|it| it.contains(address)), "{machine:?}");
        }
    }
}
