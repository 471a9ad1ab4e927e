use crate::support::{Running, request};

const VIEWS: [&str; 3] = ["/metrics", "/state", "/state.json"];

/// The operator at this computer sees them.
#[tokio::test]
async fn this_computer_sees_the_views() {
    let server = Running::start(&[]);
    server.tls("localhost").await.unwrap();
    let metrics = server.get("/metrics", &[]).await;
    assert_eq!(metrics.status, 200);
    for name in [
        "crabcall_connections 0",
        "crabcall_rooms 0",
        "crabcall_participants 0",
        "crabcall_http_connections 1",
        "crabcall_outbox_drops_total 0",
        "crabcall_tls_handshakes_total{result=\"Done\"} 1",
        "# TYPE crabcall_messages_in counter",
        "# TYPE crabcall_messages_out counter",
        "# TYPE crabcall_refusals counter",
        "# EOF",
    ] {
        assert!(
            metrics.text().contains(name),
            "{name} is not in\n{}",
            metrics.text()
        );
    }
    let state = server.get("/state.json", &[]).await;
    let state: serde_json::Value = serde_json::from_slice(&state.body).unwrap();
    assert_eq!(state["rooms"], serde_json::json!([]));
    assert!(server.get("/state", &[]).await.text().contains("no room"));
}

/// Whoever comes through a proxy is not at this computer, even if the proxy is.
#[tokio::test]
async fn nobody_sees_them_through_a_proxy() {
    for trusted in [&[][..], &["--trusted-proxy", "127.0.0.0/8"][..]] {
        let server = Running::start(trusted);
        for view in VIEWS {
            for header in [
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-For: 198.51.100.1",
                "X-Forwarded-Proto: https",
                "Forwarded: for=127.0.0.1",
                "X-Real-IP: 127.0.0.1",
                "Via: 1.1 proxy",
                "X-Forwarded-Port: 443",
                "CF-Connecting-IP: 198.51.100.1",
            ] {
                let answer = server.get(view, &[header]).await;
                assert_eq!(answer.status, 404, "{view} with {header}");
            }
        }
    }
}

/// A forwarder on this computer (`ssh -R`, a container's network) connects from a loopback address
/// for everybody. Their browsers ask for the name that they came by.
#[tokio::test]
async fn nobody_sees_them_through_a_forwarder() {
    let server = Running::start(&["--name", "crab.home.arpa"]);
    for view in VIEWS {
        for host in ["crab.home.arpa", "192.168.1.5:8080", "box.local"] {
            let answer = server.ask(&request("GET", view, host, &[])).await;
            assert_eq!(answer.status, 404, "{view} at {host}");
        }
        for host in ["localhost", "127.0.0.1:8080", "[::1]:8080"] {
            let answer = server.ask(&request("GET", view, host, &[])).await;
            assert_eq!(answer.status, 200, "{view} at {host}");
        }
    }
}

/// A proxy that passes on neither the host nor a header looks like this computer. Once it is named,
/// what comes from its address is not taken for that any more.
#[tokio::test]
async fn nobody_sees_them_through_a_trusted_proxy_that_says_nothing() {
    let server = Running::start(&["--trusted-proxy", "127.0.0.1"]);
    for view in VIEWS {
        let answer = server.get(view, &[]).await;
        assert_eq!(answer.status, 404, "{view}");
    }
}
