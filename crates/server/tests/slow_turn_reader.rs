//! A client that reads its relayed stream by TLS slowly does not take more and more memory. The test
//! measures the memory of its process, so it has a process of its own.

#![cfg(target_os = "linux")]

#[cfg(test)]
#[allow(
    dead_code,
    reason = "this test uses a part of what the tests in `serve` share"
)]
#[path = "serve/support.rs"]
mod support;
#[cfg(test)]
#[allow(
    dead_code,
    reason = "this test uses a part of what the tests in `serve` share"
)]
#[path = "serve/turn_client.rs"]
mod turn_client;

use std::time::{Duration, Instant};

use tokio::{
    net::{TcpSocket, UdpSocket},
    task::JoinSet,
};

use crate::{
    support::{Running, tls_over},
    turn_client::{SUCCESS, Turn, credentials},
};

const READERS: u16 = 16;
/// The longest that the test waits for packets to be dropped.
const LIMIT: Duration = Duration::from_secs(60);

/// Memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .expect("a line")
        .trim()
        .parse::<usize>()
        .expect("a number")
        * 1_024
}

#[tokio::test]
async fn memory_does_not_grow_with_a_slow_reader() {
    let server = Running::start(&[
        "--relay-allow",
        "127.0.0.0/8",
        "--relay-kilobits-per-second",
        "0",
    ]);
    let peer = UdpSocket::bind("127.0.0.2:0").await.expect("a socket");
    let from = peer.local_addr().expect("bound");
    let mut readers = JoinSet::new();
    let mut relayed = Vec::new();
    for number in 0..READERS {
        // A small window, so that what is not read waits in the server and not in the system.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small window");
        let stream = socket.connect(server.https()).await.expect("connected");
        let stream = tls_over(stream, server.ca(), "127.0.0.1").await;
        let user = credentials(&server, &format!("reader {number}"));
        let mut turn = Turn::over(stream.expect("a handshake"), &user);
        relayed.push(turn.relayed().await);
        assert_eq!(turn.bind(0x4000, from).await, SUCCESS);
        readers.spawn(async move {
            while turn.skip().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    // Dropped packets show that the readers are too slow, however busy the machine is.
    let flood_until_dropped = async |packets| {
        let until = server.site.relay.numbers().dropped + packets;
        let start = Instant::now();
        while server.site.relay.numbers().dropped < until {
            assert!(start.elapsed() < LIMIT, "they read too fast for this test");
            for to in &relayed {
                for _ in 0..8 {
                    peer.send_to(&[7; 1_200], to).await.expect("sent");
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    flood_until_dropped(2_000).await;
    let before = resident();
    flood_until_dropped(6_000).await;
    let grown = resident().saturating_sub(before);
    let each = grown / usize::from(READERS);
    assert!(each < 200_000, "{each} bytes more for each reader");
    readers.abort_all();
    server.stop().await;
}
