//! A server that stops says so.

use std::time::{Duration, Instant};

use protocol::{CloseCode, ServerMessage};

use crate::support::{options, serve};

#[tokio::test]
async fn everyone_is_told_and_closed_with_going_away() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let signalling = server.signalling.clone();
    let stopping = tokio::spawn(async move { signalling.stop().await });
    for client in [&mut host.client, &mut guest.client] {
        assert!(matches!(
            client.hear().await,
            ServerMessage::Stopping { .. }
        ));
        assert_eq!(client.hear_close().await, CloseCode::GoingAway.as_u16());
    }
    drop((host, guest));
    stopping.await.unwrap();
    assert_eq!(server.signalling.counters().connections, 0);
    let mut late = server.connect().await;
    assert_eq!(late.hear_close().await, CloseCode::GoingAway.as_u16());
}

#[tokio::test]
async fn a_client_that_does_not_close_does_not_hold_the_server_up() {
    let server = serve(options()).await;
    let _silent = server.host(1).await;
    let start = Instant::now();
    server.signalling.stop().await;
    assert!(start.elapsed() < Duration::from_secs(3));
}
