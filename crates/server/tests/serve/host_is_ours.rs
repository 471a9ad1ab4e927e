use std::time::Duration;

use crabcall::{
    host::HostName,
    machine::{Machine, Probe},
};

use crate::support::{Running, request};

/// A name of somebody else's that points here (DNS rebinding) gets nothing.
#[tokio::test]
async fn only_our_own_names_are_answered() {
    let probe = Probe::new(Duration::from_secs(3600), || Machine {
        name: HostName::parse("box.example.net"),
        addresses: Vec::new(),
        ..Machine::default()
    });
    let server = Running::start_on(&["--name", "crab.home.arpa"], probe);
    for (host, status) in [
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("192.168.1.5", 200),
        ("localhost", 200),
        ("LOCALHOST:9", 200),
        ("any.local", 200),
        ("crab.home.arpa", 200),
        ("box.example.net", 200),
        ("box", 200),
        ("other.home.arpa", 421),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("box.evil.example", 421),
        ("", 400),
        ("a b", 400),
        ("user@localhost", 400),
    ] {
        let answer = server.ask(&request("GET", "/healthz", host, &[])).await;
        assert_eq!(answer.status, status, "{host:?}");
        if status == 421 {
            assert!(answer.text().contains("--name"));
        }
    }
    let without = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(server.ask(without).await.status, 400);
    let twice = request("GET", "/healthz", "localhost", &["Host: localhost"]);
    assert_eq!(server.ask(&twice).await.status, 400);
}
