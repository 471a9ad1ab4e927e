//! Nothing is relayed into a room from outside, and everyone in it knows who comes and goes.

use protocol::{ClientMessage, ErrorCode, LeaveReason, ServerMessage};

use crate::support::{offer, options, serve};

#[tokio::test]
async fn who_is_not_in_the_room_cannot_reach_those_who_are() {
    let server = serve(options()).await;
    let (mut host, _guest) = server.pair(1).await;
    let mut stranger = server.host(2).await;
    let mut outside = server.connect().await;
    stranger.client.say(offer(&host.id, "v=0")).await;
    assert_eq!(
        stranger.client.hear_error().await,
        ErrorCode::NoSuchParticipant
    );
    outside.say(offer(&host.id, "v=0")).await;
    assert_eq!(outside.hear_error().await, ErrorCode::WrongState);
    host.client.hear_nothing().await;
}

#[tokio::test]
async fn leaving_is_told_at_once() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    assert_eq!(guest.others[0].id, host.id);
    guest.client.say(ClientMessage::Leave {}).await;
    assert_eq!(
        host.client.hear().await,
        ServerMessage::ParticipantLeft {
            participant: guest.id,
            reason: LeaveReason::Left
        }
    );
}
