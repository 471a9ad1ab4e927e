//! Nobody has to wait for thousands of connections that say nothing, or begin a handshake and stop.
//! The test measures times and takes many file descriptors, so it has a process of its own.

#[cfg(test)]
#[allow(
    dead_code,
    reason = "this test uses a part of what the tests in `serve` share"
)]
#[path = "serve/support.rs"]
mod support;

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::support::{Running, announced, tls_over};

const ADDRESSES: u32 = 20;
const PER_ADDRESS: u32 = 100;
/// What a newcomer's handshake may take meanwhile.
const PROMPT: Duration = Duration::from_millis(100);
/// Nothing here takes this long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens a connection, and another one as soon as it is cut, for ever.
async fn hold(to: SocketAddr, address: u32, number: u32) {
    let source = format!("203.0.113.{address}:{}", 1024 + number);
    loop {
        let Ok(mut stream) = announced(to, &source).await else {
            continue;
        };
        // Half of them begin a handshake.
        let begins = number.is_multiple_of(2);
        if begins && stream.write_all(&[22, 3, 1]).await.is_err() {
            continue;
        }
        let mut nothing = [0];
        let _cut = stream.read(&mut nothing).await;
    }
}

/// A loopback address has no limit of its own. So the connections come as from a proxy, which names
/// twenty clients.
#[tokio::test]
async fn a_newcomer_shakes_hands_at_once() {
    raise_file_limit();
    let server = Running::start(&["--trusted-proxy", "127.0.0.1"]);
    let to = server.https();
    let mut held = JoinSet::new();
    for address in 0..ADDRESSES {
        for number in 0..PER_ADDRESS {
            held.spawn(hold(to, address, number));
        }
    }
    let all = u64::from(ADDRESSES * PER_ADDRESS);
    let taken = async {
        while server.site.meters.accepted.get() < all {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, taken).await.expect("all are taken");
    let mut took = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        let stream = announced(to, "198.51.100.1:1024").await.unwrap();
        let handshake = tls_over(stream, server.ca(), "localhost");
        timeout(PATIENCE, handshake).await.unwrap().unwrap();
        took.push(begun.elapsed());
    }
    // Other programs on the machine may slow down some of these handshakes, but a queue would slow
    // down all.
    let least = took.iter().min().copied().unwrap_or(PATIENCE);
    assert!(least < PROMPT, "{took:?}");
    held.shutdown().await;
}

#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("its own maximum");
}

#[cfg(not(unix))]
fn raise_file_limit() {}
