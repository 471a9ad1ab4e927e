//! Where an ICE server is and how it is reached, out of its URI.

const STUN_PORT: u16 = 3478;
const TURNS_PORT: u16 = 5349;

/// A `stun:`, `turn:` or `turns:` URI (RFC 7064, RFC 7065).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IceUri {
    /// What it speaks there.
    pub link: IceLink,
    /// A name or an address; IPv6 in brackets.
    pub host: String,
    /// The port, or the usual one of its kind.
    pub port: u16,
}

/// What an ICE server speaks, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IceLink {
    /// STUN by datagrams (RFC 8489).
    Stun,
    /// TURN by datagrams (RFC 8656).
    TurnUdp,
    /// TURN by TCP.
    TurnTcp,
    /// TURN by TLS.
    TurnTls,
}

impl IceUri {
    /// Reads one; none if it is of another kind or has no host.
    #[must_use]
    pub fn parse(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (link, usual) = match (scheme, query) {
            ("stun", _) => (IceLink::Stun, STUN_PORT),
            ("turn", "" | "transport=udp") => (IceLink::TurnUdp, STUN_PORT),
            ("turn", "transport=tcp") => (IceLink::TurnTcp, STUN_PORT),
            ("turns", "" | "transport=tcp") => (IceLink::TurnTls, TURNS_PORT),
            _ => return None,
        };
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (place, usual),
        };
        let host = host.to_owned();
        (!host.is_empty()).then_some(Self { link, host, port })
    }

    /// Whether it is on the device itself that asks for it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host == "[::1]" || self.host.starts_with("127.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uris_of_a_server_are_read() {
        let read = |uri| IceUri::parse(uri).map(|it| (it.link, it.host, it.port));
        let is = |link, host: &str, port| Some((link, host.to_owned(), port));
        assert_eq!(read("stun:a.example"), is(IceLink::Stun, "a.example", 3478));
        assert_eq!(
            read("turn:[2001:db8::1]:7?transport=udp"),
            is(IceLink::TurnUdp, "[2001:db8::1]", 7)
        );
        assert_eq!(
            read("turn:[2001:db8::1]?transport=tcp"),
            is(IceLink::TurnTcp, "[2001:db8::1]", 3478)
        );
        assert_eq!(
            read("turns:1.2.3.4?transport=tcp"),
            is(IceLink::TurnTls, "1.2.3.4", 5349)
        );
        assert_eq!(
            read("turns:a.example:443?transport=tcp"),
            is(IceLink::TurnTls, "a.example", 443)
        );
        let is_loopback = |uri| IceUri::parse(uri).is_some_and(|it| it.is_loopback());
        assert!(is_loopback("stun:localhost:1") && is_loopback("stun:127.0.0.1"));
        assert!(is_loopback("stun:[::1]:1") && !is_loopback("stun:192.0.2.1"));
        for wrong in [
            "",
            "turn",
            "http:a",
            "turn::7",
            "stun:a:b",
            "turn:a?transport=sctp",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
