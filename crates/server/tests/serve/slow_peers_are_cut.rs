use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Running, request};

// The clock is paused: it jumps to the next deadline as soon as everybody waits.

/// A request head that never ends holds its connection no longer than the limit.
#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_is_cut() {
    let server = Running::start(&[]);
    let begun = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(server.http()).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(begun.elapsed().as_secs() <= 10, "{:?}", begun.elapsed());
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

/// So does one that says nothing, and a handshake that never comes.
#[tokio::test(start_paused = true)]
async fn silence_is_cut() {
    let server = Running::start(&[]);
    for address in [server.http(), server.https()] {
        let begun = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty());
        assert!(begun.elapsed().as_secs() <= 10, "{:?}", begun.elapsed());
    }
}

/// Heads have a size.
#[tokio::test]
async fn a_large_head_is_refused() {
    let server = Running::start(&[]);
    let long = format!("X-Long: {}", "a".repeat(64 * 1024));
    let answer = server
        .ask(&request("GET", "/", "localhost", &[&long]))
        .await;
    assert_eq!(answer.status, 431);
    let many = ["X-Many: 1"; 100];
    let answer = server.ask(&request("GET", "/", "localhost", &many)).await;
    assert_eq!(answer.status, 431);
    assert_eq!(server.get("/healthz", &[]).await.status, 200);
}
