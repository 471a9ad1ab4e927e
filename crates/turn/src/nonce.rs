//! Nonces that need no memory: a time, and a signature over it and the client (RFC 8489,
//! section 9.2).

use std::net::IpAddr;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::integrity::hmac;
use crate::{Client, Transport};

/// Seconds that a nonce may be used. Browsers refresh an allocation every 9 minutes or so.
const LIFETIME_S: u32 = 3_600;
/// Bytes of the signature. With 8, a guess succeeds once in 2^64; each byte more would make 401s
/// larger than what they answer.
const SIGNATURE: usize = 8;

#[derive(Debug, Clone)]
pub(crate) struct Nonces {
    key: [u8; 32],
    start: Instant,
}

impl Nonces {
    pub(crate) fn new(seed: &[u8; 32], start: Instant) -> Self {
        Self { key: *seed, start }
    }

    /// A nonce for this client: 16 characters.
    pub(crate) fn issue(&self, now: Instant, client: Client) -> String {
        let seconds = self.seconds(now).to_be_bytes();
        let mut bytes = seconds.to_vec();
        bytes.extend(self.signature(seconds, client));
        STANDARD.encode(bytes)
    }

    /// Whether it was issued to this client, not too long ago.
    pub(crate) fn is_valid(&self, now: Instant, client: Client, nonce: &[u8]) -> bool {
        let bytes = STANDARD.decode(nonce).unwrap_or_default();
        let Some((seconds, signature)) = bytes.split_first_chunk::<4>() else {
            return false;
        };
        let age = self.seconds(now).checked_sub(u32::from_be_bytes(*seconds));
        age.is_some_and(|age| age < LIFETIME_S) && signature == self.signature(*seconds, client)
    }

    fn seconds(&self, now: Instant) -> u32 {
        let seconds = now.saturating_duration_since(self.start).as_secs();
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    fn signature(&self, seconds: [u8; 4], client: Client) -> [u8; SIGNATURE] {
        let transport = match client.transport {
            Transport::Udp => 0,
            Transport::Tcp => 1,
            Transport::Tls => 2,
        };
        let ip = match client.address.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let parts: [&[u8]; 6] = [
            b"nonce",
            &seconds,
            &[transport],
            &client.link.to_be_bytes(),
            &ip.octets(),
            &client.address.port().to_be_bytes(),
        ];
        let [a, b, c, d, e, f, g, h, ..] = hmac(&self.key, &parts);
        [a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_nonce_is_of_its_client_and_its_hour() {
        let now = Instant::now();
        let nonces = Nonces::new(&[5; 32], now);
        let client = Client {
            transport: Transport::Udp,
            link: 1,
            address: "192.0.2.1:7".parse().unwrap(),
        };
        let nonce = nonces.issue(now + Duration::from_secs(60), client);
        assert_eq!(nonce.len(), 16);
        let valid = |seconds, client, nonce: &str| {
            nonces.is_valid(now + Duration::from_secs(seconds), client, nonce.as_bytes())
        };
        assert!(valid(60, client, &nonce));
        assert!(valid(60 + 3_599, client, &nonce));
        assert!(!valid(60 + 3_600, client, &nonce));
        assert!(!valid(59, client, &nonce), "from the future");
        let others = [
            Client { link: 2, ..client },
            Client {
                transport: Transport::Tcp,
                ..client
            },
            Client {
                address: "192.0.2.1:8".parse().unwrap(),
                ..client
            },
            Client {
                address: "192.0.2.2:7".parse().unwrap(),
                ..client
            },
        ];
        for other in others {
            assert!(!valid(60, other, &nonce));
        }
        for wrong in ["", "A", "AAAAAAAAAAAAAAAA", "no nonce at all"] {
            assert!(!valid(60, client, wrong), "{wrong}");
        }
        let other = Nonces::new(&[6; 32], now);
        assert!(!other.is_valid(now + Duration::from_secs(60), client, nonce.as_bytes()));
    }
}
