//! Clients that come by TCP, plain or with TLS.

use std::{
    any::Any,
    io::{self, Read as _},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token};
use rustls::ServerConnection;
use turn::{Client, Header, MAX_FRAME, Transport};

use super::{
    Taken,
    unsent::{Full, Unsent},
};

/// How many there may be; one address has its share by the listener's own limit.
const MAX_STREAMS: usize = 16_384;
/// How long a client may take to make its first allocation.
const FIRST_ALLOCATION: Duration = Duration::from_secs(20);
/// One that says nothing for longer has let even its allocation expire (RFC 8656, section 3.2).
const SILENCE: Duration = Duration::from_secs(11 * 60);
/// How much memory is kept when no message has begun.
const KEPT: usize = 4 * 1024;
/// What is read at once.
const READ: usize = 64 * 1024;
/// And by TLS: with what is left of an earlier record it is no more than [`READ`] when decrypted.
const READ_TLS: usize = 40 * 1024;

/// One client.
pub(super) struct Stream {
    pub(super) client: Client,
    socket: mio::net::TcpStream,
    tls: Option<ServerConnection>,
    /// The beginning of a message.
    carry: Vec<u8>,
    waiting: Unsent,
    /// The other end will send no more: the stream is to be read to its end.
    is_ending: bool,
    /// The socket takes no more for now.
    is_blocked: bool,
    /// Something waits and the socket may take it.
    is_dirty: bool,
    has_allocated: bool,
    heard: Instant,
    _place: Box<dyn Any + Send>,
}

/// The stream is over.
#[derive(Debug)]
pub(super) struct Over;

/// Where streams are read to.
#[derive(Default)]
pub(super) struct Buffers {
    plain: Vec<u8>,
    encrypted: Vec<u8>,
}

/// What a read gave.
pub(super) struct Read<'a> {
    /// Messages, and perhaps the beginning of another.
    pub(super) bytes: &'a [u8],
    /// There may be more. If not, the system tells of what comes.
    pub(super) more: bool,
}

impl Stream {
    fn local(&self) -> Option<std::net::IpAddr> {
        self.socket.local_addr().ok().map(|address| address.ip())
    }

    /// Reads once: what was left over and what came. None: nothing came.
    pub(super) fn read<'a>(
        &mut self,
        now: Instant,
        buffers: &'a mut Buffers,
    ) -> Result<Option<Read<'a>>, Over> {
        let Buffers { plain, encrypted } = buffers;
        plain.resize(MAX_FRAME + READ, 0);
        let kept = self.carry.len();
        let (start, rest) = plain.split_at_mut_checked(kept).ok_or(Over)?;
        let read = match &mut self.tls {
            // What does not fill the buffer is all that there is (epoll(7)).
            None => self
                .socket
                .read(rest)
                .map(|read| (read, read == rest.len()))
                .and_then(|(read, full)| match read {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    read => Ok((read, full)),
                }),
            Some(tls) => {
                encrypted.resize(READ_TLS, 0);
                read_tls(tls, &mut self.socket, encrypted, rest)
            }
        };
        match read {
            Ok((read, full)) => {
                start.copy_from_slice(&self.carry);
                self.carry.clear();
                self.heard = now;
                Ok(Some(Read {
                    bytes: plain.get(..kept + read).unwrap_or_default(),
                    more: full || self.is_ending,
                }))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(_) => Err(Over),
        }
    }

    /// Keeps the beginning of a message.
    pub(super) fn carry(&mut self, rest: &[u8]) {
        self.carry.extend_from_slice(rest);
        self.carry.shrink_to(KEPT);
    }

    /// Writes as much as the socket takes.
    fn flush(&mut self) -> Result<(), Over> {
        self.is_dirty = false;
        if self.is_blocked {
            return Ok(());
        }
        match self.waiting.write(self.tls.as_mut(), &mut self.socket) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_blocked = true;
                Ok(())
            }
            Err(_) => Err(Over),
        }
    }

    fn has_waiting(&self) -> bool {
        self.waiting.len() > 0 || self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    fn is_late(&self, now: Instant) -> bool {
        let limit = if self.has_allocated {
            SILENCE
        } else {
            FIRST_ALLOCATION
        };
        now.saturating_duration_since(self.heard) > limit
    }
}

/// Reads the socket once, however many records that are, and decrypts them all. Gives how many bytes
/// there are, and whether there may be more.
fn read_tls(
    tls: &mut ServerConnection,
    socket: &mut mio::net::TcpStream,
    encrypted: &mut [u8],
    plain: &mut [u8],
) -> io::Result<(usize, bool)> {
    // Of what came with the handshake.
    let decrypted = take_decrypted(tls, plain)?;
    if decrypted > 0 {
        return Ok((decrypted, true));
    }
    let read = socket.read(encrypted)?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let full = read == encrypted.len();
    let mut records = encrypted.get(..read).unwrap_or_default();
    let mut taken = 0;
    // After the other end's last word nothing is taken in.
    while !records.is_empty() && tls.read_tls(&mut records)? > 0 {
        tls.process_new_packets().map_err(io::Error::other)?;
        match take_decrypted(tls, plain.get_mut(taken..).unwrap_or_default()) {
            Ok(more) => taken += more,
            Err(_) if taken > 0 => return Ok((taken, true)),
            Err(error) => return Err(error),
        }
    }
    Ok((taken, full))
}

/// Takes out what is decrypted. That the other end has said its last is told after that.
fn take_decrypted(tls: &mut ServerConnection, plain: &mut [u8]) -> io::Result<usize> {
    let mut taken = 0;
    loop {
        match tls
            .reader()
            .read(plain.get_mut(taken..).unwrap_or_default())
        {
            Ok(0) if taken == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => return Ok(taken),
            Ok(read) => taken += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(taken),
            Err(error) => return Err(error),
        }
    }
}

/// All clients that come by TCP.
pub(super) struct Streams {
    places: Vec<Option<Stream>>,
    free: Vec<usize>,
    /// Those that have something to write.
    dirty: Vec<usize>,
    last: u64,
    /// Data for clients that did not read.
    pub(super) dropped: u64,
}

/// The place of a stream by its number; the rest of it tells it from earlier ones there.
fn place(link: u64) -> usize {
    (link % MAX_STREAMS as u64) as usize
}

impl Streams {
    pub(super) fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            dirty: Vec::new(),
            last: 0,
            dropped: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Takes one over; its place.
    pub(super) fn add(
        &mut self,
        taken: Taken,
        now: Instant,
        registry: &Registry,
        token: impl FnOnce(usize) -> Token,
    ) -> io::Result<usize> {
        let at = match self.free.pop() {
            Some(at) => at,
            None if self.places.len() < MAX_STREAMS => {
                self.places.push(None);
                self.places.len() - 1
            }
            None => return Err(io::ErrorKind::QuotaExceeded.into()),
        };
        let tls = taken.tls;
        self.last += 1;
        let mut socket = mio::net::TcpStream::from_std(taken.socket);
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = registry.register(&mut socket, token(at), interest) {
            self.free.push(at);
            return Err(error);
        }
        let stream = Stream {
            client: Client {
                transport: if tls.is_some() {
                    Transport::Tls
                } else {
                    Transport::Tcp
                },
                link: self.last * MAX_STREAMS as u64 + at as u64,
                address: taken.peer,
            },
            socket,
            tls,
            carry: Vec::new(),
            waiting: Unsent::default(),
            is_ending: false,
            is_blocked: false,
            is_dirty: false,
            has_allocated: false,
            heard: now,
            _place: taken.place,
        };
        if let Some(place) = self.places.get_mut(at) {
            *place = Some(stream);
        }
        Ok(at)
    }

    /// Takes a stream out to read it; to be put back.
    pub(super) fn take(&mut self, at: usize) -> Option<Stream> {
        self.places.get_mut(at)?.take()
    }

    pub(super) fn put_back(&mut self, at: usize, stream: Stream) {
        if let Some(place) = self.places.get_mut(at) {
            *place = Some(stream);
        }
    }

    /// The place is free; the stream is dropped by who took it.
    pub(super) fn release(&mut self, at: usize) {
        self.free.push(at);
    }

    fn of(&mut self, client: &Client) -> Option<&mut Stream> {
        let stream = self.places.get_mut(place(client.link))?.as_mut()?;
        (stream.client == *client).then_some(stream)
    }

    /// The address of ours that a client came to.
    pub(super) fn local(&mut self, client: &Client) -> Option<std::net::IpAddr> {
        self.of(client)?.local()
    }

    /// The client has made an allocation, or is about to.
    pub(super) fn allocated(&mut self, client: &Client) {
        if let Some(stream) = self.of(client) {
            stream.has_allocated = true;
        }
    }

    /// Data for a client; dropped if too much waits.
    pub(super) fn data(&mut self, client: &Client, header: &Header, data: &[u8]) {
        let Some(stream) = self.of(client) else {
            return;
        };
        match stream.waiting.data(header, data) {
            Ok(()) => self.touch(client),
            Err(Full) => self.dropped += 1,
        }
    }

    /// A reply to a client. One that asks and does not read gets no more.
    pub(super) fn reply(&mut self, client: &Client, message: &[u8]) {
        let Some(stream) = self.of(client) else {
            return;
        };
        if stream.waiting.reply(message).is_ok() {
            self.touch(client);
        }
    }

    fn touch(&mut self, client: &Client) {
        let at = place(client.link);
        if let Some(stream) = self.of(client)
            && !stream.is_dirty
            && !stream.is_blocked
        {
            stream.is_dirty = true;
            self.dirty.push(at);
        }
    }

    /// The other end sends no more.
    pub(super) fn ending(&mut self, at: usize) {
        if let Some(Some(stream)) = self.places.get_mut(at) {
            stream.is_ending = true;
        }
    }

    /// The socket takes more.
    pub(super) fn writable(&mut self, at: usize) {
        if let Some(Some(stream)) = self.places.get_mut(at) {
            stream.is_blocked = false;
            if stream.has_waiting() && !stream.is_dirty {
                stream.is_dirty = true;
                self.dirty.push(at);
            }
        }
    }

    /// Writes what waits; gives those that are over.
    pub(super) fn flush(&mut self, over: &mut Vec<usize>) {
        for at in std::mem::take(&mut self.dirty) {
            if let Some(Some(stream)) = self.places.get_mut(at)
                && stream.flush().is_err()
            {
                over.push(at);
            }
        }
    }

    /// Those that have been silent for too long.
    pub(super) fn late(&self, now: Instant, over: &mut Vec<usize>) {
        let places = self.places.iter().enumerate();
        over.extend(places.filter_map(|(at, stream)| {
            stream
                .as_ref()
                .is_some_and(|stream| stream.is_late(now))
                .then_some(at)
        }));
    }
}
