//! Only pages of this server may speak, in sessions that there are.

use super::client::{Session, request, usual};
use crate::support::{options, serve};

#[tokio::test]
async fn by_their_headers() {
    let server = serve(options()).await;
    let session = Session::open(&server).await;
    let mut send = session.headers();
    send.push(("Crabcall-First", "1".to_owned()));
    let origin = format!("http://{}", server.address);
    for (path, headers) in [("/events", usual(&server)), ("/send", send.clone())] {
        for value in [
            None,
            Some("null".to_owned()),
            Some("http://evil.example".to_owned()),
            Some(format!("{origin}/")),
        ] {
            let mut headers = headers.clone();
            headers.retain(|(name, _)| *name != "Origin");
            headers.extend(value.map(|value| ("Origin", value)));
            assert_eq!(request(&server, path, &headers, b"").await.status, 403);
        }
        let mut twice = headers.clone();
        twice.push(("Origin", origin.clone()));
        assert_eq!(request(&server, path, &twice, b"").await.status, 403);
        for value in [None, Some("crabcall.v2".to_owned())] {
            let mut headers = headers.clone();
            headers.retain(|(name, _)| *name != "Crabcall-Protocol");
            headers.extend(value.map(|value| ("Crabcall-Protocol", value)));
            assert_eq!(request(&server, path, &headers, b"").await.status, 400);
        }
        let numbers = ["Crabcall-Received", "Crabcall-First"];
        for number in numbers.iter().take(if path == "/send" { 2 } else { 1 }) {
            for value in ["", "-1", "x", "18446744073709551616"] {
                let mut headers = headers.clone();
                headers.retain(|(name, _)| name != number);
                headers.push((number, value.to_owned()));
                assert_eq!(request(&server, path, &headers, b"").await.status, 400);
            }
        }
        for value in ["", "x", &"A".repeat(32), &"A".repeat(1_000)] {
            let mut headers = headers.clone();
            headers.retain(|(name, _)| *name != "Crabcall-Session");
            headers.push(("Crabcall-Session", value.to_owned()));
            assert_eq!(request(&server, path, &headers, b"").await.status, 404);
        }
    }
    send.retain(|(name, _)| *name != "Crabcall-First");
    send.push(("Crabcall-First", "0".to_owned()));
    assert_eq!(request(&server, "/send", &send, b"").await.status, 400);
    // To have received what was never said is no way in.
    let mut ahead = session.headers();
    ahead[2].1 = "7".to_owned();
    assert_eq!(request(&server, "/events", &ahead, b"").await.status, 404);
    // And what is refused opens no session.
    let mut ahead = usual(&server);
    ahead[2].1 = "7".to_owned();
    assert_eq!(request(&server, "/events", &ahead, b"").await.status, 404);
    assert_eq!(server.signalling.counters().fallback_sessions, 1);
    let refusals = server.signalling.counters().refusals;
    assert_eq!((refusals["origin"], refusals["subprotocol"]), (10, 4));
}

#[tokio::test]
async fn session_ids_are_all_different() {
    let server = serve(options()).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..50 {
        ids.insert(Session::open(&server).await.id);
    }
    assert_eq!(ids.len(), 50);
}
