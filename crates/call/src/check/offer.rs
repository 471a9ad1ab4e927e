//! What the server offers, one URI for each link.

use protocol::IceServer;

use super::{Link, Place};

const STUN_PORT: u16 = 3478;
const TURNS_PORT: u16 = 5349;

/// A server of one URI, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) server: IceServer,
    pub(super) place: Place,
}

/// All that it offers.
#[derive(Debug, Default)]
pub(super) struct Offers(Vec<(Link, Offer)>);

impl Offers {
    pub(super) fn read(servers: &[IceServer]) -> Self {
        let mut offers = Self::default();
        for server in servers {
            for url in &server.urls {
                let Some((link, place)) = parse(url) else {
                    continue;
                };
                if offers.of(link).is_none() {
                    let server = IceServer {
                        urls: vec![url.clone()],
                        ..server.clone()
                    };
                    offers.0.push((link, Offer { server, place }));
                }
            }
        }
        offers
    }

    pub(super) fn of(&self, link: Link) -> Option<&Offer> {
        let found = self.0.iter().find(|(of, _)| *of == link);
        found.map(|(_, offer)| offer)
    }
}

/// Reads a URI (RFC 7064, RFC 7065).
fn parse(url: &str) -> Option<(Link, Place)> {
    let (scheme, rest) = url.split_once(':')?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (link, usual) = match (scheme, query) {
        ("stun", _) => (Link::Udp, STUN_PORT),
        ("turn", "" | "transport=udp") => (Link::RelayUdp, STUN_PORT),
        ("turn", "transport=tcp") => (Link::RelayTcp, STUN_PORT),
        ("turns", "" | "transport=tcp") => (Link::RelayTls, TURNS_PORT),
        _ => return None,
    };
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (place, usual),
    };
    let host = host.to_owned();
    (!host.is_empty()).then_some((link, Place { host, port }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uris_of_a_server_are_read() {
        let read = |url| parse(url).map(|(link, place)| (link, place.host, place.port));
        let offer = |link, host: &str, port| Some((link, host.to_owned(), port));
        assert_eq!(read("stun:a.example"), offer(Link::Udp, "a.example", 3478));
        assert_eq!(
            read("turn:[2001:db8::1]:7?transport=udp"),
            offer(Link::RelayUdp, "[2001:db8::1]", 7)
        );
        assert_eq!(
            read("turn:[2001:db8::1]?transport=tcp"),
            offer(Link::RelayTcp, "[2001:db8::1]", 3478)
        );
        assert_eq!(
            read("turns:1.2.3.4?transport=tcp"),
            offer(Link::RelayTls, "1.2.3.4", 5349)
        );
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

    #[test]
    fn each_link_has_the_first_uri_that_is_its_own_and_the_credentials_with_it() {
        let servers = [
            IceServer {
                urls: vec!["stun:a:1".into()],
                username: None,
                credential: None,
            },
            IceServer {
                urls: vec!["turn:a:1?transport=udp".into(), "turn:b:2".into()],
                username: Some("u".into()),
                credential: Some("c".into()),
            },
        ];
        let offers = Offers::read(&servers);
        let relay = offers.of(Link::RelayUdp).unwrap();
        assert_eq!(relay.server.urls, ["turn:a:1?transport=udp"]);
        assert_eq!(relay.server.username.as_deref(), Some("u"));
        assert_eq!(offers.of(Link::Udp).unwrap().server.username, None);
        assert!(offers.of(Link::RelayTls).is_none());
    }
}
