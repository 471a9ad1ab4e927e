//! A call for two takes two.

use protocol::{ErrorCode, ServerMessage};

use crate::support::{as_guest, offer, options, serve};

#[tokio::test]
async fn a_third_person_is_told_that_the_call_is_full_and_the_two_go_on() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let mut third = server.connect().await;
    third.say(as_guest(1)).await;
    assert_eq!(third.hear_error().await, ErrorCode::Full);
    guest.client.say(offer(&host.id, "v=0")).await;
    assert!(matches!(
        host.client.hear().await,
        ServerMessage::Offer { .. }
    ));
    guest.client.hear_nothing().await;
}
