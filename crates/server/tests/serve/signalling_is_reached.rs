use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Running, request};

fn upgrade(host: &str, headers: &[&str]) -> String {
    let mut all = vec![
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: crabcall.v1",
    ];
    all.extend(headers);
    request("GET", "/ws", host, &all).replacen("Connection: close\r\n", "", 1)
}

async fn status(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server takes the request");
    let mut line = vec![0; "HTTP/1.1 101".len()];
    stream
        .read_exact(&mut line)
        .await
        .expect("the server answers");
    String::from_utf8(line)
        .expect("a status line is text")
        .replace("HTTP/1.1 ", "")
}

/// A page of ours reaches signalling over either port; a page of another origin does not.
#[tokio::test]
async fn the_origin_is_the_one_the_page_came_from() {
    let server = Running::start(&[]);
    for (host, origin, expected) in [
        ("localhost:8080", "Origin: http://localhost:8080", "101"),
        ("localhost:80", "Origin: http://localhost", "101"),
        ("localhost:8080", "Origin: http://localhost:8081", "403"),
        ("localhost:8080", "Origin: https://localhost:8080", "403"),
        ("localhost:8080", "Origin: null", "403"),
    ] {
        let mut stream = TcpStream::connect(server.http()).await.unwrap();
        let status = status(&mut stream, &upgrade(host, &[origin])).await;
        assert_eq!(status, expected, "{origin} at {host}");
    }
    for (origin, expected) in [
        ("Origin: https://crab.local", "101"),
        ("Origin: http://crab.local", "403"),
    ] {
        let mut stream = server.tls("localhost").await.unwrap();
        let status = status(&mut stream, &upgrade("crab.local:443", &[origin])).await;
        assert_eq!(status, expected, "{origin}");
    }
}

/// Behind a proxy it is the proxy's origin.
#[tokio::test]
async fn behind_a_trusted_proxy_it_is_the_proxys_origin() {
    let server = Running::start(&["--trusted-proxy", "127.0.0.1"]);
    let forwarded = [
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: call.example.org",
        "Origin: https://call.example.org",
    ];
    let mut stream = TcpStream::connect(server.http()).await.unwrap();
    let status = status(&mut stream, &upgrade("127.0.0.1:8080", &forwarded)).await;
    assert_eq!(status, "101");
}

/// What is refused is counted by its reason, and open sockets are told of the end.
#[tokio::test]
async fn refusals_are_counted_and_sockets_closed_at_the_end() {
    let server = Running::start(&[]);
    let mut refused = TcpStream::connect(server.http()).await.unwrap();
    let bad = upgrade("localhost", &["Origin: http://evil.example"]);
    assert_eq!(status(&mut refused, &bad).await, "403");
    let mut open = TcpStream::connect(server.http()).await.unwrap();
    let good = upgrade("localhost", &["Origin: http://localhost"]);
    assert_eq!(status(&mut open, &good).await, "101");
    let metrics = server.get("/metrics", &[]).await;
    for line in [
        "crabcall_refusals_total{reason=\"origin\"} 1",
        "crabcall_connections 1",
    ] {
        assert!(
            metrics.text().contains(line),
            "{line} is not in\n{}",
            metrics.text()
        );
    }
    let end = tokio::spawn(async move {
        let mut bytes = Vec::new();
        open.read_to_end(&mut bytes).await.map(|_| bytes)
    });
    timeout(Duration::from_secs(5), server.stop())
        .await
        .unwrap();
    let said = timeout(Duration::from_secs(1), end)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    // A close frame (RFC 6455, section 5.5.1) with a code.
    assert!(
        said.windows(2).any(|pair| pair[0] == 0x88 && pair[1] >= 2),
        "{said:?}"
    );
}
