//! A page behind a proxy reaches signalling with what the proxy passes on, or hears what is
//! missing. The sets of headers are what nginx 1.22, HAProxy 2.6 and Apache 2.4 were seen to send.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Answer, Running, ask, request};

const UPGRADE: [&str; 5] = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: crabcall.v1",
];

/// The status with which a WebSocket is answered.
async fn upgrade(server: &Running, host: &str, headers: &[&str]) -> u16 {
    let all: Vec<&str> = UPGRADE.iter().chain(headers).copied().collect();
    let request = request("GET", "/ws", host, &all).replacen("Connection: close\r\n", "", 1);
    let mut stream = TcpStream::connect(server.http()).await.expect("a server");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut line = [0; "HTTP/1.1 101".len()];
    stream.read_exact(&mut line).await.expect("an answer");
    let status = std::str::from_utf8(&line).expect("text").split(' ').nth(1);
    status.and_then(|it| it.parse().ok()).expect("a status")
}

/// The status with which the fallback is answered, and what it says.
async fn events(server: &Running, host: &str, headers: &[&str]) -> Answer {
    let mut all = vec![
        "Crabcall-Protocol: crabcall.v1",
        "Crabcall-Received: 0",
        "Crabcall-Whole: 1",
        "Content-Length: 0",
    ];
    all.extend(headers);
    let stream = TcpStream::connect(server.http()).await.expect("a server");
    ask(stream, &request("POST", "/events", host, &all)).await
}

const TRUSTED: [&str; 2] = ["--trusted-proxy", "127.0.0.1"];
const NAMED: [&str; 4] = [
    "--trusted-proxy",
    "127.0.0.1",
    "--domain",
    "call.example.org",
];
const PAGE: &str = "Origin: https://call.example.org";
const PAGE_8444: &str = "Origin: https://call.example.org:8444";
const PROTO: &str = "X-Forwarded-Proto: https";

#[tokio::test]
async fn pages_are_known_where_the_name_is_certain() {
    let (trusted, named) = (Running::start(&TRUSTED), Running::start(&NAMED));
    let apache = [
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-Host: call.example.org",
        "X-Forwarded-Server: call.example.org",
    ];
    let apache_8444 = [
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-Host: call.example.org:8444",
        "X-Forwarded-Server: call.example.org",
    ];
    for (what, server, host, origin, headers) in [
        (
            "nginx, Host $host, no more",
            &trusted,
            "call.example.org",
            PAGE,
            &[][..],
        ),
        (
            "nginx, Host $host, another port",
            &trusted,
            "call.example.org",
            PAGE_8444,
            &[PROTO],
        ),
        (
            "nginx, Host $http_host",
            &trusted,
            "call.example.org:8444",
            PAGE_8444,
            &[PROTO],
        ),
        (
            "nginx, Host $http_host, no more",
            &trusted,
            "call.example.org:8444",
            PAGE_8444,
            &[],
        ),
        ("nginx's own snippet", &named, "127.0.0.1:8080", PAGE, &[]),
        ("nginx, an upstream's name", &named, "crab_call", PAGE, &[]),
        ("HAProxy as it is", &trusted, "call.example.org", PAGE, &[]),
        (
            "HAProxy, another port",
            &trusted,
            "call.example.org:8444",
            PAGE_8444,
            &[],
        ),
        (
            "Apache, ProxyPass",
            &trusted,
            "127.0.0.1:8080",
            PAGE,
            &apache,
        ),
        (
            "Apache, another port",
            &trusted,
            "127.0.0.1:8080",
            PAGE_8444,
            &apache_8444,
        ),
        (
            "Apache, ProxyPreserveHost",
            &trusted,
            "call.example.org",
            PAGE,
            &apache,
        ),
        (
            "Apache, ProxyAddHeaders Off",
            &named,
            "127.0.0.1:8080",
            PAGE,
            &[],
        ),
        (
            "a balancer that names host and port",
            &trusted,
            "10.0.0.5",
            PAGE_8444,
            &[
                "X-Forwarded-Host: call.example.org",
                "X-Forwarded-Port: 8444",
                PROTO,
            ],
        ),
        (
            "a balancer that names its own port",
            &trusted,
            "call.example.org",
            PAGE,
            &["X-Forwarded-Port: 443"],
        ),
        (
            "the standard header",
            &trusted,
            "10.0.0.5",
            PAGE_8444,
            &["Forwarded: for=198.51.100.1;proto=https;host=\"call.example.org:8444\""],
        ),
    ] {
        let mut all = vec![origin];
        all.extend(headers);
        assert_eq!(upgrade(server, host, &all).await, 101, "{what}");
        assert_eq!(events(server, host, &all).await.status, 200, "{what}");
    }
}

/// A page that is not known is refused, and the refusal says why, for programs and for people.
#[tokio::test]
async fn a_refusal_names_the_cause_and_the_line_to_add() {
    let trusted = Running::start(&TRUSTED);
    let named = Running::start(&NAMED);
    let unnamed = Running::start(&["--name", "call.home.arpa"]);
    for (server, host, headers, cause, add) in [
        (
            &trusted,
            "127.0.0.1:8080",
            &[PAGE][..],
            "proxy_host",
            "proxy_set_header Host",
        ),
        (
            &trusted,
            "crab_call",
            &[PAGE],
            "proxy_host",
            "ProxyPreserveHost On",
        ),
        (
            &named,
            "127.0.0.1:8080",
            &[PAGE_8444],
            "proxy_host",
            "proxy_set_header Host",
        ),
        (
            &trusted,
            "call.example.org:8443",
            &[PAGE, PROTO],
            "proxy_port",
            "$http_host",
        ),
        (
            &trusted,
            "call.example.org",
            &[PAGE, "X-Forwarded-Proto: http"],
            "proxy_scheme",
            "X-Forwarded-Proto",
        ),
        (
            &unnamed,
            "call.home.arpa",
            &["Origin: https://call.home.arpa"],
            "unknown_proxy",
            "--trusted-proxy",
        ),
        (
            &unnamed,
            "127.0.0.1:8080",
            &[PAGE, "X-Forwarded-For: 198.51.100.1"],
            "unknown_proxy",
            "--trusted-proxy",
        ),
        (
            &unnamed,
            "127.0.0.1:8080",
            &[PAGE],
            "other_site",
            "--trusted-proxy",
        ),
        (
            &trusted,
            "call.example.org",
            &["Origin: null"],
            "other_site",
            "",
        ),
        (&trusted, "call.example.org", &[], "no_origin", ""),
    ] {
        assert_eq!(upgrade(server, host, headers).await, 403, "{cause}");
        let answer = events(server, host, headers).await;
        assert_eq!(answer.status, 403, "{cause}");
        assert_eq!(answer.header("crabcall-refused"), cause);
        assert_eq!(answer.header("content-type"), "application/json");
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(told["refused"], "origin");
        assert_eq!(told["cause"], cause, "{told}");
        assert_eq!(told["host"], host, "{told}");
        let origin = headers.first().and_then(|it| it.strip_prefix("Origin: "));
        let origin = origin.filter(|it| *it != "null");
        assert_eq!(told["origin"], serde_json::json!(origin), "{told}");
        assert!(told["add"].to_string().contains(add), "{told}");
    }
}

/// A page of another site is refused behind a proxy, too.
#[tokio::test]
async fn another_sites_page_stays_out() {
    let server = Running::start(&NAMED);
    for origin in [
        "Origin: https://evil.example",
        "Origin: https://call.example.org.evil.example",
        "Origin: http://call.example.org",
    ] {
        let host = "call.example.org";
        assert_eq!(
            upgrade(&server, host, &[origin, PROTO]).await,
            403,
            "{origin}"
        );
    }
}
