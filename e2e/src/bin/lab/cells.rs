//! The cells: two people, how each is connected, and the path that theory allows them.

use e2e::Kind;

use crate::{
    access::Access::{self, *},
    world::Hosting,
};

/// One way for two people to be connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub name: String,
    /// Who starts the call, and who joins it.
    pub access: [Access; 2],
    pub browsers: [Kind; 2],
    pub hosting: Hosting,
}

/// What is asked of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Direct,
    Relay,
    /// Through the relay on 443.
    Relay443,
    Proxy,
}

impl Class {
    /// "Join now" to the first frame, 95 % of all, in ms.
    pub fn most_ms(self) -> f64 {
        match self {
            Self::Direct => 1_500.0,
            Self::Relay => 3_000.0,
            Self::Relay443 => 5_000.0,
            Self::Proxy => 8_000.0,
        }
    }
}

impl Cell {
    fn new(one: Access, other: Access) -> Self {
        Self {
            name: format!("{}-{}", one.word(), other.word()),
            access: [one, other],
            browsers: [Kind::Chromium; 2],
            hosting: Hosting::Public,
        }
    }

    /// The call in which a fault happens.
    pub fn of_fault(access: [Access; 2], browsers: [Kind; 2]) -> Self {
        let [one, other] = access;
        Self::new(one, other).in_browsers(browsers)
    }

    fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    fn in_browsers(mut self, browsers: [Kind; 2]) -> Self {
        self.browsers = browsers;
        self
    }

    fn hosted(mut self, hosting: Hosting) -> Self {
        self.hosting = hosting;
        self
    }

    /// By theory: who has no UDP, or no address of the other's kind, needs the relay. Otherwise a
    /// packet must get in somewhere: at a side whose filter asks no more than what the other side's
    /// mapping keeps the same.
    pub fn class(&self) -> Class {
        let [one, other] = self.access;
        let has = |access| one == access || other == access;
        if has(Proxy) {
            Class::Proxy
        } else if has(Only443) || has(OnlyTls) {
            Class::Relay443
        } else if has(UdpBlocked) || (one == OnlyIpv6) != (other == OnlyIpv6) {
            Class::Relay
        } else {
            match (one, other) {
                (Symmetric, Symmetric | PortRestricted) | (PortRestricted, Symmetric) => {
                    Class::Relay
                }
                _ => Class::Direct,
            }
        }
    }
}

/// All cells: the matrix, and what is out of its rows.
pub fn all() -> Vec<Cell> {
    let mut cells = Vec::new();
    for one in Access::MATRIX {
        for other in Access::MATRIX {
            cells.push(Cell::new(one, other));
        }
    }
    let (chromium, firefox) = (Kind::Chromium, Kind::Firefox);
    cells.extend([
        Cell::new(Only443, PortRestricted),
        Cell::new(PortRestricted, Only443),
        Cell::new(Only443, Only443),
        Cell::new(OnlyTls, PortRestricted),
        Cell::new(PortRestricted, OnlyTls),
        Cell::new(OnlyTls, OnlyTls),
        Cell::new(Proxy, Symmetric),
        Cell::new(Symmetric, Proxy),
        Cell::new(Proxy, Proxy),
        Cell::new(OnlyIpv6, PortRestricted),
        Cell::new(PortRestricted, OnlyIpv6),
        Cell::new(PortRestricted, PortRestricted)
            .named("cloud-port-port")
            .hosted(Hosting::OneToOne),
        Cell::new(PortRestricted, Symmetric)
            .named("cloud-port-symmetric")
            .hosted(Hosting::OneToOne),
        Cell::new(Open, Open)
            .named("firefox-open-open")
            .in_browsers([chromium, firefox]),
        Cell::new(PortRestricted, PortRestricted)
            .named("firefox-port-port")
            .in_browsers([firefox, firefox]),
        Cell::new(Symmetric, Symmetric)
            .named("firefox-symmetric-symmetric")
            .in_browsers([firefox, chromium]),
        Cell::new(UdpBlocked, Open)
            .named("firefox-blocked-open")
            .in_browsers([firefox, chromium]),
        Cell::new(OnlyTls, PortRestricted)
            .named("firefox-tls-port")
            .in_browsers([firefox, chromium]),
    ]);
    cells
}

/// What `cargo xtask test` runs.
pub const CHOSEN: [&str; 8] = [
    "firefox-open-open",
    "port-port",
    "symmetric-symmetric",
    "blocked-open",
    "tls-port",
    "proxy-symmetric",
    "ipv6-port",
    "cloud-port-symmetric",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_a_name_of_its_own_and_the_chosen_ones_exist() {
        let names: std::collections::BTreeSet<String> =
            all().into_iter().map(|cell| cell.name).collect();
        assert_eq!(names.len(), all().len());
        for name in CHOSEN {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn theory() {
        let class = |one, other| Cell::new(one, other).class();
        for access in Access::MATRIX {
            for other in Access::MATRIX {
                assert_eq!(class(access, other), class(other, access));
            }
        }
        assert_eq!(class(PortRestricted, PortRestricted), Class::Direct);
        assert_eq!(class(AddressRestricted, Symmetric), Class::Direct);
        assert_eq!(class(PortRestricted, Symmetric), Class::Relay);
        assert_eq!(class(Open, UdpBlocked), Class::Relay);
        assert_eq!(class(OnlyIpv6, PortRestricted), Class::Relay);
        let direct = all()
            .iter()
            .take(36)
            .filter(|cell| cell.class() == Class::Direct)
            .count();
        assert_eq!(direct, 22);
    }
}
