use std::{fs, time::Duration};

use crabcall::machine::{Machine, Probe};
use tokio::time::{sleep, timeout};

use crate::support::{Process, Running, request, serve};

/// The operator may give any name or address. Those that the private authority may certify are in
/// its certificate, and the others don't spoil it.
#[tokio::test]
async fn any_name_or_address_is_answered() {
    let names = [
        "box.lan",
        "calls.fritz.box",
        "box.tail1234.ts.net",
        "mybox",
        "crab.home.arpa",
        "192.168.1.20",
        "[fd00::20]",
        "fd00::21",
        "203.0.113.20",
    ];
    let server = Running::start(&["--name", &names.join(",")]);
    for name in names.iter().filter(|name| **name != "fd00::21") {
        let answer = server.ask(&request("GET", "/info.json", name, &[])).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    for name in [
        "crab.home.arpa",
        "192.168.1.20",
        "fd00::20",
        "fd00::21",
        "localhost",
    ] {
        server.tls(name).await.expect(name);
    }
    for name in ["box.lan", "mybox", "203.0.113.20"] {
        assert!(server.tls(name).await.is_err(), "{name}");
    }
    let answer = server
        .ask(&request("GET", "/info.json", "other.lan", &[]))
        .await;
    assert_eq!(answer.status, 421);
}

/// A wildcard stands for one label. The certificate has it if the private authority is good for all
/// names below it.
#[tokio::test]
async fn a_wildcard_is_answered_by_every_name_below_it() {
    let server = Running::start(&["--name", "*.fritz.box,*.box.home.arpa"]);
    for (name, status) in [
        ("calls.fritz.box", 200),
        ("other.fritz.box", 200),
        ("calls.box.home.arpa", 200),
        ("fritz.box", 421),
        ("a.calls.fritz.box", 421),
        ("calls.fritz.box.evil.example", 421),
        ("home.arpa", 421),
    ] {
        let answer = server.ask(&request("GET", "/info.json", name, &[])).await;
        assert_eq!(answer.status, status, "{name}");
    }
    // A page that was loaded by such a name may speak to the server.
    let origin = "Origin: http://calls.fritz.box";
    let headers = [
        origin,
        "Crabcall-Protocol: crabcall.v1",
        "Crabcall-Received: 0",
        "Crabcall-Whole: 1",
    ];
    let asked = |host| request("POST", "/events", host, &headers);
    assert_eq!(server.ask(&asked("calls.fritz.box")).await.status, 200);
    assert_eq!(server.ask(&asked("other.fritz.box")).await.status, 403);
    server.tls("calls.box.home.arpa").await.unwrap();
    for name in ["a.calls.box.home.arpa", "calls.fritz.box"] {
        assert!(server.tls(name).await.is_err(), "{name}");
    }
}

/// In a container the operator's address is the only one that others can use.
#[tokio::test]
async fn the_operators_address_is_offered_first() {
    let probe = Probe::new(Duration::from_secs(3600), || Machine {
        name: None,
        addresses: vec!["172.17.0.2".parse().unwrap()],
        networks: Vec::new(),
    });
    let server = Running::start_on(
        &[
            "--https",
            "0.0.0.0:0",
            "--name",
            "192.168.1.20,203.0.113.20",
        ],
        probe,
    );
    let port = server.https().port();
    assert_eq!(
        server.site.network_urls(),
        [
            format!("https://192.168.1.20:{port}"),
            format!("https://172.17.0.2:{port}")
        ]
    );
}

/// The log says what browsers will say, and what to do.
#[cfg(unix)]
#[tokio::test]
async fn a_name_without_a_certificate_is_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = serve(
        &folder.path().join("data"),
        &[
            "--https",
            "127.0.0.1:0",
            "--name",
            "box.lan,a.ts.net,*.home.arpa,ok.local,*.box.local",
        ],
    );
    let _server = Process::spawn(command.stderr(fs::File::create(&log).unwrap()));
    let told = async {
        loop {
            let log = fs::read_to_string(&log).unwrap();
            let line = |name: &str| {
                log.lines()
                    .find(|line| line.contains(name))
                    .map(str::to_owned)
            };
            let told = ["--name box.lan", "--name a.ts.net", "--name *.home.arpa"].map(line);
            if let [Some(lan), Some(tailscale), Some(all)] = told {
                assert!(lan.contains("browsers will warn") && lan.contains(".home.arpa"));
                assert!(tailscale.contains("tailscale cert"));
                assert!(all.contains("browsers will warn") && all.contains("by itself"));
                assert!(!log.contains("--name ok.local") && !log.contains("--name *.box"));
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), told).await.unwrap();
}
