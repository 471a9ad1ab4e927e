//! Which addresses belong to this host, and which are on its networks.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

use crate::policy;
use crate::{Here, RelayedSocket};

/// The longest prefix of an IPv6 network: a smaller network is widened to this one.
const V6_PREFIX: u8 = 64;

/// The addresses and the networks of this host.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    own: BTreeSet<IpAddr>,
    networks: Vec<IpNet>,
}

impl Neighbours {
    /// What the owner knows of this host, and the addresses of the relayed sockets there are.
    pub(crate) fn new(here: Here, relays: impl Iterator<Item = RelayedSocket>) -> Self {
        let mut neighbours = Self {
            own: here.addresses.into_iter().collect(),
            networks: here.networks.into_iter().map(widened).collect(),
        };
        for relay in relays {
            neighbours.have(&relay);
        }
        neighbours
    }

    /// Adds the addresses of a relayed socket.
    pub(crate) fn have(&mut self, relay: &RelayedSocket) {
        let ips = [relay.relayed.ip(), relay.bound.ip()];
        self.own
            .extend(ips.iter().filter(|ip| !ip.is_unspecified()));
    }

    /// Whether this is an address of this host, written just so.
    pub(crate) fn is_own(&self, ip: IpAddr) -> bool {
        self.own.contains(&ip)
    }

    /// Whether this is an address of this host, or another form of one (such as IPv4 in IPv6).
    pub(crate) fn stands_for_own(&self, ip: IpAddr) -> bool {
        self.own.contains(&ip) || self.own.contains(&policy::reduced(ip))
    }

    /// Whether an address, in this or another form, is on a network of this host.
    pub(crate) fn is_near(&self, ip: IpAddr) -> bool {
        policy::is_in(&self.networks, ip)
    }
}

fn widened(network: IpNet) -> IpNet {
    match network {
        IpNet::V6(v6) if v6.prefix_len() > V6_PREFIX => {
            Ipv6Net::new(v6.addr(), V6_PREFIX).map_or(network, |v6| IpNet::V6(v6.trunc()))
        }
        _ => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv6_address_alone_has_the_hosts_of_its_64_as_neighbours() {
        let networks = ["2a00:1:2:3::5/128", "9.8.7.6/32", "9.8.6.0/24"];
        let here = Here {
            addresses: vec![ip("9.8.7.6")],
            networks: networks.iter().map(|it| it.parse().unwrap()).collect(),
        };
        let neighbours = Neighbours::new(here, std::iter::empty());
        for (address, near) in [
            ("2a00:1:2:3::6", true),
            ("2a00:1:2:4::6", false),
            ("9.8.6.255", true),
            ("::ffff:9.8.6.255", true),
            ("64:ff9b::9.8.6.255", true),
            ("9.8.7.7", false),
        ] {
            assert_eq!(neighbours.is_near(ip(address)), near, "{address}");
        }
        assert!(neighbours.stands_for_own(ip("2002:908:706::1")));
        assert!(!neighbours.is_own(ip("2002:908:706::1")));
    }
}
