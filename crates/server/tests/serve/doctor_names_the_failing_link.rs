use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crabcall::doctor::{Cause, Health, Report, Target, examine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::support::Running;

fn links(report: &Report) -> Vec<(&str, bool)> {
    let findings = report.findings().iter();
    let is_fine = |health: &Health| !matches!(health, Health::Failed(_));
    findings
        .map(|it| (it.link.as_str(), is_fine(&it.health)))
        .collect()
}

async fn doctor(url: &str) -> Report {
    examine(&Target::parse(url).expect("an address"), &[]).await
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
        "page",
        "signalling",
        "HTTP fallback",
        "STUN over UDP",
        "TURN over UDP",
        "TURN over TCP",
        "TURN over TLS",
        "relayed address",
        "relay ports",
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
    let cause = report.failed().next().unwrap().cause;
    assert_eq!(cause, Some(Cause::PlainHttp), "{report}");
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn udp_that_is_dropped_on_the_way() {
    // Takes every datagram and never answers: what a firewall that drops them looks like.
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let udp = silent.local_addr().unwrap().port();
    let server = Running::start(&["--udp", &format!("127.0.0.2:{udp}")]);
    let port = server.https().port();
    let start = Instant::now();
    let report = doctor(&format!("https://localhost:{port}")).await;
    let took = start.elapsed();
    let failed: Vec<&str> = report.failed().map(|it| it.link.as_str()).collect();
    assert_eq!(failed, ["STUN over UDP", "TURN over UDP"], "{report}");
    for fault in report.failed() {
        let fault = fault.to_string();
        assert!(fault.contains("no answer in 5 s"), "{fault}");
        assert!(
            fault.contains(&format!("UDP port {udp}: let it through")),
            "{fault}"
        );
    }
    let good = report.good_links();
    assert!(good.contains("TURN over TCP, TURN over TLS"), "{report}");
    // Both were waited for at the same time.
    assert!(took < Duration::from_secs(9), "{took:?}");
}

/// A proxy that answers what asks for a WebSocket with 403, and passes everything else on.
async fn without_web_sockets(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut first = vec![0; 4_096];
                let length = client.read(&mut first).await?;
                first.truncate(length);
                if first.starts_with(b"GET /ws") {
                    let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
                    return client.write_all(refusal).await;
                }
                let mut upstream = TcpStream::connect(server).await?;
                upstream.write_all(&first).await?;
                tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
                Ok(())
            });
        }
    });
    address
}

#[tokio::test]
async fn where_no_web_socket_gets_through_it_goes_on_by_requests() {
    let server = Running::start(&[]);
    let proxy = without_web_sockets(server.http()).await;
    let report = doctor(&format!("http://localhost:{}", proxy.port())).await;
    assert_eq!(report.failed().count(), 0, "{report}");
    let signalling = report.findings().iter().find(|it| it.link == "signalling");
    let signalling = signalling.unwrap();
    assert!(matches!(signalling.health, Health::Note(_)), "{report}");
    assert!(
        signalling.to_string().contains("no WebSocket: "),
        "{report}"
    );
    assert!(report.good_links().contains("HTTP fallback"), "{report}");
    assert!(report.good_links().contains("TURN over TCP"), "{report}");
}
