//! Somebody who sends too much is told to wait, and those who are to read it stay connected.

use protocol::{ClientMessage, ErrorCode, ServerMessage};

use crate::support::{as_guest, offer, options, serve};

#[tokio::test]
async fn forty_long_offers_in_one_write_close_nobody() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    // The guest reads nothing for now.
    let slow = server.connect_with_small_buffer().await;
    let mut guest = slow.join(as_guest(1)).await;
    host.client.hear().await;
    let offer = serde_json::to_string(&offer(&guest.id, &"x".repeat(49_000))).unwrap();
    host.client.say_all(&vec![offer.as_str(); 40]).await;
    let mut refused = 0;
    host.client.say(ClientMessage::Ping { id: 1 }).await;
    loop {
        match host.client.hear().await {
            ServerMessage::Pong { .. } => break,
            ServerMessage::Error(error) => {
                assert_eq!(error.code, ErrorCode::TooManyMessages);
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    let mut came = 0;
    guest.client.say(ClientMessage::Ping { id: 1 }).await;
    while let ServerMessage::Offer { .. } = guest.client.hear().await {
        came += 1;
    }
    // Ten are passed on at once, and perhaps some more while the others arrive.
    assert!(refused > 10, "{refused} were refused");
    assert_eq!(came + refused, 40);
    assert_eq!(server.signalling.counters().outbox_drops, 0);
    assert_eq!(server.signalling.counters().connections, 2);
}
