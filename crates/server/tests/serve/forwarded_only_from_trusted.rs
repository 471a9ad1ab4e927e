use crate::support::Running;

const FROM_PROXY: [&str; 3] = [
    "X-Forwarded-For: 203.0.113.5",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: call.example.org",
];

/// The browser behind a trusted proxy is known by what the proxy says.
#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let server = Running::start(&[
        "--trusted-proxy",
        "127.0.0.1",
        "--metrics-from",
        "203.0.113.0/24",
    ]);
    let page = server.get("/", &FROM_PROXY).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("wss://call.example.org;"), "{policy}");
    // The address decides who may read the metrics; the nearest untrusted one counts.
    assert_eq!(server.get("/metrics", &FROM_PROXY).await.status, 200);
    let spoofed = ["X-Forwarded-For: 203.0.113.5, 198.51.100.1"];
    assert_eq!(server.get("/metrics", &spoofed).await.status, 404);
    let standard = ["Forwarded: for=203.0.113.9;proto=https;host=call.example.org"];
    assert_eq!(server.get("/metrics", &standard).await.status, 200);
}

/// From anybody else the same headers mean nothing.
#[tokio::test]
async fn others_are_not_believed() {
    let server = Running::start(&[
        "--trusted-proxy",
        "10.0.0.1",
        "--metrics-from",
        "203.0.113.0/24",
    ]);
    let page = server.get("/", &FROM_PROXY).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("connect-src 'self' ws://localhost;"),
        "{policy}"
    );
    assert_eq!(server.get("/metrics", &FROM_PROXY).await.status, 404);
}
