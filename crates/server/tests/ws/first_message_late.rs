//! A client that says nothing at first is closed.

use std::time::{Duration, Instant};

use protocol::CloseCode;

use crate::support::{options, serve};

#[tokio::test]
async fn a_connection_without_a_first_message_is_closed_after_two_seconds() {
    let server = serve(options()).await;
    let mut client = server.connect().await;
    let start = Instant::now();
    assert_eq!(
        client.hear_close().await,
        CloseCode::NoFirstMessage.as_u16()
    );
    let waited = start.elapsed();
    assert!(waited > Duration::from_millis(1_900), "{waited:?}");
    server
        .until("the connection is gone", |it| {
            it.counters().connections == 0
        })
        .await;
}
