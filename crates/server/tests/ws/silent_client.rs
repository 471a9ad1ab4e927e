//! A client that gives no sign of life is closed; one that answers pings stays.

use std::time::Duration;

use protocol::CloseCode;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{options, serve};

#[tokio::test]
async fn who_answers_no_ping_is_closed_as_idle_and_who_does_stays() {
    let mut options = options();
    options.limits.ping_interval = Duration::from_millis(400);
    let server = serve(options).await;
    let (host, mut guest) = server.pair(1).await;
    // A client answers pings when it reads; this one does not.
    let mut silent = host.client;
    let lost = guest.client.hear().await;
    let expected = protocol::ServerMessage::ParticipantConnection {
        participant: host.id,
        connected: false,
        missed: false,
    };
    assert_eq!(lost, expected);
    guest.client.hear_nothing().await;
    assert_eq!(silent.hear_close().await, CloseCode::Idle.as_u16());
}

#[tokio::test]
async fn a_flood_of_pings_is_closed() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    for _ in 0..300 {
        host.client.send(Message::Ping(vec![0; 100].into())).await;
    }
    assert_eq!(
        host.client.hear_close().await,
        CloseCode::TooManyMessages.as_u16()
    );
}

#[tokio::test]
async fn a_flood_of_messages_is_told_and_then_closed() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    for _ in 0..300 {
        host.client.say_text("{}").await;
    }
    assert_eq!(
        host.client.hear_close().await,
        CloseCode::TooManyMessages.as_u16()
    );
    server
        .until("it is gone", |it| it.snapshot().connections == 0)
        .await;
}
