//! Addresses, and how they stand in attributes (RFC 8489, sections 14.1 and 14.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::wire::COOKIE;

/// The family of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of this address.
    pub fn of(ip: IpAddr) -> Self {
        if ip.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// The value of an XOR-…-ADDRESS attribute: 8 or 20 bytes.
pub(crate) fn xored(address: SocketAddr, transaction: &[u8; 12]) -> Value {
    let [c0, c1, ..] = COOKIE;
    let [p0, p1] = address.port().to_be_bytes();
    let mut bytes = [0; 20];
    let (family, ip): (u8, &[u8]) = match address.ip() {
        IpAddr::V4(ip) => (1, &ip.octets()),
        IpAddr::V6(ip) => (2, &ip.octets()),
    };
    let start = [0, family, p0 ^ c0, p1 ^ c1];
    let masked = ip.iter().zip(mask(transaction)).map(|(a, b)| a ^ b);
    for (to, from) in bytes.iter_mut().zip(start.into_iter().chain(masked)) {
        *to = from;
    }
    Value {
        bytes,
        length: 4 + ip.len(),
    }
}

/// The address in such an attribute; `None` if it holds none.
pub(crate) fn unxored(value: &[u8], transaction: &[u8; 12]) -> Option<SocketAddr> {
    let (start, ip) = value.split_first_chunk::<4>()?;
    let [_, family, p0, p1] = *start;
    let [c0, c1, ..] = COOKIE;
    let port = u16::from_be_bytes([p0 ^ c0, p1 ^ c1]);
    let ip = match family {
        1 => IpAddr::V4(Ipv4Addr::from(unmasked::<4>(ip, transaction)?)),
        2 => IpAddr::V6(Ipv6Addr::from(unmasked::<16>(ip, transaction)?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn unmasked<const N: usize>(ip: &[u8], transaction: &[u8; 12]) -> Option<[u8; N]> {
    let mut octets: [u8; N] = ip.try_into().ok()?;
    for (octet, mask) in octets.iter_mut().zip(mask(transaction)) {
        *octet ^= mask;
    }
    Some(octets)
}

fn mask(transaction: &[u8; 12]) -> impl Iterator<Item = u8> {
    COOKIE.into_iter().chain(*transaction)
}

/// The bytes of an address attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    bytes: [u8; 20],
    length: usize,
}

impl std::ops::Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        for address in ["192.0.2.1:32853", "[2001:db8:1234::88]:0"] {
            let address: SocketAddr = address.parse().unwrap();
            let value = xored(address, &[9; 12]);
            assert_eq!(unxored(&value, &[9; 12]), Some(address));
            assert_eq!(unxored(&value[..value.len() - 1], &[9; 12]), None);
        }
        assert_eq!(unxored(&[0, 3, 0, 0, 0, 0, 0, 0], &[9; 12]), None);
        assert_eq!(unxored(&[], &[9; 12]), None);
    }
}
