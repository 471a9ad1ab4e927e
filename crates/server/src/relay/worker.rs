//! The relay's thread: waits for sockets, asks the core, and does what it says.

use std::{
    cell::Cell,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, TryRecvError},
    },
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token, Waker};
use turn::{Action, Client, Input, Output, Transport};

use super::{
    Command, Numbers, Options,
    address::Addresses,
    anchor,
    arena::{Arena, SLOTS, datagrams},
    batch::Batch,
    demux::Untaken,
    pace::Pace,
    ports::Ports,
    stream::{Buffers, Over, Stream, Streams},
    udp::{Ends, Out, Relayed, Socket, To},
};

/// Sockets that are told of at once.
const EVENTS: usize = 1024;
/// What is read first: most sockets have one or a few datagrams.
const FIRST_READ: usize = 16;
/// How often a socket is read before the others have their turn.
const READS: usize = 8;
/// How often the numbers are told while they change, and old streams looked for.
const PERIOD: Duration = Duration::from_secs(1);
/// How often the wall clock is looked at: it may be set.
const CLOCK: Duration = Duration::from_secs(30);

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Waker,
    End(usize),
    Relayed(usize),
    Stream(usize),
}

impl Source {
    fn token(self) -> Token {
        Token(match self {
            Self::Waker => 0,
            Self::End(at) => at << 2 | 1,
            Self::Relayed(at) => at << 2 | 2,
            Self::Stream(at) => at << 2 | 3,
        })
    }

    fn of(token: Token) -> Self {
        let at = token.0 >> 2;
        match token.0 & 3 {
            0 => Self::Waker,
            1 => Self::End(at),
            2 => Self::Relayed(at),
            _ => Self::Stream(at),
        }
    }
}

pub(super) struct Worker {
    poll: Poll,
    commands: Receiver<Command>,
    numbers: Arc<Mutex<Numbers>>,
    core: turn::Server,
    sockets: Sockets,
    untaken: Untaken,
    arena: Arena,
    batch: Batch,
    /// What a stream is read to.
    buffers: Buffers,
    /// Sockets that may have more to read.
    again: Vec<Source>,
    over: Vec<usize>,
    pace: Pace,
    ports: Ports,
    addresses: Addresses,
    /// When the numbers are told next, if they have changed.
    tell_at: Option<Instant>,
    tick_at: Instant,
    clock_at: Instant,
    is_stopped: bool,
}

struct Sockets {
    ends: Ends,
    relayed: Relayed,
    streams: Streams,
    dropped: Cell<u64>,
}

impl Sockets {
    fn out(&self) -> Out<'_> {
        Out {
            ends: &self.ends,
            relayed: &self.relayed,
            dropped: &self.dropped,
        }
    }

    fn reply(&mut self, client: &Client, message: &[u8]) {
        match client.transport {
            Transport::Udp => {
                let to = To::from(*client);
                self.out().send(to, message, message.len());
            }
            Transport::Tcp | Transport::Tls => self.streams.reply(client, message),
        }
    }
}

impl Worker {
    pub(super) fn new(
        options: Options,
        keys: turn::Keys,
        commands: Receiver<Command>,
        numbers: Arc<Mutex<Numbers>>,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Source::Waker.token())?;
        let mut ends = Ends::default();
        for (at, socket) in options.udp.into_iter().enumerate() {
            let token = Source::End(at).token();
            ends.push(Socket::new(socket, poll.registry(), token)?);
        }
        let addresses = Addresses {
            public: options.public,
            here: options.here,
        };
        let limits = turn::Config {
            here: addresses.all(),
            ..options.limits
        };
        let now = Instant::now();
        let mut seed = [0; 8];
        seed.copy_from_slice(keys.seed.first_chunk::<8>().unwrap_or(&[0; 8]));
        let worker = Self {
            poll,
            commands,
            numbers,
            core: turn::Server::new(limits, keys, anchor()),
            sockets: Sockets {
                ends,
                relayed: Relayed::default(),
                streams: Streams::new(),
                dropped: Cell::new(0),
            },
            untaken: Untaken::default(),
            arena: Arena::new(),
            batch: Batch::new(),
            buffers: Buffers::default(),
            again: Vec::new(),
            over: Vec::new(),
            pace: Pace::new(now),
            ports: Ports::new(&options.ports, seed),
            addresses,
            tell_at: None,
            tick_at: now + PERIOD,
            clock_at: now + CLOCK,
            is_stopped: false,
        };
        Ok((worker, waker))
    }

    /// Works until there is nobody left who could want it.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        while !self.is_stopped {
            if let Err(error) = self.poll.poll(&mut events, self.patience())
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the relay can't wait for its sockets");
                return;
            }
            let now = Instant::now();
            for source in std::mem::take(&mut self.again) {
                self.ready(source, now);
            }
            for event in &events {
                let source = Source::of(event.token());
                if let Source::Stream(at) = source {
                    if event.is_writable() {
                        self.sockets.streams.writable(at);
                    }
                    if event.is_read_closed() {
                        self.sockets.streams.ending(at);
                    }
                }
                self.ready(source, now);
            }
            self.sockets.streams.flush(&mut self.over);
            self.end_streams(now);
            self.keep_time(now);
            self.pace.wait(now);
        }
    }

    /// How long to wait at most.
    fn patience(&self) -> Option<Duration> {
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let tick_at = (self.sockets.streams.len() > 0).then_some(self.tick_at);
        let next = [self.core.poll_timeout(), self.tell_at, tick_at]
            .into_iter()
            .flatten()
            .min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn ready(&mut self, source: Source, now: Instant) {
        match source {
            Source::Waker => self.commands(now),
            Source::End(_) | Source::Relayed(_) => self.read_datagrams(source, now),
            Source::Stream(at) => self.read_stream(at, now),
        }
    }

    /// Carries out the commands. They are looked for after each read of a socket as well: a client
    /// can use what it was granted at once, and the command came before that.
    fn commands(&mut self, now: Instant) {
        loop {
            let command = self.commands.try_recv();
            if command.is_ok() {
                self.tell_at.get_or_insert(now + PERIOD);
            }
            match command {
                Ok(Command::Tell(input)) => {
                    self.core.handle(now, input);
                    self.drain(now);
                }
                Ok(Command::Here(here)) => {
                    self.addresses.here = here;
                    self.core.handle(now, Input::Here(self.addresses.all()));
                }
                Ok(Command::Take(taken)) => {
                    let registry = self.poll.registry();
                    let token = |at| Source::Stream(at).token();
                    match self.sockets.streams.add(*taken, now, registry, token) {
                        // What was read of it with its handshake makes no socket ready.
                        Ok(at) => self.again.push(Source::Stream(at)),
                        Err(error) => tracing::debug!(%error, "a stream for the relay"),
                    }
                }
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => {
                    self.is_stopped = true;
                    return;
                }
                Err(TryRecvError::Empty) => return,
            }
        }
    }

    /// Reads a socket and passes on what it has, a batch at a time.
    fn read_datagrams(&mut self, source: Source, now: Instant) {
        let mut wanted = FIRST_READ;
        for _ in 0..READS {
            let arena = &mut self.arena;
            let read = match source {
                Source::End(end) => match self.sockets.ends.get(end) {
                    Some(socket) => socket.receive(arena, wanted),
                    None => return,
                },
                Source::Relayed(slot) => match self.sockets.relayed.get(slot) {
                    Some((_, socket)) => socket.receive(arena, wanted),
                    None => return,
                },
                Source::Waker | Source::Stream(_) => return,
            };
            let read = match read {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Of a datagram that was sent before (ICMP), or a signal: the next may be fine.
                Err(_) => continue,
            };
            self.commands(now);
            for slot in 0..read {
                self.pass_on(source, slot, now);
            }
            self.batch.flush(&self.arena, &self.sockets.out());
            // The system tells of what comes after a read that found no more.
            if read < wanted.min(quinn_udp::BATCH_SIZE) {
                return;
            }
            wanted = SLOTS;
        }
        self.again.push(source);
    }

    /// Passes on the datagrams in one buffer.
    fn pass_on(&mut self, source: Source, slot: usize, now: Instant) {
        let meta = self.arena.meta(slot);
        let alone = meta.len <= meta.stride;
        let from = match source {
            Source::End(end) => Ok(self.sockets.ends.client(end, meta.dst_ip, meta.addr)),
            Source::Relayed(at) => match self.sockets.relayed.get(at) {
                Some((id, _)) => Err(*id),
                None => return,
            },
            Source::Waker | Source::Stream(_) => return,
        };
        for datagram in datagrams(&meta) {
            self.pace.count();
            let packet = self.arena.part(slot, datagram.clone());
            let action = match from {
                Ok(_) if !self.untaken.is_for_turn(packet) => Action::Drop,
                Ok(client) => self.core.client_packet(now, client, packet),
                Err(id) => self.core.peer_packet(now, id, meta.addr, packet),
            };
            let within = |data: std::ops::Range<usize>| {
                datagram.start + data.start..datagram.start + data.end
            };
            let out = self.sockets.out();
            match action {
                Action::Drop => {}
                Action::Poll => {
                    self.batch.flush(&self.arena, &out);
                    self.drain(now);
                }
                Action::ToPeer {
                    allocation,
                    peer,
                    data,
                } => {
                    let to = To::Peer { allocation, peer };
                    let part = (slot, within(data), alone);
                    self.batch.hold(&mut self.arena, &out, to, None, part);
                }
                Action::ToClient {
                    client,
                    header,
                    data,
                } if client.transport == Transport::Udp => {
                    let part = (slot, within(data), alone);
                    let header = Some(&header);
                    self.batch
                        .hold(&mut self.arena, &out, client.into(), header, part);
                }
                Action::ToClient {
                    client,
                    header,
                    data,
                } => {
                    let data = self.arena.part(slot, within(data));
                    self.sockets.streams.data(&client, &header, data);
                }
            }
        }
        self.tell_at.get_or_insert(now + PERIOD);
    }

    /// Reads a stream and passes on the messages it has.
    fn read_stream(&mut self, at: usize, now: Instant) {
        let Some(mut stream) = self.sockets.streams.take(at) else {
            return;
        };
        let mut buffers = std::mem::take(&mut self.buffers);
        let mut ended = Ok(());
        for round in 0..=READS {
            if round == READS {
                self.again.push(Source::Stream(at));
                break;
            }
            let read = match stream.read(now, &mut buffers) {
                Ok(Some(read)) => read,
                Ok(None) => break,
                Err(over) => {
                    ended = Err(over);
                    break;
                }
            };
            // It has to be there for replies.
            let client = stream.client;
            self.sockets.streams.put_back(at, stream);
            self.commands(now);
            let rest = self.messages(client, read.bytes, now);
            let Some(back) = self.sockets.streams.take(at) else {
                self.buffers = buffers;
                return;
            };
            stream = back;
            match rest {
                Ok(rest) => stream.carry(rest),
                Err(over) => {
                    ended = Err(over);
                    break;
                }
            }
            if !read.more {
                break;
            }
        }
        self.batch.flush(&self.arena, &self.sockets.out());
        self.buffers = buffers;
        self.tell_at.get_or_insert(now + PERIOD);
        match ended {
            Ok(()) => self.sockets.streams.put_back(at, stream),
            Err(Over) => self.end(at, stream, now),
        }
    }

    /// Passes on the messages of a stream; what is left is the beginning of another.
    fn messages<'a>(
        &mut self,
        client: Client,
        mut bytes: &'a [u8],
        now: Instant,
    ) -> Result<&'a [u8], Over> {
        while let Some(frame) = turn::frame(bytes).map_err(|_| Over)? {
            self.pace.count();
            let message = bytes.get(..frame.message).ok_or(Over)?;
            match self.core.client_packet(now, client, message) {
                Action::Drop => {}
                Action::Poll => {
                    self.batch.flush(&self.arena, &self.sockets.out());
                    self.drain(now);
                }
                Action::ToPeer {
                    allocation,
                    peer,
                    data,
                } => {
                    let to = To::Peer { allocation, peer };
                    let data = message.get(data).unwrap_or_default();
                    let out = self.sockets.out();
                    self.batch.copy(&self.arena, &out, to, None, data);
                }
                Action::ToClient {
                    client,
                    header,
                    data,
                } if client.transport == Transport::Udp => {
                    let data = message.get(data).unwrap_or_default();
                    let out = self.sockets.out();
                    let header = Some(&header);
                    self.batch
                        .copy(&self.arena, &out, client.into(), header, data);
                }
                Action::ToClient {
                    client,
                    header,
                    data,
                } => {
                    let data = message.get(data).unwrap_or_default();
                    self.sockets.streams.data(&client, &header, data);
                }
            }
            bytes = bytes.get(frame.whole..).ok_or(Over)?;
        }
        Ok(bytes)
    }

    /// The one place where what the core wants is done.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send { client, message } => self.sockets.reply(&client, &message),
                Output::Bind {
                    allocation,
                    family,
                    client,
                } => {
                    let local = match client.transport {
                        Transport::Udp => self.sockets.ends.local(client.link),
                        Transport::Tcp | Transport::Tls => {
                            self.sockets.streams.allocated(&client);
                            self.sockets.streams.local(&client)
                        }
                    };
                    let token = Source::Relayed(allocation.slot()).token();
                    let opened = self.ports.bind(family).and_then(|(socket, port)| {
                        Ok((Socket::new(socket, self.poll.registry(), token)?, port))
                    });
                    let relay = match opened {
                        Ok((socket, port)) => {
                            self.sockets.relayed.open(allocation, socket);
                            let (bound, relayed) = self.addresses.relayed(family, local);
                            Some(turn::RelayedSocket {
                                bound: (bound, port).into(),
                                relayed: (relayed, port).into(),
                            })
                        }
                        Err(error) => {
                            tracing::warn!(%error, "no socket for the relay");
                            None
                        }
                    };
                    self.core.handle(now, Input::Bound { allocation, relay });
                }
                Output::Close { allocation } => self.sockets.relayed.close(allocation),
            }
        }
        self.tell_at.get_or_insert(now + PERIOD);
    }

    fn end_streams(&mut self, now: Instant) {
        while let Some(at) = self.over.pop() {
            if let Some(stream) = self.sockets.streams.take(at) {
                self.end(at, stream, now);
            }
        }
    }

    fn end(&mut self, at: usize, stream: Stream, now: Instant) {
        let client = stream.client;
        // Closes the socket, and frees its place at the door.
        drop(stream);
        self.sockets.streams.release(at);
        self.core.handle(now, Input::Closed { client });
        self.drain(now);
    }

    fn keep_time(&mut self, now: Instant) {
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
            self.drain(now);
        }
        if self.tick_at <= now {
            self.tick_at = now + PERIOD;
            self.sockets.streams.late(now, &mut self.over);
            self.end_streams(now);
        }
        if self.clock_at <= now {
            self.clock_at = now + CLOCK;
            self.core.handle(now, Input::Clock(anchor()));
        }
        if self.tell_at.is_some_and(|at| at <= now) {
            self.tell_at = None;
            let numbers = Numbers {
                users: self.core.participants(),
                allocations: self.core.allocations(),
                streams: self.sockets.streams.len(),
                counters: *self.core.counters(),
                untaken: self.untaken,
                dropped: self.sockets.dropped.get() + self.sockets.streams.dropped,
            };
            *self.numbers.lock().unwrap_or_else(PoisonError::into_inner) = numbers;
        }
    }
}
