//! What a few computers can do to a server, all at once. The attackers come as if through a proxy
//! that names many client addresses, because the limits of one household do not hold for the
//! loopback address.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::turn_wire::{Client, Target, Way};

/// How many addresses have connections that say nothing, or begin a handshake and stop, and how
/// many of these each address has.
const SILENT_ADDRESSES: u16 = 20;
const SILENT_PER_ADDRESS: u16 = 100;
const PEEKERS: u16 = 20;
const GHOSTS: u16 = 4;
const GUESSERS: u16 = 10;
const POSTERS: u16 = 4;
const SLOW_READERS: usize = 4;
/// How long an attacker waits between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Attacks on a server, which go on until this is dropped.
pub struct Attacks {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Attacks {
    /// Begins all attacks, on threads of their own.
    pub fn begin(target: &Target) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (to, until) = (target.clone(), Arc::clone(&stop));
        threads.push(std::thread::spawn(move || {
            runtime.block_on(async {
                attack(to.tcp, to.tls);
                while !until.load(Ordering::Relaxed) {
                    sleep(PAUSE).await;
                }
            });
        }));
        let (to, until) = (target.clone(), Arc::clone(&stop));
        threads.push(std::thread::spawn(move || {
            if let Err(error) = read_nothing(&to, &until) {
                eprintln!("bench abuse: the slow readers ended: {error:#}");
            }
        }));
        Ok(Self { stop, threads })
    }
}

impl Drop for Attacks {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// A connection as a proxy makes it for a client at `source`: with the head of the PROXY protocol.
pub async fn announced(to: SocketAddr, source: [u8; 4], port: u16) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let mut head = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0C".to_vec();
    head.extend(source);
    head.extend([127, 0, 0, 1]);
    head.extend(port.to_be_bytes());
    head.extend(to.port().to_be_bytes());
    stream.write_all(&head).await?;
    Ok(stream)
}

/// A new room: its id and its secret.
pub fn room() -> Result<(String, String)> {
    static ROOMS: AtomicU64 = AtomicU64::new(0);
    let number = ROOMS.fetch_add(1, Ordering::Relaxed);
    let secret = Sha256::digest(format!("abuse {} {number}", std::process::id()));
    let hash = Sha256::new()
        .chain_update(protocol::ROOM_ID_CONTEXT)
        .chain_update(secret)
        .finalize();
    let room = URL_SAFE_NO_PAD.encode(hash.get(..16).context("32 bytes")?);
    Ok((room, URL_SAFE_NO_PAD.encode(secret)))
}

type Socket = WebSocketStream<TcpStream>;

async fn socket(to: SocketAddr, source: [u8; 4]) -> Result<Socket> {
    let mut request = format!("ws://{to}/ws").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("Origin", format!("http://{to}").parse()?);
    headers.insert("Sec-WebSocket-Protocol", "crabcall.v1".parse()?);
    let stream = announced(to, source, 1024).await?;
    Ok(client_async(request, stream).await?.0)
}

async fn say(socket: &mut Socket, message: &Value) -> Result<()> {
    Ok(socket.send(Message::text(message.to_string())).await?)
}

/// Enters a room, and returns the participant id.
async fn join(socket: &mut Socket, join: &Value) -> Result<String> {
    say(socket, join).await?;
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let message: Value = serde_json::from_str(text.as_str())?;
            let id = message.get("participant").and_then(Value::as_str);
            return Ok(id.context("not let in")?.to_owned());
        }
    }
    anyhow::bail!("closed")
}

/// Attacks again and again, whatever comes of it.
fn again<F>(attempt: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            // An attacker may be thrown out at any time.
            let _thrown_out = attempt().await;
            sleep(PAUSE).await;
        }
    });
}

/// Begins all attacks but that of the slow readers. They last as long as the runtime.
fn attack(http: SocketAddr, https: SocketAddr) {
    for address in 0..SILENT_ADDRESSES {
        for port in 0..SILENT_PER_ADDRESS {
            let source = [203, 0, 113, address.to_le_bytes()[0]];
            again(move || silence(https, source, 1024 + port));
        }
    }
    let from = |net: u8, number: u16| [198, 18, net, number.to_le_bytes()[0]];
    for number in 0..PEEKERS {
        again(move || peek(http, from(0, number)));
    }
    for number in 0..GHOSTS {
        again(move || haunt(http, from(1, number)));
    }
    for number in 0..GUESSERS {
        again(move || guess(http, from(2, number)));
    }
    for number in 0..POSTERS {
        again(move || post(http, from(3, number)));
    }
    again(move || describe(http, from(4, 0)));
    again(move || fragment(http, from(5, 0)));
}

/// A connection that says nothing, or begins a handshake and stops.
async fn silence(https: SocketAddr, source: [u8; 4], port: u16) -> Result<()> {
    let mut stream = announced(https, source, port).await?;
    if port.is_multiple_of(2) {
        stream.write_all(&[22, 3, 1]).await?;
    }
    stream.read_u8().await?;
    Ok(())
}

/// Looks into a room with somebody in it, as often as the server allows. Each answer has new
/// credentials for the relay.
async fn peek(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let (room, secret) = room()?;
    let mut host = socket(http, source).await?;
    let host_joins = json!({ "type": "join", "room": room, "secret": secret });
    join(&mut host, &host_joins).await?;
    let mut visitor = socket(http, source).await?;
    loop {
        say(&mut visitor, &json!({ "type": "peek", "room": room })).await?;
        visitor.next().await.context("closed")??;
        sleep(Duration::from_millis(18)).await;
    }
}

/// Makes a room and disconnects without a word.
async fn haunt(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let (room, secret) = room()?;
    let mut host = socket(http, source).await?;
    let host_joins = json!({ "type": "join", "room": room, "secret": secret });
    join(&mut host, &host_joins).await?;
    Ok(())
}

/// Tries call codes.
async fn guess(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let mut socket = socket(http, source).await?;
    for code in 0.. {
        let code = format!("{:08}", code * 7_919 % 100_000_000);
        say(&mut socket, &json!({ "type": "find", "code": code })).await?;
        socket.next().await.context("closed")??;
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Asks for a session from which it claims to have received messages already.
async fn post(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let mut stream = announced(http, source, 1024).await?;
    let request = format!(
        "POST /events HTTP/1.1\r\nHost: {http}\r\nOrigin: http://{http}\r\n\
         Crabcall-Protocol: crabcall.v1\r\nCrabcall-Received: 7\r\nContent-Length: 0\r\n\r\n"
    );
    loop {
        stream.write_all(request.as_bytes()).await?;
        let mut answer = [0; 4096];
        anyhow::ensure!(stream.read(&mut answer).await? > 0, "closed");
        sleep(PAUSE).await;
    }
}

/// Every second sends forty long offers at once, of one more connection, to somebody who reads
/// none.
async fn describe(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let (room, secret) = room()?;
    let mut host = socket(http, source).await?;
    let host_joins = json!({ "type": "join", "room": room, "secret": secret });
    join(&mut host, &host_joins).await?;
    let mut guest = socket(http, source).await?;
    let to = join(&mut guest, &json!({ "type": "join", "room": room })).await?;
    for connection in 1.. {
        let sdp = "x".repeat(49_000);
        let offer =
            json!({ "type": "offer", "to": to, "connection": connection, "sdp": sdp }).to_string();
        for _ in 0..40 {
            host.feed(Message::text(offer.clone())).await?;
        }
        host.flush().await?;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Sends a message of empty frames that never ends.
async fn fragment(http: SocketAddr, source: [u8; 4]) -> Result<()> {
    let mut stream = socket(http, source).await?.into_inner();
    // All frames are masked and empty. The first one begins a text message.
    stream.write_all(&[0x01, 0x80, 0, 0, 0, 0]).await?;
    let empty = [0x00, 0x80, 0, 0, 0, 0].repeat(10_000);
    loop {
        stream.write_all(&empty).await?;
    }
}

/// Lets the relay send it a lot over TLS, and reads none of it.
fn read_nothing(target: &Target, until: &AtomicBool) -> Result<()> {
    let mut readers = Vec::new();
    for _ in 0..SLOW_READERS {
        let peer = UdpSocket::bind("127.0.0.2:0")?;
        let mut client = Client::allocate(target, Way::Tls, None)?;
        client.bind(peer.local_addr()?)?;
        readers.push((client, peer));
    }
    let packet = [7; 1_200];
    while !until.load(Ordering::Relaxed) {
        for (client, peer) in &readers {
            // A full socket loses the packet.
            let _full = peer.send_to(&packet, client.relayed);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
