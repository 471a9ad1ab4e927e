use tokio::net::TcpStream;

use crate::support::{Running, ask, request};

/// Who types an address without a scheme speaks plain HTTP to the HTTPS port.
#[tokio::test]
async fn the_https_port_sends_plain_http_to_https() {
    let server = Running::start(&[]);
    let plain = async |host: &str| {
        let stream = TcpStream::connect(server.https()).await.unwrap();
        ask(stream, &request("GET", "/r/room?a=b", host, &[])).await
    };
    let answer = plain("crab.local:8443").await;
    assert_eq!(answer.status, 308);
    assert_eq!(
        answer.header("location"),
        "https://crab.local:8443/r/room?a=b"
    );
    assert_eq!(
        plain("[::1]:80").await.header("location"),
        "https://[::1]:80/r/room?a=b"
    );
    assert_eq!(plain("evil.example").await.status, 421);
}
