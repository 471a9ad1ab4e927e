//! Strangers who flood the server, from a computer of their own with two public addresses.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use futures_util::{SinkExt, StreamExt};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use turn::client::Session;

use crate::{
    namespace::Namespace,
    world::{SERVER, STRANGERS},
};

const RELAY_PORT: u16 = 3478;
/// Datagrams a second; more would take from two browsers what they need to encode and decode.
const DATAGRAMS: u64 = 10_000;
/// Of so many sockets, each looking like another client.
const SOCKETS: usize = 64;
/// How often a portion of them goes out.
const PORTION: Duration = Duration::from_millis(5);

/// Connections that begin and say nothing that makes sense, a second.
const NEW_CONNECTIONS: u32 = 100;
/// WebSockets that say as much as they may, and a little more.
const TALKERS: usize = 40;
/// Messages a second of each; the server allows 60.
const TALK: u32 = 70;
/// Connections that begin a request and never end it.
const SLEEPERS: usize = 100;

/// What is flooded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flooded {
    /// The relay's UDP port: STUN, TURN without and with made-up credentials, data without an
    /// allocation, and bytes that mean nothing.
    Relay,
    /// The page's port: TLS connections, half requests, and WebSockets.
    Socket,
}

/// A flood that runs until its end is asked for.
#[derive(Debug)]
pub struct Flood {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Flood {
    /// Begins.
    pub fn begin(what: Flooded, strangers: &Namespace) -> Result<Self> {
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (stopped, count) = (stop.clone(), sent.clone());
        let thread = strangers.thread("flood", move || match what {
            Flooded::Relay => datagrams(&stopped, &count),
            Flooded::Socket => connections(&stopped, &count),
        })?;
        let thread = Some(thread);
        Ok(Self { stop, sent, thread })
    }

    /// Ends it: how many datagrams, or messages and connections, it was.
    pub fn end(mut self) -> Result<u64> {
        self.stop.store(true, Relaxed);
        let thread = self.thread.take().context("it has begun")?;
        let ended = thread.join();
        ended.map_err(|panic| anyhow!("{}", e2e::words_of(panic.as_ref())))??;
        Ok(self.sent.load(Relaxed))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

/// What is sent to the relay, one after the other.
fn nonsense() -> Vec<Vec<u8>> {
    const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
    let session = Session::new("1795500000:nobody", "no password");
    let mut binding = vec![0, 1, 0, 0];
    binding.extend(COOKIE);
    binding.extend([5; 12]);
    // A request that is cut off, and one that says to be longer than it is.
    let allocate = session.allocate([7; 12], None);
    let half = allocate.get(..allocate.len() / 2).unwrap_or_default();
    let mut data = vec![0x40, 0x00, 0x04, 0x00];
    data.resize(4 + 1_024, 9);
    vec![
        binding,
        allocate.clone(),
        half.to_vec(),
        session.refresh([8; 12], 600),
        data,
        vec![0xFF; 1_200],
        (0..=255).collect(),
        vec![0],
    ]
}

/// Sends `DATAGRAMS` a second.
fn datagrams(stop: &AtomicBool, sent: &AtomicU64) -> Result<()> {
    let sockets: Vec<UdpSocket> = (0..SOCKETS)
        .map(|number| {
            let from = STRANGERS
                .get(number % STRANGERS.len())
                .context("an address")?;
            let socket = UdpSocket::bind((from.parse::<Ipv4Addr>()?, 0))?;
            socket.connect((SERVER, RELAY_PORT))?;
            // What nobody reads is dropped by the kernel.
            socket.set_nonblocking(true)?;
            Ok(socket)
        })
        .collect::<Result<_>>()?;
    let nonsense = nonsense();
    let start = Instant::now();
    let mut number: u64 = 0;
    while !stop.load(Relaxed) {
        let due = start.elapsed().as_micros() as u64 * DATAGRAMS / 1_000_000;
        while number < due {
            // Each socket sends everything in its turn.
            let turn = number as usize;
            let (round, which) = (turn / SOCKETS, turn % SOCKETS);
            if let Some(socket) = sockets.get(which)
                && let Some(packet) = nonsense.get((round + which) % nonsense.len())
            {
                let _ = socket.send(packet);
            }
            number += 1;
        }
        sent.store(number, Relaxed);
        std::thread::sleep(PORTION);
    }
    ensure!(number > 0, "nothing was sent");
    Ok(())
}

/// Everything on the page's port at once.
fn connections(stop: &AtomicBool, sent: &Arc<AtomicU64>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let tls = nobodys_tls()?;
        let mut tasks = JoinSet::new();
        for number in 0..SLEEPERS {
            tasks.spawn(again(number, tls.clone(), sent.clone(), sleep));
        }
        for number in 0..TALKERS {
            tasks.spawn(again(number, tls.clone(), sent.clone(), talk));
        }
        let mut tick = tokio::time::interval(Duration::from_secs(1) / NEW_CONNECTIONS);
        let mut number = 0;
        while !stop.load(Relaxed) {
            tick.tick().await;
            number += 1;
            tasks.spawn(knock(number, tls.clone(), sent.clone()));
            while tasks.try_join_next().is_some() {}
        }
        tasks.abort_all();
        Ok(())
    })
}

type Tls = tokio_rustls::client::TlsStream<TcpStream>;

/// A stranger minds no certificate: the server's own is enough.
fn nobodys_tls() -> Result<TlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn connect(number: usize, tls: &TlsConnector) -> Result<Tls> {
    let from = STRANGERS
        .get(number % STRANGERS.len())
        .context("an address")?;
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.parse()?, 0))?;
    let server = SocketAddr::new(SERVER.parse()?, 443);
    let stream = socket.connect(server).await?;
    Ok(tls.connect(ServerName::from(server.ip()), stream).await?)
}

/// Who is thrown out comes back.
async fn again<F: Future<Output = Result<()>>>(
    number: usize,
    tls: TlsConnector,
    sent: Arc<AtomicU64>,
    act: fn(usize, TlsConnector, Arc<AtomicU64>) -> F,
) {
    const PAUSE: Duration = Duration::from_millis(200);
    loop {
        let _ = act(number, tls.clone(), sent.clone()).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Says something that is no HTTP. Refused or not: it was tried.
async fn knock(number: usize, tls: TlsConnector, sent: Arc<AtomicU64>) {
    sent.fetch_add(1, Relaxed);
    if let Ok(mut stream) = connect(number, &tls).await {
        let _ = stream.write_all(&[b'x'; 300]).await;
    }
}

/// Begins a request and never ends it.
async fn sleep(number: usize, tls: TlsConnector, sent: Arc<AtomicU64>) -> Result<()> {
    let mut stream = connect(number, &tls).await?;
    sent.fetch_add(1, Relaxed);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await?;
    stream.flush().await?;
    let mut nothing = [0; 64];
    while stream.read(&mut nothing).await? > 0 {}
    Ok(())
}

/// Asks for rooms that are not there, faster than it may.
async fn talk(number: usize, tls: TlsConnector, sent: Arc<AtomicU64>) -> Result<()> {
    let stream = connect(number, &tls).await?;
    let mut request = format!("wss://{SERVER}/ws").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("Origin", format!("https://{SERVER}").parse()?);
    headers.insert("Sec-WebSocket-Protocol", protocol::SUBPROTOCOL.parse()?);
    let (mut socket, _) = client_async(request, stream).await?;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / TALK);
    loop {
        tokio::select! {
            _ = tick.tick() => {
                let peek = format!(r#"{{"type":"peek","room":"{:022}"}}"#, number);
                socket.send(Message::text(peek)).await?;
                sent.fetch_add(1, Relaxed);
            }
            said = socket.next() => {
                said.context("closed")??;
            }
        }
    }
}

/// Takes every certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
