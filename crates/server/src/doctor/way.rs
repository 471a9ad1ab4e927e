//! Ways for bytes to a server: TCP, TLS, datagrams.

use std::{io, net::SocketAddr, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};
use tokio_rustls::TlsConnector;

use super::{error::Error, onlooker::Onlooker};

/// A stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

/// The addresses of a host.
pub(super) async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    if found.is_empty() {
        return Err("it has no address".into());
    }
    Ok(found)
}

/// A connection to the first of these addresses that takes one.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut problem = Error::from("it has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => problem = error.into(),
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
) -> Result<Box<dyn Stream>, Error> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(onlooker.config(alpn)?);
    let stream = connector.connect(name, stream).await?;
    Ok(Box::new(stream))
}

/// A way for STUN and TURN messages.
pub(super) enum Way {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>, Vec<u8>),
}

impl Way {
    /// By datagrams, to the first address.
    pub(super) async fn datagrams(addresses: &[SocketAddr]) -> Result<Self, Error> {
        let to = addresses.first().ok_or("it has no address")?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(to).await?;
        Ok(Self::Datagrams(socket))
    }

    pub(super) fn stream(stream: Box<dyn Stream>) -> Self {
        Self::Stream(stream, Vec::new())
    }

    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        match self {
            Self::Datagrams(socket) => {
                socket.send(message).await?;
            }
            Self::Stream(stream, _) => {
                stream.write_all(message).await?;
                stream.flush().await?;
            }
        }
        Ok(())
    }

    /// The next message. What was read of one is kept when this is not waited for to its end.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Datagrams(socket) => {
                let mut message = vec![0; turn::MAX_FRAME];
                let length = socket.recv(&mut message).await?;
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
                if stream.read_buf(buffered).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
            },
        }
    }
}
