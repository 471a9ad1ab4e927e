//! A client of a relay that sends and counts as fast as it can: by UDP, TCP or TLS.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use quinn_udp::{Transmit, UdpSocketState};
use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};
use turn::client::{FromServer, Session, channel_data};

/// The channel of every client.
const CHANNEL: u16 = 0x4000;
/// A request is repeated after this.
const REPEAT: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(10);
/// What may wait in a client; beyond it the load is more than the server takes.
const MAX_WAITING: usize = 1 << 20;

/// How clients reach a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Udp,
    Tcp,
    Tls,
}

/// A relay to be measured, as its clients see it.
#[derive(Debug, Clone)]
pub struct Target {
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    pub tls: SocketAddr,
    pub trust: Arc<ClientConfig>,
    pub username: String,
    pub password: String,
}

enum Wire {
    Udp(UdpSocket, UdpSocketState),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// One client with an allocation.
pub struct Client {
    wire: Wire,
    session: Session,
    transactions: u64,
    /// Of a stream: read and not yet whole, and not yet written.
    read: Vec<u8>,
    unwritten: Vec<u8>,
    pub relayed: SocketAddr,
}

impl Client {
    /// Connects and allocates; `known` is a session that has had its challenge.
    pub fn allocate(target: &Target, way: Way, known: Option<&Session>) -> Result<Self> {
        let wire = match way {
            Way::Udp => {
                let socket = UdpSocket::bind((target.udp.ip(), 0))?;
                let state = UdpSocketState::new((&socket).into())?;
                socket.set_nonblocking(false)?;
                socket.connect(target.udp)?;
                socket.set_read_timeout(Some(REPEAT))?;
                Wire::Udp(socket, state)
            }
            Way::Tcp => Wire::Tcp(connect(target.tcp)?),
            Way::Tls => {
                let name = ServerName::from(target.tls.ip());
                let tls = ClientConnection::new(Arc::clone(&target.trust), name)?;
                Wire::Tls(Box::new(StreamOwned::new(tls, connect(target.tls)?)))
            }
        };
        let session = known
            .cloned()
            .unwrap_or_else(|| Session::new(&target.username, &target.password));
        let mut client = Self {
            wire,
            session,
            transactions: 0,
            read: Vec::new(),
            unwritten: Vec::new(),
            relayed: target.udp,
        };
        let relayed = client.ask(|session, transaction| session.allocate(transaction, None))?;
        client.relayed = relayed.context("no relayed address")?;
        Ok(client)
    }

    /// What this client knows of the server's challenge.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Opens the way to the peer, and turns to sending without waiting.
    pub fn bind(&mut self, peer: SocketAddr) -> Result<()> {
        self.ask(|session, transaction| session.channel_bind(transaction, CHANNEL, peer))?;
        match &self.wire {
            Wire::Udp(socket, _) => socket.set_nonblocking(true)?,
            Wire::Tcp(stream) => stream.set_nonblocking(true)?,
            Wire::Tls(tls) => tls.sock.set_nonblocking(true)?,
        }
        Ok(())
    }

    /// A packet to the peer, as it goes on the wire.
    pub fn packet(&self, size: usize) -> Vec<u8> {
        let is_stream = !matches!(self.wire, Wire::Udp(..));
        channel_data(CHANNEL, &vec![7; size], is_stream).unwrap_or_default()
    }

    /// Sends so many packets; `at_once` with one system call.
    pub fn send(&mut self, packet: &[u8], count: usize, at_once: bool) -> Result<()> {
        let Wire::Udp(socket, state) = &mut self.wire else {
            if self.unwritten.len() <= MAX_WAITING {
                for _ in 0..count {
                    self.unwritten.extend_from_slice(packet);
                }
            }
            return self.write();
        };
        if at_once {
            let contents = packet.repeat(count);
            let transmit = Transmit {
                destination: socket.peer_addr()?,
                ecn: None,
                contents: &contents,
                segment_size: Some(packet.len()),
                src_ip: None,
            };
            return may_wait(state.try_send((&*socket).into(), &transmit));
        }
        for _ in 0..count {
            may_wait(socket.send(packet).map(|_| ()))?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        match &mut self.wire {
            Wire::Udp(..) => {}
            Wire::Tcp(stream) => {
                while !self.unwritten.is_empty() {
                    match stream.write(&self.unwritten) {
                        Ok(written) => drop(self.unwritten.drain(..written)),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            Wire::Tls(tls) => {
                if !tls.conn.wants_write() {
                    tls.conn.writer().write_all(&self.unwritten)?;
                    self.unwritten.clear();
                }
                while tls.conn.wants_write() {
                    match tls.conn.write_tls(&mut tls.sock) {
                        Ok(_) => {}
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(())
    }

    /// How many packets of the peer have come, each of `size` bytes on the wire. By UDP the kernel
    /// may hand over several at once.
    pub fn received(&mut self, buffer: &mut [u8], size: usize) -> Result<u64> {
        let mut count = 0;
        loop {
            let got = match &mut self.wire {
                Wire::Udp(socket, _) => socket.recv(buffer),
                Wire::Tcp(stream) => stream.read(buffer),
                Wire::Tls(tls) => tls.read(buffer),
            };
            let got = match got {
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            };
            let bytes = buffer.get(..got).unwrap_or_default();
            if matches!(self.wire, Wire::Udp(..)) {
                if bytes.first() == Some(&0x40) {
                    count += got.div_ceil(size) as u64;
                }
                continue;
            }
            ensure!(got > 0, "the relay closed a stream");
            self.read.extend_from_slice(bytes);
            let mut at = 0;
            while let Some(frame) = turn::frame(self.read.get(at..).unwrap_or_default())? {
                count += u64::from(self.read.get(at) == Some(&0x40));
                at += frame.whole;
            }
            self.read.drain(..at);
        }
        if !self.unwritten.is_empty() {
            self.write()?;
        }
        Ok(count)
    }

    /// Asks until there is an answer; the relayed address in it.
    fn ask(
        &mut self,
        request: impl Fn(&Session, [u8; 12]) -> Vec<u8>,
    ) -> Result<Option<SocketAddr>> {
        let until = Instant::now() + PATIENCE;
        self.transactions += 1;
        while Instant::now() < until {
            let mut transaction = [9; 12];
            if let Some(start) = transaction.first_chunk_mut() {
                *start = self.transactions.to_be_bytes();
            }
            let request = request(&self.session, transaction);
            match &mut self.wire {
                Wire::Udp(socket, _) => drop(socket.send(&request)?),
                Wire::Tcp(stream) => stream.write_all(&request)?,
                Wire::Tls(tls) => tls.write_all(&request)?,
            }
            let Some(message) = self.answer()? else {
                continue;
            };
            let Some(FromServer::Response(response)) = FromServer::parse(&message) else {
                continue;
            };
            if response.transaction != transaction {
                continue;
            }
            match response.error {
                None => return Ok(response.relayed),
                Some(_) if self.session.learn(&response) => self.transactions += 1,
                Some(code) => bail!("the relay refused: {code}"),
            }
        }
        bail!("the relay did not answer in {PATIENCE:?}")
    }

    /// One message, if one comes in time.
    fn answer(&mut self) -> Result<Option<Vec<u8>>> {
        let mut buffer = [0; 4_096];
        loop {
            if !self.read.is_empty()
                && let Some(frame) = turn::frame(&self.read)?
            {
                let message = self.read.get(..frame.message).unwrap_or_default().to_vec();
                self.read.drain(..frame.whole);
                return Ok(Some(message));
            }
            let got = match &mut self.wire {
                Wire::Udp(socket, _) => match socket.recv(&mut buffer) {
                    Ok(got) => return Ok(buffer.get(..got).map(<[u8]>::to_vec)),
                    other => other,
                },
                Wire::Tcp(stream) => stream.read(&mut buffer),
                Wire::Tls(tls) => tls.read(&mut buffer),
            };
            match got {
                Ok(0) => bail!("the relay closed a stream"),
                Ok(got) => self
                    .read
                    .extend_from_slice(buffer.get(..got).unwrap_or_default()),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The next client to get this port would not be let in while the allocation lives.
impl Drop for Client {
    fn drop(&mut self) {
        if let Wire::Udp(socket, _) = &self.wire {
            let mut transaction = [9; 12];
            if let Some(start) = transaction.first_chunk_mut() {
                *start = (self.transactions + 1).to_be_bytes();
            }
            let _lost = socket.send(&self.session.refresh(transaction, 0));
        }
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // An answer in a stream is not lost; a request is not repeated.
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn may_wait(sent: io::Result<()>) -> Result<()> {
    match sent {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error.into()),
        _ => Ok(()),
    }
}
