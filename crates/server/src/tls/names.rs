//! Which names and addresses our own certificates may be for: only ones that mean something else,
//! or nothing, in every other network. Whoever trusts the CA can therefore not be hurt by it on
//! the open Internet.

use std::net::IpAddr;

use crate::{
    host::{Host, HostName, HostPattern},
    machine::Machine,
    networks,
};

/// Names for private use: RFC 6761, RFC 6762, RFC 8375 and ICANN's reservation of `.internal`.
///
/// A computer's bare name (`mybox`) is not among them: permitting it would permit everything under
/// a top-level domain of that name.
pub const SUFFIXES: [&str; 4] = ["localhost", "local", "home.arpa", "internal"];

/// Whether a certificate of ours may have this name.
pub fn may_certify(name: &HostName) -> bool {
    SUFFIXES.iter().any(|suffix| name.is_under(suffix))
}

/// Whether a certificate of ours may be for every name that has one label more than this one.
/// Browsers take no such certificate for what is no more than one of the [`SUFFIXES`].
pub fn may_certify_below(name: &HostName) -> bool {
    may_certify(name) && !SUFFIXES.contains(&name.as_str())
}

/// Whether a certificate of ours may have this address.
pub fn may_certify_address(address: IpAddr) -> bool {
    networks::is_private(address)
}

/// Whether a certificate made here may be for what the operator named.
pub fn may_certify_pattern(pattern: &HostPattern) -> bool {
    match pattern {
        HostPattern::Host(host) => may_certify_host(host),
        HostPattern::Below(name) => may_certify_below(name),
    }
}

/// Whether a certificate made here may be for this name or address.
pub fn may_certify_host(host: &Host) -> bool {
    match host {
        Host::Name(name) => may_certify(name),
        Host::Address(address) => may_certify_address(*address),
    }
}

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    /// Host names.
    pub names: Vec<HostName>,
    /// Names of which each stands for every name with one label more.
    pub parents: Vec<HostName>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
}

impl Subjects {
    /// All that this machine may be called: its loopback and private addresses, `localhost`, its
    /// own name under `.local`, and the names and addresses the operator gave.
    pub fn of(machine: &Machine, more: &[HostPattern]) -> Self {
        let hosts = more.iter().filter_map(HostPattern::host);
        let own = machine.name.iter().flat_map(|name| {
            let local = HostName::parse(&format!("{}.local", name.first_label()));
            [Some(name.clone()), local]
        });
        let mut names: Vec<HostName> = [HostName::parse("localhost")]
            .into_iter()
            .chain(own)
            .flatten()
            .chain(hosts.clone().filter_map(Host::name).cloned())
            .filter(may_certify)
            .collect();
        names.sort();
        names.dedup();
        let loopback = [
            [127, 0, 0, 1].into(),
            IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ];
        let mut addresses: Vec<IpAddr> = loopback
            .into_iter()
            .chain(machine.addresses.iter().copied())
            .chain(hosts.filter_map(Host::address))
            .filter(|address| may_certify_address(*address))
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        let mut parents: Vec<HostName> = more
            .iter()
            .filter_map(|pattern| match pattern {
                HostPattern::Below(name) => Some(name.clone()),
                HostPattern::Host(_) => None,
            })
            .filter(may_certify_below)
            .collect();
        parents.sort();
        parents.dedup();
        Self {
            names,
            parents,
            addresses,
        }
    }

    /// Whether a certificate for these is one for `wanted` as well.
    pub fn cover(&self, wanted: &Self) -> bool {
        let Self {
            names,
            parents,
            addresses,
        } = wanted;
        names.iter().all(|it| self.names.contains(it))
            && parents.iter().all(|it| self.parents.contains(it))
            && addresses.iter().all(|it| self.addresses.contains(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_certified_by_its_private_names_only() {
        let machine = Machine {
            name: HostName::parse("box.example.org"),
            addresses: ["192.168.1.5", "203.0.113.7", "fd00::5", "2001:db8::5"]
                .map(|address| address.parse().unwrap())
                .to_vec(),
            ..Machine::default()
        };
        let more = [
            "call.home.arpa",
            "box.lan",
            "10.0.0.7",
            "203.0.113.8",
            "*.box.internal",
            "*.home.arpa",
            "*.local",
            "*.fritz.box",
        ]
        .map(|text| HostPattern::parse(text).unwrap());
        let subjects = Subjects::of(&machine, &more);
        let names: Vec<_> = subjects.names.iter().map(HostName::as_str).collect();
        assert_eq!(names, ["box.local", "call.home.arpa", "localhost"]);
        let parents: Vec<_> = subjects.parents.iter().map(HostName::as_str).collect();
        assert_eq!(parents, ["box.internal"]);
        let addresses: Vec<_> = subjects.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(
            addresses,
            ["10.0.0.7", "127.0.0.1", "192.168.1.5", "::1", "fd00::5"]
        );
        assert!(subjects.cover(&Subjects::of(&Machine::default(), &[])));
        assert!(!Subjects::of(&Machine::default(), &[]).cover(&subjects));
    }
}
