//! Who counts as one client when clients are counted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One IPv4 address, or one IPv6 /64: what a single subscriber commonly has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressGroup {
    /// An IPv4 address, as a number.
    V4(u32),
    /// The upper 64 bits of an IPv6 address.
    V6(u64),
}

impl AddressGroup {
    /// The group of an address. An IPv4-mapped IPv6 address is in the group of the IPv4 address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }

    /// The first address of the group.
    pub fn first(self) -> IpAddr {
        match self {
            Self::V4(address) => Ipv4Addr::from_bits(address).into(),
            Self::V6(prefix) => Ipv6Addr::from_bits(u128::from(prefix) << 64).into(),
        }
    }

    /// The group as bytes, for hashing. No two groups have the same bytes.
    pub fn bytes(self) -> [u8; 9] {
        let (kind, number) = match self {
            Self::V4(address) => (4, u64::from(address)),
            Self::V6(prefix) => (6, prefix),
        };
        let mut bytes = [kind; 9];
        let rest = bytes.iter_mut().skip(1);
        rest.zip(number.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        bytes
    }

    /// The /24 (IPv4) or /48 (IPv6) that the group is in: one customer of a provider often has as
    /// much.
    pub fn wide(self) -> Self {
        match self {
            Self::V4(address) => Self::V4(address & 0xFFFF_FF00),
            Self::V6(prefix) => Self::V6(prefix & 0xFFFF_FFFF_FFFF_0000),
        }
    }

    /// The /16 (IPv4) or /32 (IPv6) that the group is in: one provider often has as much.
    pub fn widest(self) -> Self {
        match self {
            Self::V4(address) => Self::V4(address & 0xFFFF_0000),
            Self::V6(prefix) => Self::V6(prefix & 0xFFFF_FFFF_0000_0000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> AddressGroup {
        AddressGroup::of(text.parse().unwrap())
    }

    #[test]
    fn an_ipv6_client_is_its_64_and_an_ipv4_client_its_address() {
        assert_eq!(group("2001:db8::1"), group("2001:db8::ffff:1"));
        assert_ne!(group("2001:db8:0:1::1"), group("2001:db8::1"));
        assert_ne!(group("192.0.2.1"), group("192.0.2.2"));
        assert_eq!(group("::ffff:192.0.2.1"), group("192.0.2.1"));
        for text in ["192.0.2.1", "2001:db8:0:1::9"] {
            assert_eq!(AddressGroup::of(group(text).first()), group(text));
        }
    }

    #[test]
    fn the_wider_network_is_a_24_or_a_48() {
        assert_eq!(group("192.0.2.1").wide(), group("192.0.2.9").wide());
        assert_ne!(group("192.0.2.1").wide(), group("192.0.3.1").wide());
        assert_eq!(
            group("2001:db8:0:1::1").wide(),
            group("2001:db8:0:2::").wide()
        );
        assert_ne!(group("2001:db8:1::1").wide(), group("2001:db8:2::").wide());
    }
}
