//! The HTTP requests of the document, as they stand there, and what they are answered with.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::examples::{Values, blocks, section};
use super::people::documented;
use crate::fallback::client::{Answer, Session, answer_on};
use crate::support::{Server, as_guest};

const SESSION: &str = "7rXxQZrX0C3JwKZb5w4o9vN2kq8T1LyE";

/// Sends a request of the document to the server.
async fn send(server: &Server, block: &str, values: &Values) -> Answer {
    let block = values.real(block);
    let (head, body) = block.split_once("\n\n").unwrap_or((&block, ""));
    let head = head.replace('\n', "\r\n");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("{head}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    answer_on(stream).await
}

/// The lines of an event: its name, its number and its data.
fn parts(lines: &[String]) -> (String, String, String) {
    let field = |name: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    (field("event:"), field("id:"), field("data:"))
}

#[tokio::test]
async fn the_requests_and_events_of_the_fallback() {
    let part = section("Where no WebSocket gets through");
    let [open, say] = blocks(part, "http").collect::<Vec<_>>()[..] else {
        panic!("two requests are shown");
    };
    let [events] = blocks(part, "text").collect::<Vec<_>>()[..] else {
        panic!("one answer is shown");
    };
    let server = documented(|options| {
        options.limits.ping_interval = Duration::from_millis(300);
    })
    .await;
    let mut values = Values::default();
    values.set(
        "https://call.example",
        &format!("http://{}", server.address),
    );
    values.set("Host: call.example", &format!("Host: {}", server.address));
    let answer = send(&server, open, &values).await;
    assert_eq!(answer.status, 200);
    let mut session = Session::on(&server, answer).await;
    values.set(SESSION, &session.id);
    let shown: Vec<Vec<String>> = events
        .split("\n\n")
        .map(|event| event.lines().map(str::to_owned).collect())
        .collect();
    assert_eq!(values.real(&parts(&shown[0]).2), session.id);
    let answer = send(&server, say, &values).await;
    assert_eq!(answer.status, 204);
    session.said = 2;
    for shown in &shown[1..] {
        let (name, number, data) = parts(shown);
        if name == "close" {
            let mut host = server.host(1).await;
            let (id, _) = session.join(as_guest(1)).await;
            host.client
                .say(protocol::ClientMessage::Remove { participant: id })
                .await;
        }
        loop {
            let event = session.answer.event().await.expect("an event");
            let heard = parts(&event);
            if heard.0.is_empty() {
                session.received += 1;
            }
            if heard.0 != name {
                continue;
            }
            if name.is_empty() {
                assert_eq!(heard.1, number);
                let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
                values.compare(&read(&data), &read(&heard.2));
            } else {
                assert_eq!(heard.2, data);
            }
            break;
        }
    }
}
