//! Only pages of this server may connect.

use std::collections::BTreeMap;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::support::{Server, options, serve};

async fn status(server: &Server, header: &'static str, values: &[&str]) -> u16 {
    let mut request = server.request();
    request.headers_mut().remove(header);
    for value in values {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append(header, value);
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_origin_has_to_be_there_once_and_exact() {
    let server = serve(options()).await;
    let right = format!("http://{}", server.address);
    let bad = [
        vec![],
        vec!["null"],
        vec!["http://127.0.0.1"],
        vec!["http://evil.example"],
        vec![right.as_str(), right.as_str()],
        vec![right.as_str(), "http://evil.example"],
    ];
    for origins in &bad {
        assert_eq!(status(&server, "origin", origins).await, 403, "{origins:?}");
    }
    for variant in [
        format!("{right}/"),
        format!("{right}.evil.example"),
        right.replace("http:", "https:"),
        right.replace("http:", "HTTP:"),
        format!(" {right}, {right}"),
    ] {
        assert_eq!(
            status(&server, "origin", &[&variant]).await,
            403,
            "{variant}"
        );
    }
    assert_eq!(status(&server, "origin", &[&right]).await, 101);
    assert_eq!(server.signalling.counters().refusals["origin"], 11);
}

#[tokio::test]
async fn the_subprotocol_has_to_be_offered() {
    let server = serve(options()).await;
    let header = "sec-websocket-protocol";
    assert_eq!(status(&server, header, &[]).await, 400);
    assert_eq!(status(&server, header, &["crabcall.v2, chat"]).await, 400);
    assert_eq!(status(&server, header, &["chat, crabcall.v1"]).await, 101);
    let expected = BTreeMap::from([("subprotocol", 2)]);
    assert_eq!(server.signalling.counters().refusals, expected);
}
