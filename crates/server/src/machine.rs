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

/// Whom an interface leads to; the order is that in which addresses are offered. Anyone on the
/// local network reaches us by the first kind, only members of a private network by the second, and
/// only this computer by the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Network,
    PrivateNetwork,
    Containers,
}

/// Interfaces of containers and virtual machines, by the beginning of their names.
const CONTAINERS: [&str; 22] = [
    "docker",
    "br-",
    "veth",
    "virbr",
    "vmnet",
    "vboxnet",
    "vnet",
    "podman",
    "cni",
    "lxc",
    "lxdbr",
    "incusbr",
    "flannel",
    "cali",
    "cilium",
    "kube",
    "nerdctl",
    "vethernet",
    "hyper-v",
    "waydroid",
    "bridge10",
    "mpqemubr",
];

/// Interfaces of private networks over the Internet, by the beginning of their names: Tailscale,
/// WireGuard, ZeroTier, Nebula, NetBird, OpenVPN and other tunnels.
const PRIVATE_NETWORKS: [&str; 13] = [
    "tailscale",
    "wg",
    "wireguard",
    "zt",
    "zerotier",
    "nebula",
    "wt",
    "tun",
    "tap",
    "utun",
    "ppp",
    "ipsec",
    "feth",
];

impl Reach {
    fn of(interface: &str, address: IpAddr) -> Self {
        let name = interface.to_ascii_lowercase();
        let is_one_of = |beginnings: &[&str]| beginnings.iter().any(|it| name.starts_with(it));
        if is_one_of(&CONTAINERS) {
            Self::Containers
        } else if is_one_of(&PRIVATE_NETWORKS) || is_shared(address) {
            Self::PrivateNetwork
        } else {
            Self::Network
        }
    }
}

/// Addresses that Tailscale and its like use (RFC 6598, and Tailscale's own prefix of RFC 4193).
fn is_shared(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            first == 100 && (64..128).contains(&second)
        }
        IpAddr::V6(address) => matches!(address.segments(), [0xfd7a, 0x115c, 0xa1e0, ..]),
    }
}

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
    /// This computer's addresses and networks, which the relay must not reach.
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

    /// A probe that can fail.
    pub fn trying(
        period: Duration,
        look: impl Fn() -> io::Result<Machine> + Send + Sync + 'static,
    ) -> Self {
        Self {
            look: Arc::new(look),
            period,
        }
    }

    /// The machine as it is now. An error means that its addresses could not be listed, and not
    /// that it has none. They have to be known, because the relay must not reach them.
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
    let mut networks: Vec<IpNet> = interfaces.iter().filter_map(network).collect();
    networks.sort_unstable();
    networks.dedup();
    let found = interfaces
        .iter()
        .map(|interface| (interface.name.clone(), interface.ip()))
        .collect();
    Ok(Machine {
        name: gethostname::gethostname()
            .to_str()
            .and_then(HostName::parse)
            .filter(|name| name.as_str() != "localhost"),
        addresses: in_order(found, default_source),
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

/// The addresses of these interfaces, the ones others are most likely to reach first;
/// `default_source` is the address the system would send from.
fn in_order(
    found: Vec<(String, IpAddr)>,
    default_source: impl Fn(IpAddr) -> Option<IpAddr>,
) -> Vec<IpAddr> {
    let mut ranked: Vec<(Reach, bool, bool, IpAddr)> = found
        .into_iter()
        .filter(|(_, ip)| !is_zoned(*ip))
        .map(|(name, ip)| {
            let is_default = Some(ip) == default_source(ip);
            (Reach::of(&name, ip), ip.is_ipv6(), !is_default, ip)
        })
        .collect();
    ranked.sort_unstable();
    let mut addresses: Vec<IpAddr> = ranked.into_iter().map(|(.., ip)| ip).collect();
    addresses.dedup();
    addresses
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

    #[test]
    fn the_local_network_comes_before_private_ones_and_containers() {
        let found = [
            ("docker0", "172.17.0.1"),
            ("podman1", "10.88.0.1"),
            ("lxdbr0", "10.200.1.1"),
            ("br-3f2a", "172.18.0.1"),
            ("tailscale0", "100.101.1.2"),
            ("tailscale0", "fd7a:115c:a1e0::1"),
            ("wg0", "10.9.0.1"),
            ("Tailscale", "100.101.1.3"),
            ("wlan0", "192.168.7.20"),
            ("eth0", "192.168.1.20"),
            ("eth0", "fd00::20"),
            ("eth0", "fe80::1"),
        ];
        let found = found.map(|(name, ip)| (name.to_owned(), ip.parse().unwrap()));
        // With an exit node of Tailscale, the system sends from Tailscale's address.
        let source = |like: IpAddr| like.is_ipv4().then_some([100, 101, 1, 2].into());
        let order: Vec<String> = in_order(found.to_vec(), source)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            order,
            [
                "192.168.1.20",
                "192.168.7.20",
                "fd00::20",
                "100.101.1.2",
                "10.9.0.1",
                "100.101.1.3",
                "fd7a:115c:a1e0::1",
                "10.88.0.1",
                "10.200.1.1",
                "172.17.0.1",
                "172.18.0.1",
            ]
        );
    }

    #[test]
    fn of_two_on_the_network_the_default_one_is_first() {
        let found =
            ["192.168.1.20", "192.168.7.20"].map(|ip| ("eth0".to_owned(), ip.parse().unwrap()));
        let source = |_| Some(IpAddr::from([192, 168, 7, 20]));
        let first = in_order(found.to_vec(), source)[0].to_string();
        assert_eq!(first, "192.168.7.20");
    }
}
