//! Which addresses may be peers. This is a relay for calls and nothing else: whoever has
//! credentials must not reach with them what only this host can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Ranges of IPv4 that are never on the open Internet (RFC 6890 and IANA's registry), and the one
/// address outside of them at which a cloud answers its guests.
const SPECIAL_V4: [(Ipv4Addr, u8); 18] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Where IPv6 has addresses of the open Internet at all: everything else is loopback, unique
/// local, link-local, multicast, a translation prefix for local use, or not given out.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Special ranges in there: protocol assignments with Teredo, ORCHID and benchmarking;
/// documentation. (6to4 is reduced before.)
const SPECIAL_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The IPv4 address that an IPv6 address stands for, if it does: IPv4-mapped, IPv4-compatible,
/// 6to4 and NAT64's well-known prefix. Any other address is itself.
pub(crate) fn reduced(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else {
        return ip;
    };
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => ip,
        [0, 0, 0, 0, 0, 0 | 0xFFFF, high, low] => v4(high, low),
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => ip,
    }
}

/// True if the (reduced) address is not one of the open Internet.
pub(crate) fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => SPECIAL_V4
            .iter()
            .any(|(network, prefix)| in_v4(ip, *network, *prefix)),
        IpAddr::V6(ip) => {
            let within = |(network, prefix): &(Ipv6Addr, u8)| in_v6(ip, *network, *prefix);
            !within(&GLOBAL_V6) || SPECIAL_V6.iter().any(within)
        }
    }
}

fn in_v4(ip: Ipv4Addr, network: Ipv4Addr, prefix: u8) -> bool {
    (ip.to_bits() ^ network.to_bits()).leading_zeros() >= prefix.into()
}

fn in_v6(ip: Ipv6Addr, network: Ipv6Addr, prefix: u8) -> bool {
    (ip.to_bits() ^ network.to_bits()).leading_zeros() >= prefix.into()
}

/// The first port that a peer may have. Lower ones are those of services (RFC 6335, section 6), where
/// nobody receives a call.
pub(crate) const FIRST_PORT: u16 = 1_024;

/// Whether the address, or what it stands for, is in one of the networks.
pub(crate) fn is_in(networks: &[IpNet], ip: IpAddr) -> bool {
    let reduced = reduced(ip);
    networks
        .iter()
        .any(|network| network.contains(&ip) || network.contains(&reduced))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_stands_for_an_ipv4_address_is_reduced_to_it() {
        for text in [
            "10.1.2.3",
            "::ffff:10.1.2.3",
            "::10.1.2.3",
            "64:ff9b::10.1.2.3",
            "2002:0a01:0203::1",
            "2002:0a01:0203:ffff::1",
        ] {
            assert_eq!(reduced(ip(text)), ip("10.1.2.3"), "{text}");
        }
        for text in ["::", "::1", "2001:db8::1", "64:ff9b:1::10.1.2.3"] {
            assert_eq!(reduced(ip(text)), ip(text));
        }
    }

    #[test]
    fn the_open_internet_is_not_special() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2a00::1",
            "3ffe::1",
        ] {
            assert!(!is_special(reduced(ip(text))), "{text}");
        }
    }

    #[test]
    fn a_network_holds_what_an_address_stands_for() {
        let allow = ["10.0.0.0/8".parse().unwrap()];
        assert!(is_in(&allow, ip("10.1.2.3")));
        assert!(is_in(&allow, ip("64:ff9b::10.1.2.3")));
        assert!(!is_in(&allow, ip("11.1.2.3")));
    }
}
