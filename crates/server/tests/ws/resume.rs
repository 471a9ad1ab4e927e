//! A ticket makes its holder the same participant again.

use protocol::{CloseCode, ServerMessage};

use crate::support::{options, serve, with_ticket};

#[tokio::test]
async fn who_shows_a_ticket_is_the_same_and_the_old_connection_is_closed() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let again = server
        .connect()
        .await
        .join(with_ticket(1, &guest.ticket))
        .await;
    assert_eq!((&again.id, again.resumed), (&guest.id, true));
    assert_eq!(
        guest.client.hear_close().await,
        CloseCode::Replaced.as_u16()
    );
    // What was said to the old connection may be lost: the other hears of a gap.
    for connected in [false, true] {
        let participant = guest.id.clone();
        let expected = ServerMessage::ParticipantConnection {
            participant,
            connected,
            missed: connected,
        };
        assert_eq!(host.client.hear().await, expected);
    }
}

#[tokio::test]
async fn a_ticket_works_at_the_next_server_with_the_same_key() {
    let first = serve(options()).await;
    let (host, guest) = first.pair(1).await;
    first.signalling.stop().await;
    let second = serve(options()).await;
    let mut guest = second
        .connect()
        .await
        .join(with_ticket(1, &guest.ticket))
        .await;
    let host = second
        .connect()
        .await
        .join(with_ticket(1, &host.ticket))
        .await;
    assert!(guest.resumed && host.resumed);
    assert_eq!(host.others[0].id, guest.id);
    let told = guest.client.hear().await;
    assert!(
        matches!(told, ServerMessage::ParticipantJoined { participant } if participant.id == host.id)
    );
}
