//! The sockets: bound with a clear word when that fails, accepted within bounds.

use std::{
    collections::BTreeMap,
    fmt, io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::Router;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower_service::Service as _;

use crate::{
    fault::Fault,
    host::Scheme,
    http::front::Connection,
    meters::{Away, AwayReason, Handshake, HandshakeResult, Meters},
    networks::Networks,
    relay::Relay,
    tls::serving::{Acceptors, CHALLENGE_PROTOCOL},
};

/// Connections the system holds until we take them.
const BACKLOG: i32 = 1024;
/// Handshakes at once; more wait in the backlog.
const MAX_HANDSHAKES: usize = 256;
/// From the first byte to the end of the handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
/// Connections that speak HTTP at once. One that becomes a WebSocket is counted by signalling.
const MAX_HTTP: u32 = 8192;
/// The same from one IPv4 address or IPv6 /64; a browser opens six.
const MAX_HTTP_PER_ADDRESS: u32 = 128;
/// For the whole head of a request, and for waiting for the next one.
const HEAD_LIMIT: Duration = Duration::from_secs(8);
/// For a request head in memory.
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_LINES: usize = 64;
/// A connection is asked to end after so long, and cut when it takes longer than
/// [`LAST_WORDS`] for it: nobody keeps one by reading an answer byte by byte.
const LIFETIME: Duration = Duration::from_secs(300);
const LAST_WORDS: Duration = Duration::from_secs(30);
/// When the system has no more sockets for us.
const BREATH: Duration = Duration::from_millis(200);
/// The last first byte of a request or indication of STUN (RFC 8489, section 5).
const LAST_STUN: u8 = 3;
/// TURN in the handshake of TLS (RFC 7443, section 3).
pub const TURN_PROTOCOL: &[u8] = b"stun.turn";
/// The first byte of a TLS record that holds a handshake (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// Binds a socket for one family: `[::]` leaves IPv4 to a socket of its own.
pub fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Fault> {
    try_bind(address).map_err(|error| bind_fault(address, option, &error))
}

/// Why a socket could not be bound, and what to do about it.
pub fn bind_fault(address: SocketAddr, option: &str, error: &io::Error) -> Fault {
    let subject = format!("{option} {address}");
    let example = SocketAddr::new(address.ip(), address.port().wrapping_add(1).max(1024));
    match error.kind() {
        io::ErrorKind::AddrInUse => Fault::new(
            subject,
            "the port is taken by another program",
            format!("stop that one, or take another port: {option} {example}"),
        ),
        io::ErrorKind::PermissionDenied => Fault::new(
            subject,
            "this user may not listen on that port",
            format!("take one above 1023: {option} {example}"),
        ),
        io::ErrorKind::AddrNotAvailable => Fault::new(
            subject,
            "this computer does not have that address",
            "take one of its own addresses, or 0.0.0.0 for all",
        ),
        _ => Fault::new(
            subject,
            format!("can't listen there: {error}"),
            format!("take another address with {option}"),
        ),
    }
}

/// Whether this computer speaks IPv6 at all.
pub fn has_ipv6() -> bool {
    try_bind((Ipv6Addr::UNSPECIFIED, 0).into()).is_ok()
}

fn try_bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Windows this would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Takes connections and serves them.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Acceptors>,
    router: Router,
    /// For plain HTTP on a TLS port.
    redirect: Router,
    doors: Doors,
}

/// What the listeners share.
#[derive(Clone)]
pub struct Doors {
    gate: Gate,
    handshakes: Arc<Semaphore>,
    meters: Meters,
    stop: watch::Receiver<bool>,
    http: http1::Builder,
    relay: Relay,
}

impl Doors {
    /// `stop` turns true when nobody is to be let in any more.
    pub fn new(
        meters: Meters,
        trusted: Networks,
        relay: Relay,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_LINES);
        Self {
            gate: Gate::new(trusted),
            handshakes: Arc::new(Semaphore::new(MAX_HANDSHAKES)),
            meters,
            stop,
            http,
            relay,
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Listener {
    /// Plain HTTP.
    pub fn http(socket: TcpListener, router: Router, doors: Doors) -> Self {
        Self {
            socket,
            tls: None,
            redirect: router.clone(),
            router,
            doors,
        }
    }

    /// HTTPS; who speaks plain HTTP gets `redirect`.
    pub fn https(
        socket: TcpListener,
        tls: Acceptors,
        router: Router,
        redirect: Router,
        doors: Doors,
    ) -> Self {
        Self {
            socket,
            tls: Some(tls),
            router,
            redirect,
            doors,
        }
    }

    /// Takes connections until it is told to stop.
    pub async fn run(self) {
        let mut stop = self.doors.stop.clone();
        tokio::select! {
            () = self.accept() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn accept(&self) {
        loop {
            let permit = match &self.tls {
                Some(_) => Arc::clone(&self.doors.handshakes)
                    .acquire_owned()
                    .await
                    .ok(),
                None => None,
            };
            match self.socket.accept().await {
                Ok((stream, peer)) => self.take(stream, peer, permit),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken now");
                    sleep(BREATH).await;
                }
            }
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, permit: Option<OwnedSemaphorePermit>) {
        let meters = &self.doors.meters;
        meters.accepted.inc();
        let place = match self.doors.gate.enter(peer.ip()) {
            Ok(place) => place,
            Err(reason) => {
                meters.turned_away.get_or_create(&Away { reason }).inc();
                return;
            }
        };
        // A message is small and somebody waits for it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let doors = self.doors.clone();
        let acceptor = self.tls.as_ref().map(|tls| {
            let own = stream.local_addr().unwrap_or(peer);
            tls.of(own.ip(), peer.ip()).clone()
        });
        match acceptor.zip(permit) {
            None => {
                let router = self.router.clone();
                tokio::spawn(async move {
                    match doors.listen(&stream).await {
                        Some(Language::Http) => {
                            doors.serve(stream, router, peer, Scheme::Http).await;
                            drop(place);
                        }
                        Some(Language::Turn) => {
                            doors.relay.take(stream, None, peer, Box::new(place))
                        }
                        None => {}
                    }
                });
            }
            Some((acceptor, permit)) => {
                let (router, redirect) = (self.router.clone(), self.redirect.clone());
                tokio::spawn(async move {
                    let spoken = doors.shake_hands(acceptor, stream).await;
                    drop(permit);
                    match spoken {
                        Some(Spoken::Tls(mut stream)) => {
                            match doors.listen_tls(&mut stream).await {
                                Some(Language::Http) => {
                                    doors.serve(stream, router, peer, Scheme::Https).await;
                                }
                                Some(Language::Turn) => {
                                    let (stream, tls) = stream.into_inner();
                                    return doors.relay.take(
                                        stream,
                                        Some(tls),
                                        peer,
                                        Box::new(place),
                                    );
                                }
                                None => {}
                            }
                        }
                        Some(Spoken::Turn(stream)) => {
                            return doors.relay.take(stream, None, peer, Box::new(place));
                        }
                        Some(Spoken::Plain(stream)) => {
                            doors.serve(stream, redirect, peer, Scheme::Http).await;
                        }
                        // The handshake was all it wanted (RFC 8737, section 3).
                        Some(Spoken::Challenge) | None => {}
                    }
                    drop(place);
                });
            }
        }
    }
}

/// What the peer of a TLS port turned out to speak.
enum Spoken {
    Tls(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
    Challenge,
    Turn(TcpStream),
}

/// What is spoken on a connection, by its first byte: an HTTP method is letters, and neither a STUN
/// message nor ChannelData begins with one (RFC 7983, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Http,
    Turn,
}

impl Language {
    fn of(first: u8) -> Option<Self> {
        if first.is_ascii_uppercase() {
            Some(Self::Http)
        } else if first <= LAST_STUN {
            Some(Self::Turn)
        } else {
            None
        }
    }
}

impl Doors {
    async fn shake_hands(&self, acceptor: TlsAcceptor, stream: TcpStream) -> Option<Spoken> {
        let handshake = async {
            let mut first = [0];
            stream.peek(&mut first).await?;
            if first == [TLS_HANDSHAKE] {
                let stream = acceptor.accept(stream).await?;
                Ok(Some(match stream.get_ref().1.alpn_protocol() {
                    Some(CHALLENGE_PROTOCOL) => Spoken::Challenge,
                    _ => Spoken::Tls(Box::new(stream)),
                }))
            } else {
                Ok(match first.first().copied().and_then(Language::of) {
                    Some(Language::Http) => Some(Spoken::Plain(stream)),
                    Some(Language::Turn) => Some(Spoken::Turn(stream)),
                    None => None,
                })
            }
        };
        let (spoken, result) = match timeout(HANDSHAKE_LIMIT, handshake).await {
            Ok(Ok(Some(spoken @ Spoken::Tls(_)))) => (Some(spoken), HandshakeResult::Done),
            Ok(Ok(Some(spoken @ Spoken::Challenge))) => (Some(spoken), HandshakeResult::Challenge),
            Ok(Ok(Some(spoken @ Spoken::Plain(_)))) => (Some(spoken), HandshakeResult::PlainHttp),
            Ok(Ok(Some(spoken @ Spoken::Turn(_)))) => (Some(spoken), HandshakeResult::PlainTurn),
            Ok(Ok(None)) => (None, HandshakeResult::Failed),
            Ok(Err(error)) => {
                let error: io::Error = error;
                tracing::debug!(%error, "handshake");
                (None, HandshakeResult::Failed)
            }
            Err(_) => (None, HandshakeResult::TimedOut),
        };
        self.meters
            .handshakes
            .get_or_create(&Handshake { result })
            .inc();
        spoken
    }

    /// Waits for the first byte of a plain connection, and leaves it there.
    async fn listen(&self, stream: &TcpStream) -> Option<Language> {
        let mut first = [0];
        let read = self.in_time(stream.peek(&mut first)).await?;
        (read == 1).then_some(first[0]).and_then(Language::of)
    }

    /// The same below TLS; a client may also have said so in its handshake (RFC 7443).
    async fn listen_tls(&self, stream: &mut TlsStream<TcpStream>) -> Option<Language> {
        if stream.get_ref().1.alpn_protocol() == Some(TURN_PROTOCOL) {
            return Some(Language::Turn);
        }
        let read = self.in_time(stream.fill_buf()).await?;
        read.first().copied().and_then(Language::of)
    }

    /// What is read before it is too late or the end has come.
    async fn in_time<T>(&self, read: impl Future<Output = io::Result<T>>) -> Option<T> {
        let mut stop = self.stop.clone();
        tokio::select! {
            read = timeout(HEAD_LIMIT, read) => read.ok()?.ok(),
            _ = stop.wait_for(|stop| *stop) => None,
        }
    }

    /// Speaks HTTP until the peer ends it, it becomes a WebSocket, or the end has come.
    async fn serve(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        router: Router,
        peer: SocketAddr,
        scheme: Scheme,
    ) {
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Connection { peer, scheme });
            router.clone().call(request)
        });
        self.meters.http.inc();
        let connection = self
            .http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            _ = self.stop.wait_for(|stop| *stop) => None,
            () = sleep(LIFETIME) => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                timeout(LAST_WORDS, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "connection");
        }
        self.meters.http.dec();
    }
}

/// Whether it is about the connection that was being taken, not about the socket.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Counts who is inside.
#[derive(Debug, Clone)]
struct Gate {
    /// Behind a trusted proxy everyone has its address.
    trusted: Networks,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    total: u32,
    by_address: BTreeMap<IpAddr, u32>,
}

/// A place inside, free again when it is dropped.
#[derive(Debug)]
struct Place {
    inside: Arc<Mutex<Inside>>,
    key: Option<IpAddr>,
}

impl Gate {
    fn new(trusted: Networks) -> Self {
        Self {
            trusted,
            inside: Arc::default(),
        }
    }

    fn enter(&self, peer: IpAddr) -> Result<Place, AwayReason> {
        let peer = peer.to_canonical();
        let key = (!peer.is_loopback() && !self.trusted.contains(peer)).then(|| subscriber(peer));
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.total >= MAX_HTTP {
            return Err(AwayReason::Total);
        }
        if let Some(key) = key {
            let count = inside.by_address.entry(key).or_default();
            if *count >= MAX_HTTP_PER_ADDRESS {
                return Err(AwayReason::Address);
            }
            *count += 1;
        }
        inside.total += 1;
        Ok(Place {
            inside: Arc::clone(&self.inside),
            key,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.total = inside.total.saturating_sub(1);
        if let Some(key) = self.key {
            let left = inside.by_address.get(&key).map_or(0, |count| count - 1);
            if left == 0 {
                inside.by_address.remove(&key);
            } else {
                inside.by_address.insert(key, left);
            }
        }
    }
}

/// One household: an IPv4 address, or the /64 an IPv6 subscriber has all of.
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(prefix.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_gives_it_back() {
        let gate = Gate::new(
            ["10.0.0.9".parse::<IpAddr>().unwrap().into()]
                .into_iter()
                .collect(),
        );
        let enter = |address: &str| gate.enter(address.parse().unwrap());
        let mut places: Vec<_> = (0..MAX_HTTP_PER_ADDRESS)
            .map(|host| enter(&format!("2001:db8::{host:x}")).unwrap())
            .collect();
        assert_eq!(enter("2001:db8::ffff:1").unwrap_err(), AwayReason::Address);
        assert!(enter("2001:db8:0:1::1").is_ok());
        places.pop();
        assert!(enter("2001:db8::1").is_ok());
        drop(places);
        assert!(gate.inside.lock().unwrap().by_address.is_empty());
        // Whoever speaks for many is not held to one's share.
        let places: Vec<_> = (0..MAX_HTTP)
            .map(|number| {
                enter(if number % 2 == 0 {
                    "127.0.0.1"
                } else {
                    "10.0.0.9"
                })
                .unwrap()
            })
            .collect();
        assert_eq!(enter("127.0.0.1").unwrap_err(), AwayReason::Total);
        drop(places);
        assert_eq!(gate.inside.lock().unwrap().total, 0);
    }
}
