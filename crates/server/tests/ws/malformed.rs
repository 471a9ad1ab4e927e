//! Whatever clients send, the server's state stays right: nothing is left of them, and a normal
//! call works afterwards.

mod frames;
pub mod messages;
mod raw;
mod requests;
mod states;

use protocol::{ClientMessage, ServerMessage};
use room::Snapshot;

use crate::support::{Server, offer, options, serve};

async fn hardy() -> Server {
    let mut options = options();
    options.limits.messages_per_second = 0;
    serve(options).await
}

/// Nothing is left of anybody, and two people can call each other.
async fn check_state(server: &Server) {
    server
        .until("everybody is gone", |it| it.counters().connections == 0)
        .await;
    assert_eq!(server.signalling.snapshot(), Snapshot::default());
    let (mut host, mut guest) = server.pair(200).await;
    guest.client.say(offer(&host.id, "v=0")).await;
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::Offer { .. }
    ));
    for mut participant in [guest, host] {
        participant.client.say(ClientMessage::Leave {}).await;
        participant.client.hear_nothing_or_news().await;
    }
    server
        .until("the call is over", |it| it.counters().connections == 0)
        .await;
    assert_eq!(server.signalling.snapshot(), Snapshot::default());
}

/// All of them, one kind after the other, against one server.
#[tokio::test]
async fn thousands_of_malformed_inputs_leave_the_state_right() {
    let server = hardy().await;
    let mut cases = 0;
    cases += messages::run(&server).await;
    cases += states::run(&server).await;
    check_state(&server).await;
    cases += frames::run(&server).await;
    check_state(&server).await;
    cases += requests::run(&server).await;
    check_state(&server).await;
    assert!(cases >= 2_000, "{cases} cases");
}
