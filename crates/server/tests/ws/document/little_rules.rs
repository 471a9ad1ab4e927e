//! Rules that the document states in passing.

use protocol::{ClientMessage, ErrorCode, ServerMessage};
use serde_json::{Value, json};

use crate::fallback::client::{Session, request};
use crate::support::{as_guest, as_host, options, serve, with_ticket};

/// A join with other values in some of its fields.
fn changed(join: &ClientMessage, changes: &[(&str, Value)]) -> String {
    let mut join = serde_json::to_value(join).unwrap();
    for (name, value) in changes {
        join[name] = value.clone();
    }
    join.to_string()
}

#[tokio::test]
async fn null_means_the_same_as_leaving_a_field_out() {
    let server = serve(options()).await;
    let mut host = server.connect().await;
    let nulls = [
        ("name", Value::Null),
        (
            "media",
            json!({ "microphone": null, "camera": true, "screen": null }),
        ),
        ("ticket", Value::Null),
        ("received", Value::Null),
        ("offer", Value::Null),
    ];
    host.say_text(&changed(&as_host(1), &nulls)).await;
    assert!(matches!(host.hear().await, ServerMessage::Joined { .. }));
    let mut guest = server.connect().await;
    let nulls = [("media", Value::Null), ("secret", Value::Null)];
    guest.say_text(&changed(&as_guest(1), &nulls)).await;
    let ServerMessage::Joined { participants, .. } = guest.hear().await else {
        panic!("a guest joins");
    };
    assert!(participants[0].name.is_empty() && participants[0].media.camera);
}

#[tokio::test]
async fn who_comes_back_without_a_name_keeps_it() {
    let server = serve(options()).await;
    let (mut host, guest) = server.pair(1).await;
    let mut again = server.connect().await;
    let join = changed(
        &with_ticket(1, &guest.ticket),
        &[("name", Value::Null), ("media", Value::Null)],
    );
    again.say_text(&join).await;
    assert!(matches!(again.hear().await, ServerMessage::Joined { .. }));
    for _ in 0..2 {
        let heard = host.client.hear().await;
        assert!(
            matches!(heard, ServerMessage::ParticipantConnection { .. }),
            "{heard:?}"
        );
    }
    host.client.hear_nothing().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_by_its_type() {
    let server = serve(options()).await;
    let mut guest = server.connect().await;
    guest
        .say_text(&changed(&as_host(1), &[("received", json!(0))]))
        .await;
    assert!(matches!(guest.hear().await, ServerMessage::Joined { .. }));
    for text in [
        r#"{"type":"offer","to":"nobody"}"#,
        r#"{"type":"lock","locked":"yes"}"#,
        r#"{"type":"dance"}"#,
        r#"{"type":"ping","id":"x"}"#,
        "offer",
    ] {
        guest.say_text(text).await;
        guest.hear_error().await;
    }
    guest.say(ClientMessage::Received { count: 0 }).await;
    assert_eq!(guest.hear().await, ServerMessage::Received { count: 2 });
}

#[tokio::test]
async fn an_empty_line_is_a_message_but_not_after_the_last_one() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    let ping = |id| format!(r#"{{"type":"ping","id":{id}}}"#);
    assert_eq!(session.say_texts(&[&ping(1), "", &ping(2)]).await, 204);
    assert_eq!(session.hear().await, ServerMessage::Pong { id: 1 });
    assert_eq!(session.hear_error().await, ErrorCode::BadMessage);
    assert_eq!(session.hear().await, ServerMessage::Pong { id: 2 });
    // The text ends with a line feed.
    assert_eq!(session.post(4, &[&ping(3), ""]).await, 204);
    session.said = 4;
    assert_eq!(session.hear().await, ServerMessage::Pong { id: 3 });
    session.hear_nothing().await;
}

#[tokio::test]
async fn to_have_received_more_than_was_said_confirms_nothing() {
    let server = serve(options()).await;
    let mut session = Session::open(&server).await;
    session.hear_nothing().await;
    let mut ahead = session.headers();
    ahead[2].1 = "7".to_owned();
    assert_eq!(request(&server, "/events", &ahead, b"").await.status, 404);
    ahead.push(("Crabcall-First", "2".to_owned()));
    assert_eq!(request(&server, "/send", &ahead, b"").await.status, 204);
    // The session is there all the same, and says again what was not confirmed.
    session.received = 0;
    assert_eq!(session.listen().await, 200);
    assert_eq!(session.hear().await, ServerMessage::Pong { id: 4_711 });
}
