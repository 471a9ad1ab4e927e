//! An answer may be cut at any time; the next one goes on where the client was.

use protocol::{ClientMessage, ServerMessage};

use super::client::Session;
use crate::support::{as_guest, as_host, offer, options, serve};

#[tokio::test]
async fn what_was_cut_off_is_said_again_and_the_others_notice_nothing() {
    let mut options = options();
    options.limits.messages_per_second = 0;
    let server = serve(options).await;
    let mut host = Session::open(&server).await;
    let (host_id, _) = host.join(as_host(1)).await;
    let mut guest = server.connect().await.join(as_guest(1)).await;
    host.hear().await;
    let mut expected = 0;
    for round in 0..20 {
        for n in 0..5 {
            let number = (round * 5 + n).to_string();
            guest.client.say(offer(&host_id, &number)).await;
        }
        guest.client.hear_nothing().await;
        // Reads some of it, and cuts the rest.
        for _ in 0..round % 7 {
            if expected < (round + 1) * 5 {
                let ServerMessage::Offer { sdp, .. } = host.hear().await else {
                    panic!("an offer");
                };
                assert_eq!(sdp.as_str(), expected.to_string());
                expected += 1;
            }
        }
        assert_eq!(host.listen().await, 200);
    }
    while expected < 100 {
        let ServerMessage::Offer { sdp, .. } = host.hear().await else {
            panic!("an offer");
        };
        assert_eq!(sdp.as_str(), expected.to_string());
        expected += 1;
    }
    host.hear_nothing().await;
    guest.client.hear_nothing().await;
}

#[tokio::test]
async fn a_session_that_nobody_listens_to_is_lost_after_some_seconds() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    let mut guest = Session::open(&server).await;
    let (id, _) = guest.join(as_guest(1)).await;
    host.client.hear().await;
    let (server, session, headers) = (guest.server, guest.id.clone(), guest.headers());
    drop(guest);
    let participant = id;
    assert_eq!(
        host.client.hear().await,
        ServerMessage::ParticipantConnection {
            participant,
            connected: false,
            missed: false,
        }
    );
    server
        .until("the session is gone", |it| {
            it.counters().fallback_sessions == 0
        })
        .await;
    assert!(headers.iter().any(|(_, value)| *value == session));
    let answer = super::client::request(server, "/events", &headers, b"").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_client_that_does_not_confirm_is_asked_to() {
    let mut options = options();
    options.limits.messages_per_second = 0;
    let server = serve(options).await;
    let mut session = Session::open(&server).await;
    let ping = serde_json::to_string(&ClientMessage::Ping { id: 1 }).unwrap();
    let room = crate::support::room_id(9);
    session.say(ClientMessage::Peek { room }).await;
    session.hear().await;
    // Says so much without ever saying what it has received.
    let received = session.received;
    let texts = vec![ping.as_str(); 60];
    session.received = 0;
    assert_eq!(session.say_texts(&texts).await, 204);
    assert_eq!(session.say_texts(&texts).await, 204);
    session.received = received;
    while session.events.is_empty() {
        assert_eq!(session.hear().await, ServerMessage::Pong { id: 1 });
        if session.received == 64 {
            let event = session.answer.event().await.unwrap();
            assert_eq!(event[0], "event: ping");
            break;
        }
    }
    assert_eq!(session.received, 64);
    assert_eq!(session.post(session.said + 1, &[]).await, 204);
    for _ in session.received..121 {
        assert_eq!(session.hear().await, ServerMessage::Pong { id: 1 });
    }
}
