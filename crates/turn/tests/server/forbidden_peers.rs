//! No packet goes to an address that is not one of the open Internet, or to this host, in
//! whatever form the address is written and however the packet is asked for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use turn::{Config, Family, Here, Input};

use crate::world::{Person, Sent, World, addr};

/// First, last and, where there is one that matters, some address of each range.
const DENIED_V4: [&str; 44] = [
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.0.255",
    "192.0.2.0",
    "192.0.2.255",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.1.1",
    "192.168.255.255",
    "192.175.48.6",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.0",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.255",
    "224.0.0.0",
    "224.0.0.251",
    "239.255.255.255",
    "240.0.0.0",
    "250.1.2.3",
    "255.255.255.254",
    "255.255.255.255",
    // This host, by the configuration, and its network.
    "5.6.7.8",
    "5.6.7.9",
    "5.6.6.1",
    "5.6.7.10",
];

const DENIED_V6: [&str; 26] = [
    "::",
    "::1",
    "64:ff9b:1::1",
    "64:ff9b:1:a00:1:200::",
    "::ffff:0:8.8.8.8",
    "100::1",
    "100:0:0:1::1",
    "1fff:ffff::1",
    "2001::1",
    "2001:0:102:304::1",
    "2001:2::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::5",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    // The network of this host.
    "2a00:5:6::2",
    "2a00:5:6:0:ffff::1",
];

fn config() -> Config {
    Config {
        here: Here {
            addresses: ["5.6.7.8", "5.6.7.9", "2a00:5:6::1"]
                .map(|ip| ip.parse().expect("an address"))
                .to_vec(),
            networks: ["5.6.6.8/23", "2a00:5:6::1/128"]
                .map(|network| network.parse().expect("a network"))
                .to_vec(),
        },
        ..Config::default()
    }
}

/// The address as it is, IPv4-mapped, IPv4-compatible, by 6to4 and by NAT64.
fn encodings(ip: Ipv4Addr) -> [IpAddr; 5] {
    let [a, b, c, d] = ip.octets();
    let text = [
        format!("{ip}"),
        format!("::ffff:{ip}"),
        format!("::{ip}"),
        format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"),
        format!("64:ff9b::{ip}"),
    ];
    text.map(|text| text.parse().expect("an address"))
}

/// Asks in every way for packets to this peer, and says how often it worked.
fn attempts(world: &mut World, person: &mut Person, ip: IpAddr, good: SocketAddr) -> usize {
    let mut worked = 0;
    for port in [53, 80, 5000] {
        let peer = SocketAddr::new(ip, port);
        worked += usize::from(person.permit(world, &[peer]) != Err(403));
        worked += usize::from(person.permit(world, &[good, peer]) != Err(403));
        worked += usize::from(person.bind(world, 0x4000, peer) != Err(403));
        worked += person.send(world, peer, b"x").len();
        worked += person.send_on(world, 0x4000, b"x").len();
    }
    worked
}

#[test]
fn every_denied_range_in_five_encodings() {
    let mut world = World::with(config());
    let (mut ada, _) = world.relayed("ada");
    let mut ben = world.person("ben");
    ben.allocate_family(&mut world, Some(Family::V6)).unwrap();
    let good = [addr("1.2.3.4:5001"), addr("[2a00::1]:5001")];
    for denied in DENIED_V4 {
        for ip in encodings(denied.parse().unwrap()) {
            let (person, good) = match ip {
                IpAddr::V4(_) => (&mut ada, good[0]),
                IpAddr::V6(_) => (&mut ben, good[1]),
            };
            assert_eq!(
                attempts(&mut world, person, ip, good),
                0,
                "{denied} as {ip}"
            );
        }
    }
    for denied in DENIED_V6.iter().chain(&["2a00:5:6::1"]) {
        let ip = denied.parse().unwrap();
        assert_eq!(attempts(&mut world, &mut ben, ip, good[1]), 0, "{denied}");
    }
    let counters = *world.server.counters();
    assert_eq!(counters.to_peers.packets, 0);
    // Addresses of this host: two in five forms, and one.
    assert_eq!(counters.denied_own, 11 * 9);
    // Addresses of this host's network: two in five forms, and two.
    assert_eq!(counters.denied_near, 12 * 9);
    // The same attempts reach a peer that is none of these, at a port where calls may be.
    for (person, good) in [(&mut ada, good[0]), (&mut ben, good[1])] {
        assert_eq!(attempts(&mut world, person, good.ip(), good), 5);
    }
    assert_eq!(world.server.counters().denied_port, 2 * 2 * 3);
}

#[test]
fn the_network_of_this_host_may_change_and_what_it_is_now_counts() {
    let mut world = World::with(config());
    let (mut ada, _) = world.relayed("ada");
    let (before, after) = (addr("5.6.7.10:5000"), addr("8.8.4.4:5000"));
    assert_eq!(ada.permit(&mut world, &[before]), Err(403));
    ada.permit(&mut world, &[after]).unwrap();
    world.handle(Input::Here(Here {
        addresses: vec!["8.8.8.8".parse().unwrap()],
        networks: vec!["8.8.0.0/16".parse().unwrap()],
    }));
    ada.permit(&mut world, &[before]).unwrap();
    assert_eq!(ada.permit(&mut world, &[after]), Err(403));
    assert_eq!(ada.bind(&mut world, 0x4000, after), Err(403));
}

#[test]
fn a_service_is_not_reached_by_a_permission_for_another_port_or_for_none() {
    let mut world = World::new();
    let (mut ada, _) = world.relayed("ada");
    for port in [0, 1_024, 65_535] {
        let permitted = SocketAddr::new("1.2.3.4".parse().unwrap(), port);
        ada.permit(&mut world, &[permitted]).unwrap();
    }
    for port in [0, 1, 53, 161, 1_023] {
        let peer = SocketAddr::new("1.2.3.4".parse().unwrap(), port);
        assert_eq!(ada.send(&mut world, peer, b"x"), [], "{port}");
        assert!(ada.bind(&mut world, 0x4000, peer).is_err(), "{port}");
    }
    let peer = addr("1.2.3.4:1024");
    assert_eq!(ada.send(&mut world, peer, b"x").len(), 1);
}

#[test]
fn what_the_operator_allows_is_allowed_except_this_host() {
    let mut config = config();
    config.allow = vec!["10.0.0.0/8".parse().unwrap(), "5.6.7.0/24".parse().unwrap()];
    let mut world = World::with(config);
    let (mut ada, relayed) = world.relayed("ada");
    for peer in [addr("10.1.2.3:8080"), addr("5.6.7.10:8080")] {
        ada.permit(&mut world, &[peer]).unwrap();
        assert_eq!(
            ada.send(&mut world, peer, b"x"),
            [Sent::ToPeer(relayed, peer, b"x".to_vec())]
        );
    }
    for denied in ["5.6.7.8:8080", "5.6.6.1:8080", "192.168.1.1:8080"] {
        assert_eq!(
            ada.permit(&mut world, &[addr(denied)]),
            Err(403),
            "{denied}"
        );
    }
}

#[test]
fn the_relays_own_address_where_no_allocation_is() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    world.wait(std::time::Duration::from_secs(1));
    for port in [22, 3478, relayed.port() + 1] {
        let peer = SocketAddr::new(relayed.ip(), port);
        assert_eq!(attempts_at(&mut world, &mut ada, peer), 0, "{peer}");
    }
    // A permission for the port where one is does not open the others.
    ada.permit(&mut world, &[relayed]).unwrap();
    let peer = SocketAddr::new(relayed.ip(), 22);
    assert_eq!(ada.send(&mut world, peer, b"x"), []);
    // What comes from this host through the socket is none of the server's clients.
    assert_eq!(world.peer(relayed, peer, b"x"), []);
}

fn attempts_at(world: &mut World, person: &mut Person, peer: SocketAddr) -> usize {
    usize::from(person.permit(world, &[peer]) != Err(403))
        + usize::from(person.bind(world, 0x4000, peer) != Err(403))
        + person.send(world, peer, b"x").len()
}
