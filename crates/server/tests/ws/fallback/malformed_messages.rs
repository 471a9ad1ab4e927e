//! What is no message is refused and changes nothing, as on a WebSocket.

use protocol::{ClientMessage, ErrorCode, ServerMessage};

use super::client::Session;
use crate::malformed::messages;
use crate::support::{options, room_id, serve};

/// How many are sent at once.
const BATCH: usize = 40;

#[tokio::test]
async fn every_one_is_answered_and_the_session_goes_on() {
    let mut options = options();
    options.limits.messages_per_second = 0;
    let server = serve(options).await;
    let mut session = Session::open(&server).await;
    session.say(ClientMessage::Peek { room: room_id(1) }).await;
    session.hear().await;
    // Lines of more than one are several messages here.
    let is_line = |text: &String| !text.contains('\n') && !text.is_empty() && text.len() < 5_000;
    let refused: Vec<String> = messages::refused().filter(is_line).collect();
    let either: Vec<String> = messages::either().filter(is_line).collect();
    assert!(refused.len() + either.len() > 1_000);
    for batch in refused.chunks(BATCH) {
        let texts: Vec<_> = batch.iter().map(String::as_str).collect();
        assert_eq!(session.say_texts(&texts).await, 204);
        for text in batch {
            let code = session.hear_error().await;
            let expected = [ErrorCode::BadMessage, ErrorCode::UnknownType];
            assert!(expected.contains(&code), "{code:?} to {text}");
        }
        session.hear_nothing().await;
    }
    for batch in either.chunks(BATCH) {
        let texts: Vec<_> = batch.iter().map(String::as_str).collect();
        assert_eq!(session.say_texts(&texts).await, 204);
        session.say(ClientMessage::Ping { id: 99 }).await;
        let mut answers = 0;
        while session.hear().await != (ServerMessage::Pong { id: 99 }) {
            answers += 1;
        }
        assert!(answers >= batch.len(), "an answer to each");
    }
}
