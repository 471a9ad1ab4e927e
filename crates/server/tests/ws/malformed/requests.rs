//! Requests that are no upgrade, and upgrades of those who may not.

use super::raw::{Raw, request};
use crate::support::Server;

pub async fn run(server: &Server) -> usize {
    let mut cases = 0;
    for (bytes, allowed) in requests(server) {
        let mut raw = Raw::connect(server).await;
        raw.write(&bytes).await;
        // What is not a whole request yet is ended by the client.
        tokio::io::AsyncWriteExt::shutdown(&mut raw.0)
            .await
            .unwrap();
        let answer = raw.rest().await;
        let status = answer
            .get(9..12)
            .map(|it| String::from_utf8_lossy(it).into_owned());
        let status = status.unwrap_or_default();
        let asked = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        assert!(
            allowed.contains(&status.as_str()),
            "{status:?} to {asked:?}"
        );
        cases += 1;
    }
    cases
}

/// What the server may answer: never 101.
const REFUSED: &[&str] = &["", "400", "403", "404", "405", "414", "426", "431", "505"];

fn requests(server: &Server) -> Vec<(Vec<u8>, &'static [&'static str])> {
    let right = request(server);
    let at = server.address;
    let mut cases: Vec<(Vec<u8>, &[&str])> = Vec::new();
    // Cut short anywhere.
    for end in 0..right.len() - 1 {
        cases.push((right.as_bytes()[..end].to_vec(), REFUSED));
    }
    // Without one of its headers, or with it twice.
    for line in right.lines().skip(2).filter(|line| !line.is_empty()) {
        cases.push((
            right.replace(&format!("{line}\r\n"), "").into_bytes(),
            REFUSED,
        ));
    }
    for (old, new) in [
        ("GET", "POST"),
        ("GET", "get"),
        ("GET", "CONNECT"),
        ("GET", "G\0T"),
        ("/ws", "/ws/"),
        ("/ws", "/WS"),
        ("/ws", "/%77%73/../x"),
        ("HTTP/1.1", "HTTP/1.0"),
        ("HTTP/1.1", "HTTP/2.0"),
        ("HTTP/1.1", "HTTP/9.9"),
        ("Connection: Upgrade", "Connection: keep-alive"),
        ("Upgrade: websocket", "Upgrade: h2c"),
        ("Version: 13", "Version: 8"),
        ("Version: 13", "Version: 13, 8"),
        ("Version: 13", "Version: x"),
        ("dGhlIHNhbXBsZSBub25jZQ==", ""),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short=="),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"),
        ("crabcall.v1", "crabcall.v2"),
        ("crabcall.v1", "CRABCALL.V1"),
        ("crabcall.v1", "crabcall.v1x"),
        ("crabcall.v1", ""),
        ("Host:", "Host"),
        ("Host:", "\u{0}:"),
    ] {
        cases.push((right.replacen(old, new, 1).into_bytes(), REFUSED));
    }
    // Origins that look alike.
    let origin = format!("Origin: http://{at}");
    let port = at.port();
    let hosts = [
        "localhost",
        "127.0.0.2",
        "127.1",
        "0x7f.1",
        "[::1]",
        "127.0.0.1.",
        "evil.example",
    ];
    for host in hosts {
        for scheme in ["http", "https", "ws", "file", "chrome-extension"] {
            let other = format!("Origin: {scheme}://{host}:{port}");
            cases.push((right.replace(&origin, &other).into_bytes(), REFUSED));
        }
    }
    for other in [
        "Origin:".to_owned(),
        "Origin: null".to_owned(),
        "Origin: *".to_owned(),
        format!("Origin: http://{at}/"),
        format!("Origin: http://{at}#"),
        format!("Origin: http://{at}@evil.example"),
        format!("Origin: http://evil.example@{at}"),
        format!("Origin: http://{at}.evil.example"),
        format!("Origin: HTTP://{at}"),
        format!("Origin: http://{at}\r\nOrigin: http://{at}"),
        format!("Origin: http://{at} http://{at}"),
        format!("Origin: http://{}:{}", at.ip(), u32::from(port) + 65_536),
        format!("Origin: http://{}:0{port}", at.ip()),
        format!("X-Origin: http://{at}"),
        format!("Origin: \u{FF48}ttp://{at}"),
    ] {
        cases.push((right.replace(&origin, &other).into_bytes(), REFUSED));
    }
    // Headers beyond all measure.
    for size in [10_000, 100_000, 600_000] {
        let long = format!("X-Long: {}\r\n", "x".repeat(size));
        // The smallest may pass; the origin then keeps it out.
        let bad = right.replace(&origin, "Origin: null");
        let with = bad.replacen("Host:", &format!("{long}Host:"), 1);
        cases.push((with.into_bytes(), REFUSED));
        let path = bad.replacen("/ws", &format!("/ws?{}", "x".repeat(size)), 1);
        cases.push((path.into_bytes(), REFUSED));
    }
    for count in [50, 101, 1_000, 10_000] {
        let bad = right.replace(&origin, "Origin: null");
        let many = bad.replacen("Host:", &format!("{}Host:", "X: y\r\n".repeat(count)), 1);
        cases.push((many.into_bytes(), REFUSED));
    }
    // No HTTP at all.
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"\x00\x00\x00\x00",
        b"SSH-2.0-x\r\n",
        b"GET\r\n\r\n",
    ];
    cases.extend(garbage.map(|bytes| (bytes.to_vec(), REFUSED)));
    cases
}
