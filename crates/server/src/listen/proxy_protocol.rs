//! The head by which a proxy that only passes bytes through names its client: the PROXY protocol,
//! version 2, as of <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>, section 2.2.
//!
//! It is read here and not by a library: it is one fixed head, and not a byte after it may be read,
//! because that may be a TLS handshake.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The head begins with this. No HTTP request, TLS record or STUN message does.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The first byte of the head.
pub(super) const FIRST: u8 = SIGNATURE[0];
/// Version and command: the proxy speaks for itself, as when it checks whether we are there.
const LOCAL: u8 = 0x20;
/// Version and command: the proxy speaks for another.
const PROXY: u8 = 0x21;
/// Families and transport: TCP over IPv4, and over IPv6.
const TCP_4: u8 = 0x11;
const TCP_6: u8 = 0x21;
/// How long the addresses and additions may be. What proxies send is far shorter.
const MAX_LENGTH: u16 = 2048;

/// For whom a connection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// For the client at `source`, who connected to the proxy at `destination`.
    Other {
        source: SocketAddr,
        destination: SocketAddr,
    },
    /// For the proxy itself.
    Proxy,
}

/// Takes the head off the front of a stream, and not a byte more.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Speaker> {
    let mut head = [0; 16];
    stream.read_exact(&mut head).await?;
    let [signature @ .., command, family, high, low] = head;
    let length = u16::from_be_bytes([high, low]);
    if signature != SIGNATURE || length > MAX_LENGTH {
        return Err(malformed());
    }
    let mut addresses = vec![0; usize::from(length)];
    stream.read_exact(&mut addresses).await?;
    match (command, family) {
        (LOCAL, _) => Ok(Speaker::Proxy),
        (PROXY, TCP_4) => pair::<4, Ipv4Addr>(&addresses).ok_or_else(malformed),
        (PROXY, TCP_6) => pair::<16, Ipv6Addr>(&addresses).ok_or_else(malformed),
        _ => Err(malformed()),
    }
}

/// Two addresses and their ports; what comes after them is of no use here.
fn pair<const N: usize, A: From<[u8; N]> + Into<IpAddr>>(bytes: &[u8]) -> Option<Speaker> {
    let (source, rest) = bytes.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let (&[a, b, c, d], _) = rest.split_first_chunk()?;
    let address = |ip: [u8; N], port| SocketAddr::new(A::from(ip).into(), u16::from_be_bytes(port));
    Some(Speaker::Other {
        source: address(*source, [a, b]),
        destination: address(*destination, [c, d]),
    })
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no head of the PROXY protocol")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let mut head = SIGNATURE.to_vec();
        head.extend([command, family]);
        head.extend((body.len() as u16).to_be_bytes());
        head.extend(body);
        head
    }

    async fn both(mut bytes: &[u8]) -> (Option<Speaker>, &[u8]) {
        let read = read(&mut bytes).await.ok();
        (read, bytes)
    }

    fn other(source: &str, destination: &str) -> Option<Speaker> {
        Some(Speaker::Other {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        })
    }

    #[tokio::test]
    async fn the_head_is_taken_off_to_the_byte() {
        let v4 = [198, 51, 100, 7, 10, 0, 0, 1, 0xC0, 0x01, 0x01, 0xBB];
        let mut bytes = head(PROXY, TCP_4, &v4);
        bytes.extend(b"rest");
        let wanted = other("198.51.100.7:49153", "10.0.0.1:443");
        assert_eq!(both(&bytes).await, (wanted, &b"rest"[..]));
        // With an addition, which is passed over.
        let mut more = v4.to_vec();
        more.extend([0x04, 0, 1, 0]);
        assert_eq!(both(&head(PROXY, TCP_4, &more)).await, (wanted, &b""[..]));
        let mut v6 = Vec::new();
        for address in ["2001:db8::7", "2001:db8::1"] {
            v6.extend(address.parse::<Ipv6Addr>().unwrap().octets());
        }
        v6.extend([0, 1, 0, 2]);
        let wanted = other("[2001:db8::7]:1", "[2001:db8::1]:2");
        assert_eq!(both(&head(PROXY, TCP_6, &v6)).await.0, wanted);
        let local = head(LOCAL, 0, &[1, 2, 3]);
        assert_eq!(both(&local).await, (Some(Speaker::Proxy), &b""[..]));
    }

    #[tokio::test]
    async fn everything_else_is_refused() {
        let v4 = [198, 51, 100, 7, 10, 0, 0, 1, 0xC0, 0x01, 0x01, 0xBB];
        let mut bytes = head(PROXY, TCP_4, &v4);
        for end in 0..bytes.len() {
            assert_eq!(both(&bytes[..end]).await.0, None, "cut at {end}");
        }
        bytes[3] = b'x';
        for bytes in [
            bytes,
            head(0x11, TCP_4, &v4),
            head(0x22, TCP_4, &v4),
            // Datagrams, sockets of the system, and nothing known.
            head(PROXY, 0x12, &v4),
            head(PROXY, 0x31, &[0; 216]),
            head(PROXY, 0, &[]),
            head(PROXY, TCP_6, &v4),
            head(PROXY, TCP_4, &v4[..11]),
            head(PROXY, TCP_4, &[0; MAX_LENGTH as usize + 1]),
            b"PROXY TCP4 198.51.100.7 10.0.0.1 49153 443\r\n".to_vec(),
        ] {
            assert_eq!(both(&bytes).await.0, None, "{bytes:?}");
        }
    }
}
