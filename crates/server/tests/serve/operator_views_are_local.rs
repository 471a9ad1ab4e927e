use crate::support::Running;

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
            ] {
                let answer = server.get(view, &[header]).await;
                assert_eq!(answer.status, 404, "{view} with {header}");
            }
        }
    }
}
