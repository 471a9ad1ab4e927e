//! Data goes both ways, by indications and by channels, over every transport and family.

use turn::{Client, Family, Input, Transport};

use crate::world::{Sent, World, addr};

#[test]
fn by_indications_and_by_channels() {
    let mut world = World::new();
    let (mut ada, relayed) = world.relayed("ada");
    let peer = addr("1.2.3.4:5000");
    assert_eq!(
        ada.send(&mut world, peer, b"early"),
        [],
        "not permitted yet"
    );
    assert_eq!(world.peer(relayed, peer, b"early"), []);

    ada.permit(&mut world, &[peer]).unwrap();
    let out = |data: &[u8]| [Sent::ToPeer(relayed, peer, data.to_vec())];
    assert_eq!(ada.send(&mut world, peer, b"hello"), out(b"hello"));
    let sent = world.peer(relayed, peer, b"answer");
    assert!(ada.got_from(&sent, peer, b"answer"), "{sent:?}");

    let same_host = addr("1.2.3.4:5001");
    let sent = world.peer(relayed, same_host, b"x");
    assert!(
        ada.got_from(&sent, same_host, b"x"),
        "permissions are of addresses"
    );
    assert_eq!(world.peer(relayed, addr("1.2.3.5:5000"), b"x"), []);

    ada.bind(&mut world, 0x4000, peer).unwrap();
    assert_eq!(ada.send_on(&mut world, 0x4000, b"hello"), out(b"hello"));
    assert_eq!(ada.send_on(&mut world, 0x4000, b""), out(b""));
    let sent = world.peer(relayed, peer, b"answer");
    assert!(ada.got_on(&sent, 0x4000, b"answer"), "{sent:?}");
    let sent = world.peer(relayed, same_host, b"x");
    assert!(
        ada.got_from(&sent, same_host, b"x"),
        "channels are of ports"
    );
    assert_eq!(ada.send_on(&mut world, 0x4001, b"x"), [], "another channel");

    let counters = *world.server.counters();
    assert_eq!(counters.to_peers.packets, 3);
    assert_eq!(counters.to_peers.bytes, 10);
    assert_eq!(counters.to_clients.packets, 4);
    assert_eq!(counters.to_clients.bytes, 14);
    assert_eq!(counters.allocations, 1);
}

#[test]
fn in_streams_with_padding() {
    for transport in [Transport::Tcp, Transport::Tls] {
        let mut world = World::new();
        let mut ada = world.person("ada");
        ada.client = Client {
            transport,
            link: 9,
            ..ada.client
        };
        let relayed = ada.allocate(&mut world).unwrap();
        let peer = addr("1.2.3.4:5000");
        ada.bind(&mut world, 0x4FFF, peer).unwrap();
        for length in 0..9 {
            let data = vec![5; length];
            let expected = [Sent::ToPeer(relayed, peer, data.clone())];
            assert_eq!(ada.send_on(&mut world, 0x4FFF, &data), expected);
            let sent = world.peer(relayed, peer, &data);
            assert!(ada.got_on(&sent, 0x4FFF, &data), "{sent:?}");
        }
        world.handle(Input::Closed { client: ada.client });
        assert!(
            world.sockets.is_empty(),
            "the stream ended, so did its allocation"
        );
        assert_eq!(world.server.allocations(), 0);
    }
}

#[test]
fn between_the_families() {
    let mut world = World::new();
    let mut ada = world.person_at("ada", "[2001:db8::9]:1000");
    let relayed = ada.allocate(&mut world).unwrap();
    assert!(relayed.is_ipv4(), "unless IPv6 is asked for");
    ada.permit(&mut world, &[addr("1.2.3.4:5005")]).unwrap();
    assert_eq!(ada.permit(&mut world, &[addr("[2a00::1]:5005")]), Err(443));
    assert_eq!(
        ada.bind(&mut world, 0x4000, addr("[2a00::1]:5005")),
        Err(443)
    );

    let mut ben = world.person("ben");
    let relayed = ben.allocate_family(&mut world, Some(Family::V6)).unwrap();
    let peer = addr("[2a00::1]:5005");
    ben.permit(&mut world, &[peer]).unwrap();
    assert_eq!(
        ben.send(&mut world, peer, b"6"),
        [Sent::ToPeer(relayed, peer, b"6".to_vec())]
    );
    let sent = world.peer(relayed, peer, b"6");
    assert!(ben.got_from(&sent, peer, b"6"));
}
