//! Sets of IP networks.

use std::net::IpAddr;

use ipnet::IpNet;

/// Some networks, as an operator names them in CIDR notation (RFC 4632).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads one network, or one address as the network that holds only it.
    pub fn parse(text: &str) -> Option<IpNet> {
        text.parse::<IpNet>()
            .ok()
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    }

    /// Whether one of them holds the address. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// Addresses for private use: loopback, private (RFC 1918), shared (RFC 6598, which VPNs between
/// one's own devices use), link-local (RFC 3927, RFC 4291) and unique local (RFC 4193).
pub fn private() -> [IpNet; 9] {
    let v4 = |a, b, prefix| IpNet::new_assert([a, b, 0, 0].into(), prefix);
    let v6 =
        |first, last, prefix| IpNet::new_assert([first, 0, 0, 0, 0, 0, 0, last].into(), prefix);
    [
        v4(127, 0, 8),
        v4(10, 0, 8),
        v4(172, 16, 12),
        v4(192, 168, 16),
        v4(100, 64, 10),
        v4(169, 254, 16),
        v6(0, 1, 128),
        v6(0xfc00, 0, 7),
        v6(0xfe80, 0, 10),
    ]
}

/// Whether only its own network knows this address: it is one of the [`private`] ones.
pub fn is_private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    private().iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_single_addresses_and_mapped_ones() {
        let networks: Networks = ["10.0.0.0/8", "2001:db8::1"]
            .into_iter()
            .filter_map(Networks::parse)
            .collect();
        for (address, inside) in [
            ("10.9.8.7", true),
            ("::ffff:10.9.8.7", true),
            ("11.0.0.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
        ] {
            assert_eq!(
                networks.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        assert_eq!(Networks::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn private_addresses_are_those_that_only_their_network_knows() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("::ffff:192.168.1.2", true),
            ("100.64.0.1", true),
            ("169.254.1.1", true),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("203.0.113.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), expected, "{address}");
        }
    }
}
