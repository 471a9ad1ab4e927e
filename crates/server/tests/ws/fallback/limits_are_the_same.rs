//! Sizes, numbers and times are those of a WebSocket.

use std::time::{Duration, Instant};

use protocol::{ClientMessage, CloseCode, ErrorCode, ServerMessage};

use super::client::{Session, request};
use crate::support::{as_guest, as_host, offer, options, serve};

#[tokio::test]
async fn a_message_beyond_64_kib_closes() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.join(as_host(1)).await;
    let long = " ".repeat(64 * 1024);
    assert_eq!(session.say_texts(&[&long]).await, 204);
    assert_eq!(session.hear_error().await, ErrorCode::BadMessage);
    let too_long = " ".repeat(64 * 1024 + 1);
    assert_eq!(session.say_texts(&[&too_long]).await, 413);
    assert_eq!(session.hear_close().await, CloseCode::TooLarge.as_u16());
}

#[tokio::test]
async fn a_post_of_too_many_messages_or_bytes_closes() {
    let server = serve(options()).await;
    let long = " ".repeat(60_000);
    for texts in [vec!["{}"; 65], vec![long.as_str(); 5]] {
        let mut session = Session::open(&server).await;
        session.join(as_host(1)).await;
        assert_eq!(session.say_texts(&texts).await, 413);
        assert_eq!(session.hear_close().await, CloseCode::TooLarge.as_u16());
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.join(as_host(1)).await;
    let mut headers = session.headers();
    headers.push(("Crabcall-First", "2".to_owned()));
    let answer = request(&server, "/send", &headers, b"{\"type\":\"\xC3\x28\"}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(session.hear_close().await, CloseCode::InvalidText.as_u16());
}

#[tokio::test]
async fn a_flood_is_told_and_then_closed() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.join(as_host(1)).await;
    for _ in 0..5 {
        assert_eq!(session.say_texts(&["{}"; 64]).await, 204);
    }
    let mut told = false;
    while let Some(message) = session.next().await {
        told |= matches!(message, ServerMessage::Error(error) if error.code == ErrorCode::TooManyMessages);
    }
    assert!(told);
    let closed = (
        "close".to_owned(),
        CloseCode::TooManyMessages.as_u16().to_string(),
    );
    assert_eq!(session.events.pop_back(), Some(closed));
}

#[tokio::test]
async fn a_flood_of_empty_posts_is_closed() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.join(as_host(1)).await;
    for _ in 0..257 {
        assert_eq!(session.post(2, &[]).await, 204);
    }
    assert_eq!(
        session.hear_close().await,
        CloseCode::TooManyMessages.as_u16()
    );
}

#[tokio::test]
async fn a_session_without_a_first_message_is_closed_after_two_seconds() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    let start = Instant::now();
    assert_eq!(
        session.hear_close().await,
        CloseCode::NoFirstMessage.as_u16()
    );
    assert!(start.elapsed() > Duration::from_millis(1_900));
    server
        .until("it is gone", |it| it.counters().fallback_sessions == 0)
        .await;
}

#[tokio::test]
async fn an_address_has_so_many_sessions() {
    let mut options = options();
    options.limits.max_connections_per_address = 3;
    let server = serve(options).await;
    let _web_socket = server.host(1).await;
    let mut sessions = Vec::new();
    for n in 2..4 {
        let mut session = Session::open(&server).await;
        session.join(as_host(n)).await;
        sessions.push(session);
    }
    let mut more = Session::open(&server).await;
    // The client is told why in this one answer, and the server keeps no session for it.
    assert_eq!(server.signalling.counters().fallback_sessions, 2);
    assert_eq!(more.hear_error().await, ErrorCode::ServerBusy);
    assert_eq!(more.hear_close().await, CloseCode::ServerBusy.as_u16());
}

#[tokio::test]
async fn who_is_silent_is_closed_as_idle_and_who_posts_stays() {
    let mut options = options();
    // So long that a computer with more to do than this does not make a lively one silent.
    options.limits.ping_interval = Duration::from_secs(1);
    let server = serve(options).await;
    let mut silent = Session::open(&server).await;
    silent.join(as_host(1)).await;
    silent.confirms = false;
    let mut lively = Session::open(&server).await;
    lively.join(as_host(2)).await;
    let start = Instant::now();
    let beating = async {
        // As a client does: a POST for each ping.
        while start.elapsed() < Duration::from_secs(5) {
            let event = lively.answer.event().await.unwrap();
            assert_eq!(event[0], "event: ping");
            assert_eq!(lively.post(2, &[]).await, 204);
        }
    };
    let (closed, ()) = tokio::join!(silent.hear_close(), beating);
    assert_eq!(closed, CloseCode::Idle.as_u16());
    lively.hear_nothing().await;
}

#[tokio::test]
async fn a_reader_that_stalls_is_closed_and_the_others_are_untouched() {
    let mut options = options();
    options.limits.messages_per_second = 0;
    options.limits.outbox_bytes = 256 * 1024;
    let server = serve(options).await;
    let mut host = server.host(1).await;
    let mut stalled = Session::open_small(&server).await;
    let (id, _) = stalled.join(as_guest(1)).await;
    host.client.hear().await;
    let sdp = "x".repeat(40_000);
    let told = loop {
        host.client.say(offer(&id, &sdp)).await;
        host.client.say(ClientMessage::Ping { id: 1 }).await;
        match host.client.hear().await {
            ServerMessage::Pong { .. } => {}
            told => break told,
        }
    };
    let participant = id;
    let lost = ServerMessage::ParticipantConnection {
        participant,
        connected: false,
        missed: false,
    };
    if matches!(told, ServerMessage::Error(_)) {
        assert_eq!(host.client.hear().await, lost);
    } else {
        assert_eq!(told, lost);
    }
    assert!(server.signalling.counters().outbox_drops > 0);
}
