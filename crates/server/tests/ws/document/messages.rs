//! Every example message, in the flows that it belongs to.

use std::time::Duration;

use protocol::CloseCode;
use serde_json::{Value, json};

use super::people::{GRACE, Script, documented};
use crate::fallback::client::Session;
use crate::support::{Client, Server};

#[tokio::test]
async fn every_example_is_understood_or_said_by_the_program() {
    let mut script = Script::new();
    looking_in_and_joining(&mut script).await;
    negotiating(&mut script).await;
    what_hosts_do(&mut script).await;
    coming_back(&mut script).await;
    moving_from_the_fallback(&mut script).await;
    what_the_server_says_by_itself(&mut script).await;
    refusals_of_joins(&mut script).await;
    other_refusals(&mut script).await;
    assert_eq!(script.examples.unseen(), [""; 0]);
}

async fn looking_in_and_joining(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut ada = script.ada(&server).await;
    script.say(&mut ada, "code", 0).await;
    script.hear(&mut ada, "code", 0).await;
    let mut grace = server.connect().await;
    script.say(&mut grace, "find", 0).await;
    script.hear(&mut grace, "found", 0).await;
    script.say(&mut grace, "peek", 0).await;
    script.hear(&mut grace, "lobby", 0).await;
    script.say(&mut grace, "join", 2).await;
    script.hear(&mut grace, "joined", 0).await;
    script.hear_any(&mut ada, "participant_joined").await;
    script.hear(&mut ada, "offer", 0).await;
}

async fn negotiating(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut ada = script.ada(&server).await;
    let mut grace = script.grace(&server, &mut ada).await;
    script.say(&mut grace, "offer", 0).await;
    script.hear(&mut ada, "offer", 0).await;
    script.say(&mut ada, "answer", 0).await;
    script.hear(&mut grace, "answer", 0).await;
    let mut candidate = script.text("candidate", 0, &[]);
    // The fragment, which is optional, is not in what the server's example shows.
    let fragment = r#","username_fragment":"8hhY""#;
    assert!(candidate.contains(fragment));
    grace.say_text(&candidate).await;
    script.hear_any(&mut ada, "candidate").await;
    candidate = candidate.replace(fragment, "");
    grace.say_text(&candidate).await;
    script.hear(&mut ada, "candidate", 0).await;
    script.say(&mut grace, "candidate", 1).await;
    script.hear(&mut ada, "candidate", 1).await;
    script.say(&mut grace, "ice_error", 0).await;
    script.hear(&mut ada, "ice_error", 0).await;
    script.say(&mut grace, "media", 0).await;
    script.hear(&mut ada, "media", 0).await;
    script.say(&mut grace, "rename", 0).await;
    script.hear(&mut ada, "renamed", 0).await;
    script.say(&mut grace, "chat", 0).await;
    script.hear(&mut ada, "chat", 0).await;
    script.say(&mut grace, "chat", 1).await;
    script.hear_any(&mut ada, "chat").await;
    script.say(&mut grace, "ping", 0).await;
    script.hear(&mut grace, "pong", 0).await;
    script
        .say_changed(&mut grace, "received", 0, &[("count", json!(1))])
        .await;
    script.hear(&mut grace, "received", 0).await;
    script.say(&mut grace, "leave", 0).await;
    script.hear(&mut ada, "participant_left", 0).await;
}

async fn what_hosts_do(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut ada = script.ada(&server).await;
    let mut grace = script.grace(&server, &mut ada).await;
    script.say(&mut ada, "lock", 0).await;
    script.hear(&mut ada, "ticket", 0).await;
    script.hear(&mut ada, "locked", 0).await;
    script.hear_any(&mut grace, "ticket").await;
    script.hear(&mut grace, "locked", 0).await;
    let mut mary = server.connect().await;
    script.say(&mut mary, "join", 1).await;
    script.hear_error(&mut mary, "unavailable").await;
    script.hear(&mut ada, "waiting", 0).await;
    drop(mary);
    let waiting = script.hear_any(&mut ada, "waiting").await;
    assert_eq!(waiting["count"], json!(0));
    script
        .say_changed(&mut ada, "lock", 0, &[("locked", json!(false))])
        .await;
    script.hear_any(&mut ada, "locked").await;
    script.hear_any(&mut grace, "locked").await;
    script.say(&mut ada, "make_host", 0).await;
    script.hear(&mut ada, "role", 0).await;
    script.hear_any(&mut grace, "role").await;
    script.say(&mut grace, "leave", 0).await;
    script.hear_any(&mut ada, "participant_left").await;
    removing(script, &server, &mut ada).await;
}

async fn removing(script: &mut Script, server: &Server, ada: &mut Client) {
    let mut grace = server.connect().await;
    script.say(&mut grace, "join", 4).await;
    let joined = script.hear_any(&mut grace, "joined").await;
    script
        .values
        .set(GRACE, joined["participant"].as_str().unwrap());
    script.hear_any(ada, "participant_joined").await;
    script.say(ada, "remove", 0).await;
    script.hear(&mut grace, "removed", 0).await;
    assert_eq!(grace.hear_close().await, CloseCode::Removed.as_u16());
    script.hear_any(ada, "participant_left").await;
    script.hear(ada, "kept_out", 0).await;
    let mut again = server.connect().await;
    script.say(&mut again, "join", 4).await;
    script.hear_error(&mut again, "removed").await;
    script.say(ada, "readmit", 0).await;
    let kept_out = script.hear_any(ada, "kept_out").await;
    assert_eq!(kept_out["participants"], json!([]));
    script.say(&mut again, "join", 4).await;
    script.hear_any(&mut again, "joined").await;
}

async fn coming_back(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut ada = script.ada(&server).await;
    let mut grace = server.connect().await;
    script.say(&mut grace, "join", 2).await;
    script.hear(&mut grace, "joined", 0).await;
    script.hear_any(&mut ada, "participant_joined").await;
    script.hear(&mut ada, "offer", 0).await;
    drop(grace);
    script.hear(&mut ada, "participant_connection", 0).await;
    let mut again = server.connect().await;
    script
        .say_changed(&mut again, "join", 3, &[("received", json!(0))])
        .await;
    let joined = script.hear_any(&mut again, "joined").await;
    assert_eq!(
        (&joined["resumed"], &joined["missed"]),
        (&json!(true), &json!(false))
    );
    script.hear_any(&mut ada, "participant_connection").await;
    script.say(&mut again, "away", 0).await;
    script.hear(&mut ada, "participant_connection", 0).await;
}

async fn moving_from_the_fallback(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut session = Session::open(&server).await;
    script
        .values
        .set("7rXxQZrX0C3JwKZb5w4o9vN2kq8T1LyE", &session.id);
    let peek = script.text("peek", 0, &[]);
    assert_eq!(session.say_texts(&[&peek]).await, 204);
    session.hear().await;
    let mut web_socket = server.connect().await;
    script
        .say_changed(&mut web_socket, "attach", 0, &[("received", json!(1))])
        .await;
    script.hear(&mut web_socket, "attached", 0).await;
}

async fn what_the_server_says_by_itself(script: &mut Script) {
    script.begins_anew();
    let lifetime = Duration::from_millis(500);
    let server = documented(|options| options.limits.relay_lifetime = lifetime).await;
    let mut ada = script.ada(&server).await;
    script.hear(&mut ada, "ice_servers", 0).await;
    let signalling = server.signalling.clone();
    let stopping = tokio::spawn(async move { signalling.stop().await });
    let mut heard = Value::Null;
    while heard["type"] != "stopping" {
        heard = serde_json::from_str(&ada.hear_text().await).unwrap();
    }
    let example = script
        .examples
        .take(super::examples::Part::Server, "stopping", 0);
    script.values.compare(&example, &heard);
    assert_eq!(ada.hear_close().await, CloseCode::GoingAway.as_u16());
    drop(ada);
    stopping.await.unwrap();
}

async fn refusals_of_joins(script: &mut Script) {
    script.begins_anew();
    let server = documented(|options| options.limits.max_rooms = 1).await;
    let mut third = server.connect().await;
    script.say(&mut third, "join", 1).await;
    script.hear_error(&mut third, "unavailable").await;
    let ticket = ("ticket", json!("2.no.ticket"));
    script.say_changed(&mut third, "join", 3, &[ticket]).await;
    script.hear_error(&mut third, "bad_ticket").await;
    let secret = ("secret", json!("A".repeat(43)));
    script
        .say_changed(&mut third, "join", 0, std::slice::from_ref(&secret))
        .await;
    script.hear_error(&mut third, "bad_secret").await;
    let mut ada = script.ada(&server).await;
    let mut grace = script.grace(&server, &mut ada).await;
    script.say(&mut third, "join", 1).await;
    script.hear_error(&mut third, "full").await;
    script.say(&mut third, "join", 1).await;
    script.hear(&mut third, "error", 0).await;
    // Another room, of which there is one already.
    let room = ("room", json!("9zQMWVH0cFB-7QP7tQM1HA"));
    script
        .say_changed(&mut third, "join", 0, &[secret, room])
        .await;
    script.hear_error(&mut third, "server_busy").await;
    script.say(&mut grace, "lock", 0).await;
    script.hear_error(&mut grace, "not_host").await;
}

async fn other_refusals(script: &mut Script) {
    script.begins_anew();
    let server = documented(|_| {}).await;
    let mut ada = script.ada(&server).await;
    ada.say_text(r#"{"type":"find","code":"123"}"#).await;
    script.hear_error(&mut ada, "bad_message").await;
    ada.say_text(r#"{"type":"dance"}"#).await;
    script.hear_error(&mut ada, "unknown_type").await;
    let sdp = ("sdp", json!("v".repeat(protocol::limits::SDP_BYTES + 1)));
    script
        .say_changed(&mut ada, "answer", 0, &[("type", json!("offer")), sdp])
        .await;
    script.hear_error(&mut ada, "too_large").await;
    script
        .say_changed(&mut ada, "answer", 0, &[("type", json!("offer"))])
        .await;
    script.hear_error(&mut ada, "no_such_participant").await;
    let mut stranger = server.connect().await;
    script.say(&mut stranger, "offer", 0).await;
    script.hear_error(&mut stranger, "wrong_state").await;
    let server = documented(|options| {
        options.limits.message_burst = 1;
        options.limits.messages_per_second = 1;
    })
    .await;
    let mut ada = script.ada(&server).await;
    script
        .say_changed(&mut ada, "candidate", 0, &[("to", json!(GRACE))])
        .await;
    script.hear_error(&mut ada, "too_many_messages").await;
}
