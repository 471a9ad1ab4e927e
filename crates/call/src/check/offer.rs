//! What the server offers, one URI for each link.

use protocol::{IceLink, IceServer, IceUri};

use super::{Link, Place};

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
