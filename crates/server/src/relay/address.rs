//! Which address of a relayed socket others are told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use turn::Family;

/// The addresses others know this host by, where the operator named them (as behind a 1:1 NAT).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicAddresses {
    /// Of IPv4.
    pub v4: Option<Ipv4Addr>,
    /// Of IPv6.
    pub v6: Option<Ipv6Addr>,
}

impl PublicAddresses {
    /// The first of each family is where relayed sockets are found.
    pub fn first_of(ips: &[IpAddr]) -> Self {
        let mut public = Self::default();
        for ip in ips {
            match ip {
                IpAddr::V4(ip) => {
                    public.v4.get_or_insert(*ip);
                }
                IpAddr::V6(ip) => {
                    public.v6.get_or_insert(*ip);
                }
            }
        }
        public
    }

    /// The address of this family.
    pub fn of(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.v4.map(IpAddr::V4),
            Family::V6 => self.v6.map(IpAddr::V6),
        }
    }

    /// Those there are.
    pub fn all(&self) -> impl Iterator<Item = IpAddr> {
        [Family::V4, Family::V6]
            .into_iter()
            .filter_map(|family| self.of(family))
    }
}

/// The addresses there are to choose from.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) public: PublicAddresses,
    pub(super) here: turn::Here,
}

impl Addresses {
    /// All of them, which the relay does not send to.
    pub(super) fn all(&self) -> turn::Here {
        let mut here = self.here.clone();
        here.addresses.extend(self.public.all());
        here
    }

    /// The address of a socket for a client that reached us at `local`, and the one that others
    /// know it by: where one client found us, its peers will.
    pub(super) fn relayed(&self, family: Family, local: Option<IpAddr>) -> (IpAddr, IpAddr) {
        let fits = |ip: &IpAddr| Family::of(*ip) == family && !ip.is_unspecified();
        let local = local.map(|ip| ip.to_canonical()).filter(fits);
        let outward = local.filter(|ip| !ip.is_loopback());
        let bound = outward
            .or_else(|| self.here.addresses.iter().copied().find(|ip| fits(ip)))
            .or(local)
            .unwrap_or(match family {
                Family::V4 => Ipv4Addr::LOCALHOST.into(),
                Family::V6 => Ipv6Addr::LOCALHOST.into(),
            });
        (bound, self.public.of(family).unwrap_or(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn others_find_a_relay_where_its_client_found_it() {
        let mut addresses = Addresses {
            public: PublicAddresses::default(),
            here: turn::Here {
                addresses: vec![ip("10.0.0.5"), ip("2001:db8::5"), ip("192.168.1.5")],
                networks: Vec::new(),
            },
        };
        for (family, local, bound) in [
            (Family::V4, Some("192.168.1.5"), "192.168.1.5"),
            (Family::V4, Some("::ffff:192.168.1.5"), "192.168.1.5"),
            // A browser on this computer: nobody else finds it there.
            (Family::V4, Some("127.0.0.1"), "10.0.0.5"),
            (Family::V4, None, "10.0.0.5"),
            // A client of the other family.
            (Family::V6, Some("192.168.1.5"), "2001:db8::5"),
        ] {
            let bound = (ip(bound), ip(bound));
            assert_eq!(addresses.relayed(family, local.map(ip)), bound, "{local:?}");
        }
        addresses.public.v4 = Some(Ipv4Addr::new(203, 0, 113, 7));
        assert_eq!(
            addresses.relayed(Family::V4, Some(ip("10.0.0.5"))),
            (ip("10.0.0.5"), ip("203.0.113.7"))
        );
        assert!(addresses.all().addresses.contains(&ip("203.0.113.7")));
        addresses.here.addresses.clear();
        let loopback = (ip("127.0.0.1"), ip("203.0.113.7"));
        assert_eq!(
            addresses.relayed(Family::V4, Some(ip("127.0.0.1"))),
            loopback
        );
        assert_eq!(addresses.relayed(Family::V6, None).0, ip("::1"));
    }
}
