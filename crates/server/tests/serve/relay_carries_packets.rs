//! The relay carries packets to a peer and back, by UDP, TCP and TLS.

use crate::{
    support::Running,
    turn_client::{Got, SUCCESS, Turn, credentials, echo},
};

/// The peers of these tests are on the loopback network, which is denied otherwise.
const ALLOW: [&str; 2] = ["--relay-allow", "127.0.0.0/8"];

async fn carries(mut turn: Turn) {
    let peer = echo().await;
    turn.relayed().await;
    assert_eq!(turn.bind(0x4001, peer).await, SUCCESS);
    for length in [1, 3, 4, 160, 1_199, 1_200] {
        let data = vec![length as u8; length];
        turn.say(0x4001, &data).await;
        for _ in 0..2 {
            assert_eq!(turn.next().await, Some(Got::Channel(0x4001, data.clone())));
        }
    }
    let other = echo().await;
    assert_eq!(turn.permit(other).await, SUCCESS);
    turn.send(&turn::client::send_indication([1; 12], other, b"hello"))
        .await;
    for _ in 0..2 {
        let got = turn.next().await;
        assert_eq!(got, Some(Got::Data(other, b"hello".to_vec())));
    }
}

#[tokio::test]
async fn by_udp() {
    let server = Running::start(&ALLOW);
    let user = credentials(&server, "ada");
    carries(Turn::udp(server.site.relay.udp()[0], &user).await).await;
    server.stop().await;
}

#[tokio::test]
async fn by_udp_over_ipv6() {
    let server = Running::start(&["--udp", "[::1]:0", "--relay-allow", "127.0.0.0/8"]);
    let user = credentials(&server, "ada");
    carries(Turn::udp(server.site.relay.udp()[0], &user).await).await;
    server.stop().await;
}

#[tokio::test]
async fn by_tcp_on_the_port_of_http() {
    let server = Running::start(&ALLOW);
    let user = credentials(&server, "ada");
    carries(Turn::tcp(server.http(), &user).await).await;
    server.stop().await;
}

#[tokio::test]
async fn by_tcp_on_the_port_of_https() {
    let server = Running::start(&ALLOW);
    let user = credentials(&server, "ada");
    carries(Turn::tcp(server.https(), &user).await).await;
    server.stop().await;
}

#[tokio::test]
async fn by_tls_on_the_port_of_https() {
    let server = Running::start(&ALLOW);
    let user = credentials(&server, "ada");
    carries(Turn::tls(&server, &user).await).await;
    // The page is there all the same.
    let stream = server.tls("127.0.0.1").await.unwrap();
    let request = crate::support::request("GET", "/healthz", "127.0.0.1", &[]);
    assert_eq!(crate::support::ask(stream, &request).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn bursts_arrive_in_order() {
    let server = Running::start(&ALLOW);
    let user = credentials(&server, "ada");
    let mut turn = Turn::udp(server.site.relay.udp()[0], &user).await;
    let peer = echo().await;
    turn.relayed().await;
    assert_eq!(turn.bind(0x4001, peer).await, SUCCESS);
    for burst in 0..20_u8 {
        for number in 0..8 {
            // The last of a burst is shorter, as a frame's last packet is.
            let length = if number == 7 { 90 } else { 1_200 };
            let mut data = vec![0; length];
            data[..2].copy_from_slice(&[burst, number]);
            turn.say(0x4001, &data).await;
        }
        for number in 0..8 {
            for _ in 0..2 {
                let Some(Got::Channel(0x4001, data)) = turn.next().await else {
                    panic!("not a packet");
                };
                assert_eq!(data[..2], [burst, number]);
                assert_eq!(data.len(), if number == 7 { 90 } else { 1_200 });
            }
        }
    }
    server.stop().await;
}
