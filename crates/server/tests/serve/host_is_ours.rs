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
        ("other_box", 421),
        ("other.home.arpa", 421),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("box.evil.example", 421),
        ("", 400),
        ("a b", 400),
        ("user@localhost", 400),
    ] {
        let answer = server.ask(&request("GET", "/info.json", host, &[])).await;
        assert_eq!(answer.status, status, "{host:?}");
        if status == 421 {
            assert!(answer.text().contains("--name"));
        }
    }
    let without = "GET /info.json HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(server.ask(without).await.status, 400);
    let twice = request("GET", "/info.json", "localhost", &["Host: localhost"]);
    assert_eq!(server.ask(&twice).await.status, 400);
}

/// A supervisor asks by the service's name, or by none, and Prometheus by the service's name.
#[tokio::test]
async fn health_is_told_by_any_name_and_metrics_to_those_who_may() {
    let server = Running::start(&["--metrics-from", "127.0.0.1"]);
    for host in ["crabcall:8080", "my_service", "crabcall.default.svc"] {
        for path in ["/healthz", "/readyz", "/metrics"] {
            let answer = server.ask(&request("GET", path, host, &[])).await;
            assert_eq!(answer.status, 200, "{path} at {host}");
        }
        for path in ["/", "/state", "/info.json", "/ws"] {
            let answer = server.ask(&request("GET", path, host, &[])).await;
            assert_eq!(answer.status, 421, "{path} at {host}");
        }
    }
    let without = "GET /healthz HTTP/1.0\r\n\r\n";
    assert_eq!(server.ask(without).await.status, 200);
    let closed = Running::start(&[]);
    let metrics = request("GET", "/metrics", "crabcall:8080", &[]);
    assert_eq!(closed.ask(&metrics).await.status, 404);
}
