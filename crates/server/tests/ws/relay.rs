//! What one participant says reaches the other, in order and as it was.

use protocol::{ClientMessage, Sdp, ServerMessage};

use crate::support::{offer, options, serve};

#[tokio::test]
async fn offer_answer_and_candidates_arrive_in_order_with_their_sender() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=\"quoted\" é\r\n".repeat(40);
    guest.client.say(offer(&host.id, &sdp)).await;
    for connection in 2..40 {
        let to = host.id.clone();
        let candidate = None;
        guest
            .client
            .say(ClientMessage::Candidate {
                to,
                connection,
                candidate,
            })
            .await;
    }
    let from = guest.id.clone();
    let sdp = Sdp::new(sdp);
    assert_eq!(
        host.client.hear().await,
        ServerMessage::Offer {
            from: from.clone(),
            connection: 1,
            sdp: sdp.clone()
        }
    );
    for connection in 2..40 {
        let from = from.clone();
        let candidate = None;
        let expected = ServerMessage::Candidate {
            from,
            connection,
            candidate,
        };
        assert_eq!(host.client.hear().await, expected);
    }
    let to = guest.id.clone();
    host.client
        .say(ClientMessage::Answer {
            to,
            connection: 1,
            sdp: sdp.clone(),
        })
        .await;
    let from = host.id.clone();
    assert_eq!(
        guest.client.hear().await,
        ServerMessage::Answer {
            from,
            connection: 1,
            sdp
        }
    );
}

#[tokio::test]
async fn a_large_description_passes() {
    let server = serve(options()).await;
    let (mut host, mut guest) = server.pair(1).await;
    let sdp = "x".repeat(protocol::limits::SDP_BYTES);
    guest.client.say(offer(&host.id, &sdp)).await;
    let heard = host.client.hear().await;
    assert!(matches!(heard, ServerMessage::Offer { sdp: heard, .. } if heard.as_str() == sdp));
}
