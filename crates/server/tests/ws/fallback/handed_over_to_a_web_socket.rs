//! A WebSocket takes over a session: nothing is lost or doubled, and nobody else notices.

use protocol::{ClientMessage, CloseCode, ErrorCode, ServerMessage, SessionId};

use super::client::Session;
use crate::support::{as_guest, offer, options, serve};

fn attach(id: &str, received: u64) -> ClientMessage {
    let session = SessionId::parse(id).expect("a session id");
    ClientMessage::Attach { session, received }
}

#[tokio::test]
async fn with_all_that_was_on_its_way() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    let mut session = Session::open(&server).await;
    let (id, _) = session.join(as_guest(1)).await;
    host.client.hear().await;
    for n in 0..6 {
        host.client.say(offer(&id, &n.to_string())).await;
    }
    for n in 0..6 {
        let ServerMessage::Offer { sdp, .. } = session.hear().await else {
            panic!("an offer");
        };
        assert_eq!(sdp.as_str(), n.to_string());
    }
    // As if the last two had not come.
    let mut web_socket = server.connect().await;
    let connections = server.signalling.counters().connections;
    web_socket
        .say(attach(&session.id, session.received - 2))
        .await;
    let attached = ServerMessage::Attached { received: 1 };
    assert_eq!(web_socket.hear().await, attached);
    for n in 4..6 {
        let ServerMessage::Offer { sdp, .. } = web_socket.hear().await else {
            panic!("an offer");
        };
        assert_eq!(sdp.as_str(), n.to_string());
    }
    web_socket.say(offer(&host.id, "by the WebSocket")).await;
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::Offer { from, .. } if from == id
    ));
    host.client.hear_nothing().await;
    web_socket.hear_nothing().await;
    // The session is gone, and not the connection.
    assert!(session.answer.event().await.is_none());
    assert_eq!(session.listen().await, 404);
    assert_eq!(session.post(2, &["{}"]).await, 404);
    server
        .until("one connection less", |it| {
            let counters = it.counters();
            counters.fallback_sessions == 0 && counters.connections == connections - 1
        })
        .await;
    drop(web_socket);
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::ParticipantConnection {
            connected: false,
            ..
        }
    ));
}

#[tokio::test]
async fn but_not_later_and_not_what_there_is_not() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.join(crate::support::as_host(1)).await;
    let mut stranger = server.connect().await;
    stranger.say(attach(&"A".repeat(32), 0)).await;
    assert_eq!(stranger.hear_error().await, ErrorCode::WrongState);
    // Not as the first message any more.
    stranger.say(attach(&session.id, 1)).await;
    assert_eq!(stranger.hear_error().await, ErrorCode::WrongState);
    let mut ahead = server.connect().await;
    ahead.say(attach(&session.id, 9)).await;
    assert_eq!(ahead.hear_error().await, ErrorCode::WrongState);
    session.hear_nothing().await;
    assert_eq!(
        stranger.hear_close().await,
        CloseCode::NoFirstMessage.as_u16()
    );
}
