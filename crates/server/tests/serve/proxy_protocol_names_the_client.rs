//! A proxy that only passes bytes through names its client by the PROXY protocol.

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    support::{Running, announced, ask, request, tls_over},
    turn_client::{Got, Turn, credentials},
};

const CLIENT: &str = "198.51.100.7:40000";
/// Only this client may read the metrics, so the answer for them tells which address the server
/// saw.
const FOR_CLIENT: [&str; 4] = [
    "--metrics-from",
    "198.51.100.7",
    "--trusted-proxy",
    "127.0.0.1",
];

async fn https(server: &Running, client: &str, headers: &[&str]) -> u16 {
    let stream = announced(server.https(), client)
        .await
        .expect("a connection");
    let stream = tls_over(stream, server.ca(), "localhost")
        .await
        .expect("a connection");
    let request = request("GET", "/metrics", "localhost", headers);
    ask(stream, &request).await.status
}

#[tokio::test]
async fn a_trusted_proxy_names_the_client() {
    let server = Running::start(&FOR_CLIENT);
    assert_eq!(https(&server, CLIENT, &[]).await, 200);
    assert_eq!(https(&server, "198.51.100.8:1", &[]).await, 404);
    // A header that such a proxy passes through is the client's own word.
    let forged = ["X-Forwarded-For: 198.51.100.7"];
    assert_eq!(https(&server, "198.51.100.8:1", &forged).await, 404);
    // A client that is named with a loopback address does not count as this computer.
    assert_eq!(https(&server, "127.0.0.1:1", &[]).await, 404);
    let stream = announced(server.http(), CLIENT).await.unwrap();
    let get = request("GET", "/metrics", "localhost", &[]);
    assert_eq!(ask(stream, &get).await.status, 200);
}

#[tokio::test]
async fn a_relayed_client_is_the_one_that_the_proxy_named() {
    let server = Running::start(&FOR_CLIENT);
    let user = credentials(&server, "ada");
    let wanted = Got::Response(None, None, Some(CLIENT.parse().unwrap()));
    for port in [server.http(), server.https()] {
        let stream = announced(port, CLIENT).await.unwrap();
        assert_eq!(Turn::over(stream, &user).binding().await, wanted);
    }
    let stream = announced(server.https(), CLIENT).await.unwrap();
    let stream = tls_over(stream, server.ca(), "localhost").await.unwrap();
    assert_eq!(Turn::over(stream, &user).binding().await, wanted);
}

/// From anybody else, the head of the PROXY protocol only gets the connection closed.
#[tokio::test]
async fn only_a_trusted_proxy_names_a_client() {
    let server = Running::start(&["--metrics-from", "198.51.100.7"]);
    for port in [server.http(), server.https()] {
        let mut stream = announced(port, CLIENT).await.unwrap();
        let get = request("GET", "/metrics", "localhost", &[]);
        // It may be closed before all is written.
        let _closed = stream.write_all(get.as_bytes()).await;
        let mut answer = Vec::new();
        let _reset = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        assert!(answer.is_empty(), "{answer:?}");
    }
}

/// A proxy that sends no such head is served as before. One that speaks HTTP names the client by
/// its headers.
#[tokio::test]
async fn a_proxy_that_names_no_client_is_served_too() {
    let server = Running::start(&FOR_CLIENT);
    let stream = TcpStream::connect(server.http()).await.unwrap();
    let forwarded = ["X-Forwarded-For: 198.51.100.7"];
    let get = request("GET", "/metrics", "localhost", &forwarded);
    assert_eq!(ask(stream, &get).await.status, 200);
}
