use crate::support::{Running, request};

/// What every answer carries that a browser may show.
#[tokio::test]
async fn every_answer_that_can_be_shown_carries_the_careful_headers() {
    let server = Running::start(&[]);
    let asked = [
        ("GET", "/", "localhost:8080", 200),
        ("HEAD", "/", "localhost:8080", 200),
        ("GET", "/r/room", "localhost:8080", 200),
        ("GET", "/nothing", "localhost:8080", 404),
        ("POST", "/", "localhost:8080", 405),
        ("POST", "/trust", "localhost:8080", 405),
        ("GET", "/trust", "localhost:8080", 200),
        ("GET", "/healthz", "localhost:8080", 200),
        ("GET", "/info.json", "localhost:8080", 200),
        ("GET", "/ws", "localhost:8080", 403),
        ("GET", "/", "evil.example", 421),
        ("GET", "/", "not a host", 400),
    ];
    for (method, path, host, status) in asked {
        let answer = server.ask(&request(method, path, host, &[])).await;
        assert_eq!(answer.status, status, "{method} {path} at {host}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {method} {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let permissions = answer.header("permissions-policy");
        assert!(permissions.contains("geolocation=()") && permissions.contains("usb=()"));
        for used in ["camera=", "microphone=", "display-capture="] {
            assert!(!permissions.contains(used), "{used}: a page may by itself");
        }
        let is_room = path.starts_with("/r/");
        assert_eq!(answer.header("x-robots-tag").contains("noindex"), is_room);
        if method == "HEAD" {
            assert!(answer.body.is_empty());
        }
    }
}

/// Older Safari does not take 'self' for the WebSocket's scheme.
#[tokio::test]
async fn the_policy_names_the_web_socket() {
    let server = Running::start(&[]);
    let policy =
        |answer: crate::support::Answer| answer.header("content-security-policy").to_owned();
    let plain = server
        .ask(&request("GET", "/", "localhost:8080", &[]))
        .await;
    assert!(policy(plain).contains("connect-src 'self' ws://localhost:8080;"));
    // A policy cannot name an IPv6 address; a browser would complain of one.
    let v6 = server.ask(&request("GET", "/", "[::1]:8080", &[])).await;
    assert!(policy(v6).contains("connect-src 'self';"));
    let stream = server.tls("localhost").await.unwrap();
    let secure = crate::support::ask(stream, &request("GET", "/", "crab.local", &[])).await;
    assert!(policy(secure).contains("connect-src 'self' wss://crab.local;"));
}

/// What is only a part of a page has no page's headers: a browser does not look at them there.
#[tokio::test]
async fn a_part_of_a_page_carries_only_what_counts_for_it() {
    let server = Running::start(&[]);
    let page = server
        .ask(&request("GET", "/trust", "localhost:8080", &[]))
        .await;
    let body = page.text();
    let style = body.split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let style = style.split('"').next().unwrap();
    let answer = server
        .ask(&request("GET", style, "localhost:8080", &[]))
        .await;
    assert_eq!(answer.status, 200, "{style}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    for name in ["content-security-policy", "permissions-policy"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
}
