//! A client of the relay by UDP, TCP or TLS, and peers.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use room::RelayKey;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    time::{Instant, timeout},
};
use turn::client::{self, FromServer, Session};

use crate::support::Running;

/// Nothing here takes this long, unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// A request over UDP is repeated after this.
const REPEAT: Duration = Duration::from_millis(100);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

enum Wire {
    Udp(UdpSocket),
    Stream(Box<dyn Stream>, Vec<u8>),
}

/// What a client got.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    /// Success, or the code of an error; with the relayed and the mapped address.
    Response(Option<u16>, Option<SocketAddr>, Option<SocketAddr>),
    Data(SocketAddr, Vec<u8>),
    Channel(u16, Vec<u8>),
}

/// A client with credentials.
pub struct Turn {
    wire: Wire,
    session: Session,
    transactions: u64,
}

/// User name and password of somebody whom the relay works for, good for the next five minutes.
pub fn credentials(server: &Running, user: &str) -> (String, String) {
    server.site.relay.grant(user, Ipv4Addr::LOCALHOST.into());
    let unix = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970");
    let username = format!("{}:{user}", unix.as_secs() + 300);
    let password = RelayKey::new(&server.site.relay.key()).password(&username);
    (username, password)
}

impl Turn {
    fn new(wire: Wire, (username, password): &(String, String)) -> Self {
        Self {
            wire,
            session: Session::new(username, password),
            transactions: 0,
        }
    }

    pub async fn udp(to: SocketAddr, credentials: &(String, String)) -> Self {
        let local = SocketAddr::new(to.ip(), 0);
        let socket = UdpSocket::bind(local).await.expect("a socket");
        socket.connect(to).await.expect("a way");
        Self::new(Wire::Udp(socket), credentials)
    }

    pub async fn tcp(to: SocketAddr, credentials: &(String, String)) -> Self {
        let stream = TcpStream::connect(to).await.expect("a connection");
        Self::over(stream, credentials)
    }

    pub async fn tls(server: &Running, credentials: &(String, String)) -> Self {
        let stream = server.tls("127.0.0.1").await.expect("a handshake");
        Self::over(stream, credentials)
    }

    /// A client on a stream that is open already.
    pub fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        credentials: &(String, String),
    ) -> Self {
        Self::new(Wire::Stream(Box::new(stream), Vec::new()), credentials)
    }

    /// Reads a few bytes, whatever they are. False when there are no more.
    #[allow(dead_code, reason = "only the test of slow readers uses it")]
    pub async fn skip(&mut self) -> bool {
        let Wire::Stream(stream, _) = &mut self.wire else {
            return false;
        };
        let mut buffer = [0; 2_048];
        stream.read(&mut buffer).await.is_ok_and(|read| read > 0)
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => {
                socket.send(bytes).await.expect("sent");
            }
            Wire::Stream(stream, _) => {
                stream.write_all(bytes).await.expect("written");
                stream.flush().await.expect("written");
            }
        }
    }

    /// Sends to the peer of a channel.
    pub async fn say(&mut self, channel: u16, data: &[u8]) {
        let is_stream = matches!(self.wire, Wire::Stream(..));
        let message = client::channel_data(channel, data, is_stream).expect("short enough");
        self.send(&message).await;
    }

    /// The next thing that comes; none if the connection is closed.
    pub async fn next(&mut self) -> Option<Got> {
        timeout(PATIENCE, self.receive())
            .await
            .expect("the relay says something")
    }

    async fn receive(&mut self) -> Option<Got> {
        loop {
            match &mut self.wire {
                Wire::Udp(socket) => {
                    let mut buffer = [0; 2_048];
                    let length = socket.recv(&mut buffer).await.ok()?;
                    if let Some(got) = self.read(&buffer[..length]) {
                        return Some(got);
                    }
                }
                Wire::Stream(stream, read) => {
                    if let Some(frame) = turn::frame(read).expect("TURN") {
                        let message = read[..frame.message].to_vec();
                        read.drain(..frame.whole);
                        if let Some(got) = self.read(&message) {
                            return Some(got);
                        }
                        continue;
                    }
                    let mut buffer = [0; 4_096];
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => return None,
                        Ok(length) => read.extend_from_slice(&buffer[..length]),
                    }
                }
            }
        }
    }

    fn read(&mut self, message: &[u8]) -> Option<Got> {
        Some(match FromServer::parse(message)? {
            FromServer::Data { peer, data } => Got::Data(peer, data.to_vec()),
            FromServer::Channel { number, data } => Got::Channel(number, data.to_vec()),
            // The answer to a request that was repeated comes twice.
            FromServer::Response(message) if message.transaction != self.transaction() => {
                return None;
            }
            FromServer::Response(message) => {
                self.session.learn(&message);
                Got::Response(message.error, message.relayed, message.mapped)
            }
        })
    }

    /// Of the request that waits for its answer.
    fn transaction(&self) -> [u8; 12] {
        let mut transaction = [7; 12];
        transaction[..8].copy_from_slice(&self.transactions.to_be_bytes());
        transaction
    }

    /// Asks until there is an answer that is not a challenge.
    async fn ask(&mut self, request: impl Fn(&Session, [u8; 12]) -> Vec<u8>) -> Got {
        let until = Instant::now() + PATIENCE;
        let mut challenged = false;
        self.transactions += 1;
        while Instant::now() < until {
            let request = request(&self.session, self.transaction());
            self.send(&request).await;
            match timeout(REPEAT, self.receive()).await {
                Ok(Some(Got::Response(Some(401 | 438), ..))) if !challenged => {
                    challenged = true;
                    self.transactions += 1;
                }
                Ok(Some(got)) => {
                    self.transactions += 1;
                    return got;
                }
                Ok(None) => panic!("closed"),
                Err(_) => {}
            }
        }
        panic!("no answer");
    }

    pub async fn binding(&mut self) -> Got {
        self.ask(|_, transaction| client::binding(transaction))
            .await
    }

    pub async fn allocate(&mut self) -> Got {
        self.ask(|session, transaction| session.allocate(transaction, None))
            .await
    }

    /// Allocates; the relayed address.
    pub async fn relayed(&mut self) -> SocketAddr {
        match self.allocate().await {
            Got::Response(None, Some(relayed), _) => relayed,
            other => panic!("no allocation: {other:?}"),
        }
    }

    pub async fn refresh(&mut self) -> Got {
        self.ask(|session, transaction| session.refresh(transaction, 600))
            .await
    }

    pub async fn bind(&mut self, channel: u16, peer: SocketAddr) -> Got {
        self.ask(|session, transaction| session.channel_bind(transaction, channel, peer))
            .await
    }

    pub async fn permit(&mut self, peer: SocketAddr) -> Got {
        self.ask(|session, transaction| session.create_permission(transaction, &[peer]))
            .await
    }
}

pub const SUCCESS: Got = Got::Response(None, None, None);

/// Somebody at another address of the loopback network, who says everything twice back.
pub async fn echo() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.2:0").await.expect("a socket");
    let address = socket.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut buffer = [0; 2_048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            for _ in 0..2 {
                // A relay that is gone hears nothing more.
                let _gone = socket.send_to(&buffer[..length], from).await;
            }
        }
    });
    address
}
