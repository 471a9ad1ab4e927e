use crabcall::doctor::{Health, Report, Target, examine};
use tokio::net::TcpListener;

use crate::support::Running;

fn links(report: &Report) -> Vec<(&str, bool)> {
    let findings = report.findings().iter();
    let is_fine = |health: &Health| !matches!(health, Health::Failed(_));
    findings
        .map(|it| (it.link.as_str(), is_fine(&it.health)))
        .collect()
}

async fn doctor(url: &str) -> Report {
    examine(&Target::parse(url).expect("an address")).await
}

#[tokio::test]
async fn a_server_that_works() {
    let server = Running::start(&[]);
    let port = server.https().port();
    let report = doctor(&format!("https://localhost:{port}")).await;
    let tcp = format!("TCP port {port}");
    let expected = [
        &tcp,
        "certificate",
        "clock",
        "signalling",
        "STUN over UDP",
        "TURN over UDP",
        "TURN over TCP",
        "TURN over TLS",
        "relayed address",
    ];
    assert_eq!(
        links(&report),
        expected.map(|link| (link, true)),
        "{report}"
    );
    assert!(report.to_string().contains("own authority"), "{report}");
    assert_eq!(server.site.relay.numbers().counters.to_peers.packets, 0);
}

#[tokio::test]
async fn over_plain_http_there_is_no_tls_to_look_at() {
    let server = Running::start(&[]);
    let port = server.http().port();
    let report = doctor(&format!("http://localhost:{port}/r/anything")).await;
    assert_eq!(report.failed().count(), 0, "{report}");
    assert!(!report.to_string().contains("TLS"), "{report}");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let report = doctor(&format!("https://127.0.0.1:{port}")).await;
    let fault = report.failed().next().unwrap().to_string();
    let expected = format!("TCP port {port}: nobody listens there; start the server there");
    assert!(fault.starts_with(&expected), "{fault}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_for_other_names() {
    let server = Running::start(&["--https", "0.0.0.0:0"]);
    let port = server.https().port();
    let report = doctor(&format!("https://127.0.0.2:{port}")).await;
    let fault = report.failed().next().unwrap().to_string();
    assert!(
        fault.starts_with("certificate: it is for other names"),
        "{report}"
    );
}

#[tokio::test]
async fn http_where_https_was_asked_for() {
    let server = Running::start(&[]);
    let port = server.http().port();
    let report = doctor(&format!("https://127.0.0.1:{port}")).await;
    let failed: Vec<&str> = report.failed().map(|it| it.link.as_str()).collect();
    assert_eq!(failed, ["TLS"], "{report}");
}

#[tokio::test]
async fn without_udp_the_rest_is_tried() {
    let server = Running::start(&["--udp", "off"]);
    let port = server.https().port();
    let report = doctor(&format!("https://localhost:{port}")).await;
    let names: Vec<&str> = report
        .findings()
        .iter()
        .map(|it| it.link.as_str())
        .collect();
    assert!(!names.contains(&"TURN over UDP"), "{report}");
    assert!(names.contains(&"TURN over TLS"), "{report}");
    assert_eq!(report.failed().count(), 0, "{report}");
}
