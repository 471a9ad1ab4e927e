//! A client that does not read is closed, and nobody else notices.

use std::time::Duration;

use protocol::{ClientMessage, ServerMessage};

use crate::support::{as_guest, offer, options, serve};

#[tokio::test]
async fn a_reader_that_stalls_is_closed_and_the_others_are_untouched() {
    let mut options = options();
    options.limits.messages_per_second = 0;
    options.limits.outbox_bytes = 256 * 1024;
    options.limits.write_limit = Duration::from_millis(300);
    let server = serve(options).await;
    let mut host = server.host(1).await;
    let stalled = server
        .connect_with_small_buffer()
        .await
        .join(as_guest(1))
        .await;
    host.client.hear().await;
    let (mut other, mut other_guest) = server.pair(2).await;
    let sdp = "x".repeat(40_000);
    // More than the sockets' buffers and the outbox take: the guest reads none of it.
    let mut told = loop {
        host.client.say(offer(&stalled.id, &sdp)).await;
        other_guest.client.say(offer(&other.id, "v=0")).await;
        assert!(matches!(
            other.client.hear().await,
            ServerMessage::Offer { .. }
        ));
        host.client.say(ClientMessage::Ping { id: 1 }).await;
        match host.client.hear().await {
            ServerMessage::Pong { .. } => {}
            told => break told,
        }
    };
    if matches!(told, ServerMessage::Error(_)) {
        told = host.client.hear().await;
    }
    let participant = stalled.id.clone();
    assert_eq!(
        told,
        ServerMessage::ParticipantConnection {
            participant,
            connected: false,
            missed: false,
        }
    );
    server
        .until("the stalled socket is closed", |it| {
            it.counters().connections == 3
        })
        .await;
    assert!(server.signalling.counters().outbox_drops > 0);
    other.client.hear_nothing().await;
}
