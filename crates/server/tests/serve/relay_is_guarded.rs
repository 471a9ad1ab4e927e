//! The relay reaches neither this computer nor its neighbours nor services, even when the addresses
//! of this computer can't be listed any more.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crabcall::{
    machine::{Machine, Probe},
    server::Server,
};

use crate::{
    support::{Running, settings},
    turn_client::{Got, SUCCESS, Turn, credentials},
};

const FORBIDDEN: Got = Got::Response(Some(403), None, None);

fn machine() -> Machine {
    let parse = |ip: &str| ip.parse().expect("an address");
    Machine {
        addresses: ["9.8.7.6", "9.8.7.7"].map(parse).to_vec(),
        networks: vec!["9.8.7.0/24".parse().expect("a network")],
        ..Machine::default()
    }
}

/// Checks how the relay answers to each of these peers.
async fn permits(server: &Running, peers: &[(&str, Got)]) {
    let relay = *server.site.relay.udp().first().expect("UDP");
    let mut turn = Turn::udp(relay, &credentials(server, "eve")).await;
    turn.relayed().await;
    for (peer, expected) in peers {
        let peer: SocketAddr = peer.parse().expect("an address");
        assert_eq!(turn.permit(peer).await, *expected, "{peer}");
        assert_eq!(
            turn.bind(0x4000 + peer.port() % 0x1000, peer).await,
            *expected,
            "{peer}"
        );
    }
}

#[tokio::test]
async fn neighbours_and_services_are_no_peers() {
    let server = Running::start_on(&[], Probe::new(Duration::from_secs(3600), machine));
    permits(
        &server,
        &[
            // The router's ports for opening other ports (PCP) and for being watched (SNMP).
            ("9.8.7.1:5351", FORBIDDEN),
            ("9.8.7.1:161", FORBIDDEN),
            ("9.8.7.250:50000", FORBIDDEN),
            ("9.8.6.250:50000", SUCCESS),
            ("9.8.6.250:161", FORBIDDEN),
            ("9.8.6.250:1023", FORBIDDEN),
        ],
    )
    .await;
    server.stop().await;
    let allow = ["--relay-allow", "9.8.7.128/25"];
    let server = Running::start_on(&allow, Probe::new(Duration::from_secs(3600), machine));
    permits(
        &server,
        &[
            ("9.8.7.1:50000", FORBIDDEN),
            ("9.8.7.6:50000", FORBIDDEN),
            ("9.8.7.250:50000", SUCCESS),
        ],
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn what_was_known_last_holds_when_interfaces_cannot_be_listed() {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let probe = Probe::trying(Duration::from_millis(5), move || {
        match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(machine()),
            _ => Err(io::Error::other("too many open files")),
        }
    });
    let server = Running::start_on(&[], probe);
    let looked = async {
        while looks.load(Ordering::Relaxed) < 4 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), looked).await;
    in_time.expect("the interfaces are looked at again and again");
    permits(
        &server,
        &[
            ("9.8.7.6:50000", FORBIDDEN),
            ("9.8.7.7:50000", FORBIDDEN),
            ("9.8.7.1:50000", FORBIDDEN),
            ("9.8.6.1:50000", SUCCESS),
        ],
    )
    .await;
    assert_eq!(*server.site.machine(), machine());
    server.stop().await;
}

#[tokio::test]
async fn without_knowing_them_at_all_it_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let probe = Probe::trying(Duration::from_secs(3600), || {
        Err(io::Error::other("not for you"))
    });
    let fault = Server::start(settings(folder.path(), &[]), probe).expect_err("refused");
    let line = fault.to_string();
    assert!(line.contains("the addresses of this computer") && line.contains("not for you"));
    assert!(!line.contains('\n'), "{line}");
}
