//! A connection that has just been made, up to where it is known who it is and what it speaks.

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use rustls::ServerConnection;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Doors,
    gate::Place,
    proxy_protocol::{self, Speaker},
    serve::{HEAD_LIMIT, serve},
};
use crate::{
    host::Scheme,
    http::caller::Connection,
    meters::{Handshake, HandshakeResult},
    tls::serving::{Acceptors, CHALLENGE_PROTOCOL, TURN_PROTOCOL},
};

/// How long the first byte may take, with what a proxy says before it. A client sends it as soon as
/// it is connected.
const FIRST_BYTE_LIMIT: Duration = Duration::from_secs(2);
/// How long a handshake may take from its first byte to its end.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
/// The last first byte of a request or indication of STUN (RFC 8489, section 5).
const LAST_STUN: u8 = 3;
/// The first byte of a TLS record that holds a handshake (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

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

/// Who has just connected.
pub(super) struct Arrival {
    doors: Doors,
    place: Place,
    /// Who is at the other end. Once a proxy has named its client, it is that client.
    peer: SocketAddr,
    /// The address to which the peer connected: one of ours, or one of the proxy's.
    own: SocketAddr,
    /// Whether a proxy has named the peer.
    is_announced: bool,
}

impl Arrival {
    pub(super) fn new(doors: Doors, place: Place, peer: SocketAddr, own: SocketAddr) -> Self {
        Self {
            doors,
            place,
            peer,
            own,
            is_announced: false,
        }
    }

    /// Serves a connection to a port without TLS.
    pub(super) async fn plain(mut self, mut stream: TcpStream, router: Router) {
        match self.first_byte(&mut stream).await.map(Language::of) {
            Ok(Some(Language::Http)) => self.http(stream, Scheme::Http, router).await,
            Ok(Some(Language::Turn)) => self.turn(stream, None),
            Ok(None) | Err(_) => {}
        }
    }

    /// Serves a connection to a port with TLS.
    pub(super) async fn encrypted(
        mut self,
        mut stream: TcpStream,
        tls: &Acceptors,
        router: Router,
        redirect: Router,
    ) {
        let first = match self.first_byte(&mut stream).await {
            Ok(first) => first,
            Err(result) => return self.shaken(result),
        };
        match Language::of(first) {
            _ if first == TLS_HANDSHAKE => {
                let acceptor = tls.of(self.own.ip(), self.peer.ip()).clone();
                let Some(mut stream) = self.shake_hands(stream, acceptor).await else {
                    return;
                };
                match self.listen(&mut stream).await {
                    Some(Language::Http) => self.http(stream, Scheme::Https, router).await,
                    Some(Language::Turn) => {
                        let (stream, tls) = stream.into_inner();
                        self.turn(stream, Some(tls));
                    }
                    None => {}
                }
            }
            Some(Language::Http) => {
                self.shaken(HandshakeResult::PlainHttp);
                self.http(stream, Scheme::Http, redirect).await;
            }
            Some(Language::Turn) => {
                self.shaken(HandshakeResult::PlainTurn);
                self.turn(stream, None);
            }
            None => self.shaken(HandshakeResult::Failed),
        }
    }

    /// Waits for the first byte, and leaves it in the socket. The head that a trusted proxy sends
    /// before it is taken out.
    async fn first_byte(&mut self, stream: &mut TcpStream) -> Result<u8, HandshakeResult> {
        let mut doors = self.doors.clone();
        let read = tokio::select! {
            read = timeout(FIRST_BYTE_LIMIT, self.introduced(stream)) => read,
            () = doors.stopped() => return Err(HandshakeResult::Failed),
        };
        match read {
            Ok(Ok(Some(first))) => Ok(first),
            Ok(Ok(None)) => Err(HandshakeResult::Failed),
            Ok(Err(error)) => {
                tracing::debug!(%error, "before the first byte");
                Err(HandshakeResult::Failed)
            }
            Err(_) => Err(HandshakeResult::TimedOut),
        }
    }

    async fn introduced(&mut self, stream: &mut TcpStream) -> io::Result<Option<u8>> {
        let first = peek(stream).await?;
        if first != Some(proxy_protocol::FIRST) || !self.doors.gate.is_trusted(self.peer.ip()) {
            return Ok(first);
        }
        match proxy_protocol::read(stream).await? {
            Speaker::Proxy => {}
            Speaker::Other {
                source,
                destination,
            } => {
                (self.peer, self.own) = (source, destination);
                self.is_announced = true;
                if let Err(reason) = self.place.belongs_to(source.ip()) {
                    self.doors.turn_away(reason);
                    return Ok(None);
                }
            }
        }
        peek(stream).await
    }

    /// None if the handshake fails, or if it was an ACME challenge, which is answered by the
    /// handshake alone.
    async fn shake_hands(
        &self,
        stream: TcpStream,
        acceptor: TlsAcceptor,
    ) -> Option<TlsStream<TcpStream>> {
        let handshake = async {
            let _permit = self.place.handshake().await;
            acceptor.accept(stream).await
        };
        let (stream, result) = match timeout(HANDSHAKE_LIMIT, handshake).await {
            Ok(Ok(stream)) => match stream.get_ref().1.alpn_protocol() {
                // RFC 8737, section 3.
                Some(CHALLENGE_PROTOCOL) => (None, HandshakeResult::Challenge),
                _ => (Some(stream), HandshakeResult::Done),
            },
            Ok(Err(error)) => {
                tracing::debug!(%error, "handshake");
                (None, HandshakeResult::Failed)
            }
            Err(_) => (None, HandshakeResult::TimedOut),
        };
        self.shaken(result);
        stream
    }

    /// Counts a handshake that ended in this way, or what came in its place.
    fn shaken(&self, result: HandshakeResult) {
        self.doors
            .meters
            .handshakes
            .get_or_create(&Handshake { result })
            .inc();
    }

    /// Waits for the first byte inside TLS, and leaves it there. A client may also have said in its
    /// handshake what it speaks (RFC 7443).
    async fn listen(&self, stream: &mut TlsStream<TcpStream>) -> Option<Language> {
        if stream.get_ref().1.alpn_protocol() == Some(TURN_PROTOCOL) {
            return Some(Language::Turn);
        }
        let mut doors = self.doors.clone();
        tokio::select! {
            read = timeout(HEAD_LIMIT, stream.fill_buf()) => {
                let first = read.ok()?.ok()?.first().copied()?;
                Language::of(first)
            }
            () = doors.stopped() => None,
        }
    }

    async fn http(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        scheme: Scheme,
        router: Router,
    ) {
        let connection = Connection {
            peer: self.peer,
            scheme,
            is_announced: self.is_announced,
        };
        serve(self.doors, stream, router, connection).await;
        drop(self.place);
    }

    fn turn(mut self, stream: TcpStream, tls: Option<ServerConnection>) {
        match self.place.speaks_turn() {
            Ok(()) => {
                let place = Box::new(self.place);
                self.doors.relay.take(stream, tls, self.peer, place);
            }
            Err(reason) => self.doors.turn_away(reason),
        }
    }
}

/// The next byte, which stays in the socket. None if the peer has ended the connection.
async fn peek(stream: &TcpStream) -> io::Result<Option<u8>> {
    let mut first = [0];
    let read = stream.peek(&mut first).await?;
    Ok((read == 1).then_some(first[0]))
}
