//! Somebody who joins a call only to be given credentials for the relay.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// User name and password, as they come with a call that is started at this server. They are good
/// for as long as the runtime is there, which keeps the connection open.
pub async fn relay_user(http: SocketAddr) -> Result<(String, String)> {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let secret = Sha256::digest(format!("{unix:?}"));
    let hash = Sha256::new()
        .chain_update(protocol::ROOM_ID_CONTEXT)
        .chain_update(secret)
        .finalize();
    let room = URL_SAFE_NO_PAD.encode(hash.get(..16).context("32 bytes")?);
    let mut request = format!("ws://{http}/ws").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("Origin", format!("http://{http}").parse()?);
    headers.insert("Sec-WebSocket-Protocol", "crabcall.v1".parse()?);
    let stream = tokio::net::TcpStream::connect(http).await?;
    let (mut socket, _) = client_async(request, stream).await?;
    let join = json!({
        "type": "join", "room": room, "secret": URL_SAFE_NO_PAD.encode(secret), "name": "Ada",
    });
    socket.send(Message::text(join.to_string())).await?;
    let joined = socket.next().await.context("closed")??;
    let joined: Value = serde_json::from_str(joined.to_text()?)?;
    tokio::spawn(async move { while socket.next().await.is_some() {} });
    let text = |field: &str| {
        let servers = joined.get("ice_servers")?.as_array()?;
        let found = servers.iter().find_map(|server| server.get(field))?;
        found.as_str().map(str::to_owned)
    };
    Ok((
        text("username").context("no user name")?,
        text("credential").context("no credential")?,
    ))
}
