//! A POST whose answer was lost is sent again: what was taken is not taken twice.

use protocol::{ClientMessage, ServerMessage};

use super::client::Session;
use crate::support::{options, room_id, serve};

fn ping(id: u32) -> String {
    serde_json::to_string(&ClientMessage::Ping { id }).expect("JSON")
}

#[tokio::test]
async fn and_in_order() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.say(ClientMessage::Peek { room: room_id(1) }).await;
    session.hear().await;
    let texts: Vec<_> = (2..=8).map(ping).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_eq!(session.post(2, &texts[..3]).await, 204);
    assert_eq!(session.post(2, &texts[..3]).await, 204);
    assert_eq!(session.post(3, &texts[1..5]).await, 204);
    assert_eq!(session.post(2, &texts[..1]).await, 204);
    // One is missing.
    assert_eq!(session.post(8, &texts[6..]).await, 409);
    assert_eq!(session.post(2, &texts).await, 204);
    for id in 2..=8 {
        assert_eq!(session.hear().await, ServerMessage::Pong { id });
    }
    session.said = 8;
    session.hear_nothing().await;
}
