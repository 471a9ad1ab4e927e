//! Ways for bytes to a server: TCP, TLS, datagrams.

use std::{io, net::SocketAddr, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};
use tokio_rustls::TlsConnector;

use super::onlooker::Onlooker;

/// A stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

/// The addresses of a host.
pub(super) async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found: Vec<SocketAddr> = found.map_err(said)?.collect();
    if found.is_empty() {
        return Err("it has no address".to_owned());
    }
    Ok(found)
}

/// A connection to the first of these addresses that takes one.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut problem = "it has no address".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(said)?;
                return Ok(stream);
            }
            Err(error) => problem = said(error),
        }
    }
    Err(problem)
}

/// The same connection encrypted.
pub(super) async fn encrypted(
    stream: TcpStream,
    host: &str,
    onlooker: &Arc<Onlooker>,
    alpn: &[u8],
) -> Result<Box<dyn Stream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(onlooker.config(alpn)?);
    let stream = connector.connect(name, stream).await.map_err(said)?;
    Ok(Box::new(stream))
}

/// A way for STUN and TURN messages.
pub(super) enum Way {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>, Vec<u8>),
}

impl Way {
    /// By datagrams, to the first address.
    pub(super) async fn datagrams(addresses: &[SocketAddr]) -> Result<Self, String> {
        let to = addresses.first().ok_or("it has no address")?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).await.map_err(said)?;
        socket.connect(to).await.map_err(said)?;
        Ok(Self::Datagrams(socket))
    }

    pub(super) fn stream(stream: Box<dyn Stream>) -> Self {
        Self::Stream(stream, Vec::new())
    }

    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), String> {
        match self {
            Self::Datagrams(socket) => socket.send(message).await.map(drop).map_err(said),
            Self::Stream(stream, _) => {
                stream.write_all(message).await.map_err(said)?;
                stream.flush().await.map_err(said)
            }
        }
    }

    /// The next message. What was read of one is kept when this is not waited for to its end.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, String> {
        match self {
            Self::Datagrams(socket) => {
                let mut message = vec![0; turn::MAX_FRAME];
                let length = socket.recv(&mut message).await.map_err(said)?;
                message.truncate(length);
                Ok(message)
            }
            Self::Stream(stream, buffered) => loop {
                let frame = turn::frame(buffered).map_err(|error| error.to_string())?;
                if let Some(frame) = frame {
                    let mut message: Vec<u8> = buffered.drain(..frame.whole).collect();
                    message.truncate(frame.message);
                    return Ok(message);
                }
                if stream.read_buf(buffered).await.map_err(said)? == 0 {
                    return Err("the server closed the connection".to_owned());
                }
            },
        }
    }
}

/// What an error says, in the words of people where there are some.
fn said(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
        io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => crate::fault::one_line(&error.to_string()),
    }
}
