//! The others hear at once that a connection was lost.

use protocol::ServerMessage;

use crate::support::{options, serve};

#[tokio::test]
async fn a_socket_that_ends_without_leaving_is_told_as_lost() {
    let server = serve(options()).await;
    let (mut host, guest) = server.pair(1).await;
    drop(guest.client);
    assert_eq!(
        host.client.hear().await,
        ServerMessage::ParticipantConnection {
            participant: guest.id,
            connected: false,
            missed: false,
        }
    );
    let snapshot = server.signalling.snapshot();
    assert_eq!((snapshot.connections, snapshot.participants), (1, 2));
}
