//! What the server offers, one URI for each link.

use protocol::{IceLink, IceServer, IceUri};

use crate::link::{Link, Place};

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

fn parse(url: &str) -> Option<(Link, Place)> {
    let IceUri { link, host, port } = IceUri::parse(url)?;
    let link = match link {
        IceLink::Stun => Link::Udp,
        IceLink::TurnUdp => Link::RelayUdp,
        IceLink::TurnTcp => Link::RelayTcp,
        IceLink::TurnTls => Link::RelayTls,
    };
    Some((link, Place { host, port }))
}

#[cfg(test)]
mod tests {
    use super::*;

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
