//! Somebody who is gone without a word does not keep others out for long.

use std::time::Duration;

use protocol::{CloseCode, ErrorCode, ServerMessage};

use crate::support::{as_guest, options, serve};

#[tokio::test]
async fn who_does_not_answer_when_a_place_is_wanted_is_closed_and_who_answers_stays() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let mut third = server.connect().await;
    // The guest reads nothing any more, and so answers nothing; the host does.
    let host_goes_on = tokio::spawn(async move {
        let heard = host.client.hear().await;
        (host, heard)
    });
    loop {
        third.say(as_guest(1)).await;
        let ServerMessage::Error(error) = third.hear().await else {
            panic!("it entered");
        };
        assert_eq!(error.code, ErrorCode::Full);
        let wait = error.retry_after_ms.expect("when to try again");
        if host_goes_on.is_finished() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    let (mut host, heard) = host_goes_on.await.unwrap();
    let gone = ServerMessage::ParticipantConnection {
        participant: guest.id.clone(),
        connected: false,
        missed: false,
    };
    assert_eq!(heard, gone);
    assert_eq!(guest.client.hear_close().await, CloseCode::Idle.as_u16());
    host.client.hear_nothing().await;
}
