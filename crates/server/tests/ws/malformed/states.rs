//! Right messages at the wrong time.

use protocol::{ClientMessage, ErrorCode, Media, Name, ParticipantId};

use crate::support::{Server, as_guest, as_host, offer, room_id};

pub async fn run(server: &Server) -> usize {
    let somebody = ParticipantId::parse("AAAAAAAAAAAA").unwrap();
    let to = || somebody.clone();
    let for_participants = [
        offer(&somebody, "v=0"),
        ClientMessage::Candidate {
            to: to(),
            connection: 1,
            candidate: None,
        },
        ClientMessage::IceError {
            to: to(),
            connection: 1,
            code: 0,
            text: String::new(),
        },
        ClientMessage::Media {
            media: Media::default(),
        },
        ClientMessage::Rename {
            name: Name::default(),
        },
        ClientMessage::Code {},
        ClientMessage::Remove { participant: to() },
        ClientMessage::Lock { locked: true },
        ClientMessage::Leave {},
    ];
    let first = [
        ClientMessage::Peek { room: room_id(210) },
        as_host(210),
        as_guest(210),
    ];
    let mut cases = 0;

    let mut fresh = server.connect().await;
    let mut lobby = server.connect().await;
    lobby.say(ClientMessage::Peek { room: room_id(211) }).await;
    lobby.hear().await;
    let mut left = server.host(212).await.client;
    left.say(ClientMessage::Leave {}).await;
    for client in [&mut fresh, &mut lobby, &mut left] {
        for message in &for_participants {
            client.say(message.clone()).await;
            assert_eq!(
                client.hear_error().await,
                ErrorCode::WrongState,
                "{message:?}"
            );
            cases += 1;
        }
    }
    let mut joined = server.host(213).await.client;
    for message in first {
        joined.say(message).await;
        assert_eq!(joined.hear_error().await, ErrorCode::WrongState);
        cases += 1;
    }
    joined.say(ClientMessage::Leave {}).await;
    joined.hear_nothing().await;
    cases
}
