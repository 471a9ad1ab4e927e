//! Somebody by requests and somebody by a WebSocket are in one call.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ServerMessage};
use tokio::time::timeout;

use super::client::Session;
use crate::support::{as_guest, as_host, offer, options, serve};

async fn talk(whole: bool) {
    let mut options = options();
    options.limits.messages_per_second = 0;
    let server = serve(options).await;
    let mut host = server.host(1).await;
    let mut guest = if whole {
        Session::open_whole(&server).await
    } else {
        Session::open(&server).await
    };
    assert!(
        guest
            .answer
            .head
            .contains("content-type: text/event-stream")
    );
    assert!(guest.answer.head.contains("no-store, no-transform"));
    assert!(guest.answer.head.contains("x-accel-buffering: no"));
    assert_eq!(guest.answer.head.contains("content-length"), whole);
    let (id, _) = guest.join(as_guest(1)).await;
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::ParticipantJoined { participant } if participant.id == id
    ));
    guest.say(offer(&host.id, "v=0\r\n")).await;
    assert!(matches!(host.client.hear().await, ServerMessage::Offer { from, .. } if from == id));
    for n in 0..200 {
        host.client.say(offer(&id, &n.to_string())).await;
    }
    host.client.hear_nothing().await;
    for n in 0..200 {
        let ServerMessage::Offer { sdp, .. } = guest.hear().await else {
            panic!("an offer");
        };
        assert_eq!(sdp.as_str(), n.to_string());
    }
    assert_eq!(server.signalling.counters().fallback_sessions, 1);
    guest.say(ClientMessage::Leave {}).await;
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::ParticipantLeft { .. }
    ));
}

#[tokio::test]
async fn by_answers_that_go_on() {
    talk(false).await;
}

#[tokio::test]
async fn by_answers_that_are_whole() {
    talk(true).await;
}

#[tokio::test]
async fn a_whole_answer_waits_until_there_is_something_to_say() {
    let server = serve(options()).await;
    let mut guest = Session::open_whole(&server).await;
    guest.join(as_host(1)).await;
    let at_once = Duration::from_millis(300);
    assert!(timeout(at_once, guest.listen()).await.is_err());
    guest.hear_nothing().await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let server = serve(options()).await;
    let mut host = Session::open(&server).await;
    host.join(as_host(1)).await;
    let signalling = server.signalling.clone();
    let stopping = tokio::spawn(async move { signalling.stop().await });
    assert!(matches!(host.hear().await, ServerMessage::Stopping { .. }));
    assert_eq!(host.hear_close().await, CloseCode::GoingAway.as_u16());
    stopping.await.unwrap();
    let mut late = Session::open(&server).await;
    assert_eq!(late.hear_close().await, CloseCode::GoingAway.as_u16());
}
