//! Two clients in one room, in each server's own protocol.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig,
    },
};

use crate::peers::{Maker, Measured};

/// A client's connection.
pub type Socket = WebSocketStream<TcpStream>;

/// A client that is in a room with another.
#[derive(Debug)]
pub struct Client {
    pub socket: Socket,
    /// How the other is named in messages to it.
    pub other: String,
}

/// Two clients of one room, each knowing the other.
pub async fn pair(server: &Measured) -> Result<[Client; 2]> {
    static ROOMS: AtomicU64 = AtomicU64::new(0);
    let room = ROOMS.fetch_add(1, Ordering::Relaxed);
    match server.maker {
        Maker::Crabcall => crabcall(server, room).await,
        Maker::Matchbox => matchbox(server, room).await,
        Maker::PeerJs => peerjs(server, room).await,
        Maker::Floor => floor(server).await,
    }
}

/// A message that asks the server to relay an offer to `other`: exactly `size` bytes.
pub fn offer(maker: Maker, other: &str, size: usize) -> Result<String> {
    let message = |sdp: &str| match maker {
        Maker::Crabcall | Maker::Floor => {
            json!({ "type": "offer", "to": other, "connection": 1, "sdp": sdp })
        }
        Maker::Matchbox => {
            json!({ "Signal": { "receiver": other, "data": { "Offer": sdp } } })
        }
        Maker::PeerJs => json!({
            "type": "OFFER",
            "dst": other,
            "payload": { "sdp": { "type": "offer", "sdp": sdp }, "type": "media" },
        }),
    };
    let spare = size
        .checked_sub(message("").to_string().len())
        .context("the message is too small")?;
    // Lines like those of an SDP: 62 characters and an escaped line break (RFC 8259: 4 bytes).
    let line = format!(
        "a=candidate:{} typ host\\r\\n",
        "1234567890".repeat(4).get(..39).unwrap_or("")
    );
    let mut body: String = line.repeat(spare / line.len());
    body.push_str(&"x".repeat(spare - body.len()));
    let text = message(&body.replace("\\r\\n", "\r\n")).to_string();
    anyhow::ensure!(text.len() == size, "{} bytes instead of {size}", text.len());
    Ok(text)
}

async fn crabcall(server: &Measured, room: u64) -> Result<[Client; 2]> {
    let secret = Sha256::digest(format!("{} {room}", std::process::id()));
    let hash = Sha256::new()
        .chain_update(protocol::ROOM_ID_CONTEXT)
        .chain_update(secret)
        .finalize();
    let room = URL_SAFE_NO_PAD.encode(hash.get(..16).context("32 bytes")?);
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let url = format!("ws://{}/ws", server.address);
    let headers = [
        ("Origin", format!("http://{}", server.address)),
        ("Sec-WebSocket-Protocol", "crabcall.v1".to_owned()),
    ];

    let mut host = open(server, &url, &headers).await?;
    say(
        &mut host,
        json!({ "type": "join", "room": room, "secret": secret, "name": "Ada" }),
    )
    .await?;
    let joined = hear(&mut host, |message| is(message, "joined")).await?;
    let host_id = text(&joined, "participant")?;
    let mut guest = open(server, &url, &headers).await?;
    say(
        &mut guest,
        json!({ "type": "join", "room": room, "name": "Bob" }),
    )
    .await?;
    let joined = hear(&mut guest, |message| is(message, "joined")).await?;
    let guest_id = text(&joined, "participant")?;
    hear(&mut host, |message| is(message, "participant_joined")).await?;
    Ok(two(host, guest, host_id, guest_id))
}

async fn matchbox(server: &Measured, room: u64) -> Result<[Client; 2]> {
    let url = format!("ws://{}/room{room}?next=2", server.address);
    let is_id = |message: &Value| message.get("IdAssigned").is_some();
    let mut first = open(server, &url, &[]).await?;
    let first_id = text(&hear(&mut first, is_id).await?, "IdAssigned")?;
    let mut second = open(server, &url, &[]).await?;
    let second_id = text(&hear(&mut second, is_id).await?, "IdAssigned")?;
    hear(&mut first, |message| message.get("NewPeer").is_some()).await?;
    Ok(two(first, second, first_id, second_id))
}

async fn peerjs(server: &Measured, room: u64) -> Result<[Client; 2]> {
    let open_as = async |id: &str| -> Result<Socket> {
        let url = format!(
            "ws://{}/peerjs?key=peerjs&id={id}&token=token",
            server.address
        );
        let mut socket = open(server, &url, &[]).await?;
        hear(&mut socket, |message| is(message, "OPEN")).await?;
        Ok(socket)
    };
    let (a, b) = (format!("peer{room}a"), format!("peer{room}b"));
    let first = open_as(&a).await?;
    let second = open_as(&b).await?;
    Ok(two(first, second, a, b))
}

async fn floor(server: &Measured) -> Result<[Client; 2]> {
    let url = format!("ws://{}/", server.address);
    let first = open(server, &url, &[]).await?;
    let second = open(server, &url, &[]).await?;
    // Nobody looks at names, which are as long as ours.
    let id = || "participant_".to_owned();
    Ok(two(first, second, id(), id()))
}

fn two(first: Socket, second: Socket, first_id: String, second_id: String) -> [Client; 2] {
    [
        Client {
            socket: first,
            other: second_id,
        },
        Client {
            socket: second,
            other: first_id,
        },
    ]
}

async fn open(server: &Measured, url: &str, headers: &[(&'static str, String)]) -> Result<Socket> {
    let stream = TcpStream::connect(server.address).await?;
    stream.set_nodelay(true)?;
    let mut request = url.into_client_request()?;
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, HeaderValue::from_str(value)?);
    }
    // The loader holds thousands of them.
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0);
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}

async fn say(socket: &mut Socket, message: Value) -> Result<()> {
    socket.send(Message::text(message.to_string())).await?;
    Ok(())
}

async fn hear(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let message: Value = serde_json::from_str(text.as_str())?;
            if wanted(&message) {
                return Ok(message);
            }
            if is(&message, "error") {
                bail!("refused: {message}");
            }
        }
    }
    bail!("the server closed the connection")
}

/// Whether this is its `type`.
fn is(message: &Value, kind: &str) -> bool {
    message.get("type").is_some_and(|found| found == kind)
}

fn text(message: &Value, field: &str) -> Result<String> {
    let text = message.get(field).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("no {field} in {message}"))?
        .to_owned())
}
