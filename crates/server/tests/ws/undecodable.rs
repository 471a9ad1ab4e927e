//! What is no message is refused and changes nothing; what is too large ends the connection.

use protocol::{CloseCode, ErrorCode};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{options, serve};

#[tokio::test]
async fn bad_messages_are_answered_with_an_error_and_the_connection_goes_on() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    for (text, code) in [
        ("", ErrorCode::BadMessage),
        ("{", ErrorCode::BadMessage),
        ("[]", ErrorCode::BadMessage),
        (r#"{"id":1}"#, ErrorCode::BadMessage),
        (r#"{"type":"ping","id":-1}"#, ErrorCode::BadMessage),
        (r#"{"type":"dance"}"#, ErrorCode::UnknownType),
    ] {
        host.client.say_text(text).await;
        assert_eq!(host.client.hear_error().await, code, "{text}");
    }
    host.client.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(host.client.hear_error().await, ErrorCode::BadMessage);
    host.client.hear_nothing().await;
}

#[tokio::test]
async fn a_message_beyond_64_kib_closes_the_connection() {
    let server = serve(options()).await;
    let mut host = server.host(1).await;
    host.client.say_text(&" ".repeat(64 * 1024)).await;
    assert_eq!(host.client.hear_error().await, ErrorCode::BadMessage);
    host.client.say_text(&" ".repeat(64 * 1024 + 1)).await;
    assert_eq!(host.client.hear_close().await, CloseCode::TooLarge.as_u16());
}
