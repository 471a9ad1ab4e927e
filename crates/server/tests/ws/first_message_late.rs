//! A client that says nothing at first is closed.

use std::time::{Duration, Instant};

use protocol::{ClientMessage, CloseCode};
use tokio_tungstenite::tungstenite::Message;

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

#[tokio::test]
async fn who_sends_anything_else_is_closed_too_and_all_at_the_same_time() {
    let server = serve(options()).await;
    let mut clients = Vec::new();
    for n in 0..60_u32 {
        let mut client = server.connect().await;
        match n % 4 {
            0 => {}
            1 => client.say(ClientMessage::Ping { id: n }).await,
            2 => client.say_text("{").await,
            _ => client.send(Message::Ping(vec![1].into())).await,
        }
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(
            client.hear_close().await,
            CloseCode::NoFirstMessage.as_u16()
        );
    }
    drop(clients);
    server
        .until("they are gone", |it| it.counters().connections == 0)
        .await;
}
