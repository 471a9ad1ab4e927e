//! Where relayed sockets are bound.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
};

use turn::Family;

use super::udp;

/// How many ports are tried at random before the next ones are tried in order.
const TRIES: u32 = 16;
/// How many are tried in order.
const MORE_TRIES: u32 = 1024;

/// Finds free ports in a range, such that the next one is hard to guess (RFC 8656, section 7.2).
#[derive(Debug)]
pub(super) struct Ports {
    low: u16,
    count: u32,
    state: u64,
}

impl Ports {
    pub(super) fn new(range: &RangeInclusive<u16>, seed: [u8; 8]) -> Self {
        Self {
            low: *range.start(),
            count: u32::from(range.end().saturating_sub(*range.start())) + 1,
            state: u64::from_le_bytes(seed),
        }
    }

    /// Binds a socket of this family for all addresses of the host.
    pub(super) fn bind(&mut self, family: Family) -> io::Result<(std::net::UdpSocket, u16)> {
        let any: IpAddr = match family {
            Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
            Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
        };
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        let mut place = 0;
        for attempt in 0..TRIES + MORE_TRIES.min(self.count) {
            place = if attempt < TRIES {
                self.random() % self.count
            } else {
                (place + 1) % self.count
            };
            let port = u16::try_from(u32::from(self.low) + place).unwrap_or(self.low);
            match udp::open(SocketAddr::new(any, port)) {
                Ok(socket) => return Ok((socket, port)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                // No descriptor or no such family: another port does not help.
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// SplitMix64.
    fn random(&mut self) -> u32 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z >> 33) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_of_the_range_is_found_and_no_other() {
        let taken = udp::open((Ipv4Addr::UNSPECIFIED, 0).into()).unwrap();
        let low = taken.local_addr().unwrap().port().min(u16::MAX - 3);
        let range = low..=low + 2;
        let mut ports = Ports::new(&range, [1; 8]);
        let mut sockets = vec![taken];
        while let Ok((socket, port)) = ports.bind(Family::V4) {
            assert!(range.contains(&port));
            assert_eq!(socket.local_addr().unwrap().port(), port);
            sockets.push(socket);
            assert!(sockets.len() <= 3);
        }
        let error = ports.bind(Family::V4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
