//! Sockets between pages and the server: each keeps its order, each has delays of its own, and
//! any may be cut, which its two ends learn at different times.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use call::SocketId;
use fastrand::Rng;
use protocol::{ClientMessage, ServerMessage};
use web_time::Instant;

/// Something that arrives at the server.
#[derive(Debug)]
pub(crate) enum ToServer {
    Opened,
    Message(Box<ClientMessage>),
    /// The browser's answer to a ping.
    Alive,
    Closed,
}

/// Something that arrives at a page.
#[derive(Debug)]
pub(crate) enum ToPage {
    Opened,
    Message(ServerMessage),
    /// A ping of the WebSocket, which the page does not see.
    Ping,
    Closed {
        code: Option<u16>,
    },
}

/// One end's arrivals, in their order.
#[derive(Debug)]
struct Lane<T> {
    queue: VecDeque<(Instant, T)>,
    last: Instant,
}

impl<T> Lane<T> {
    fn push(&mut self, at: Instant, item: T) {
        // Never before what was sent earlier.
        self.last = self.last.max(at);
        self.queue.push_back((self.last, item));
    }
}

#[derive(Debug)]
struct Socket {
    /// None if it is gone.
    page: Option<usize>,
    id: SocketId,
    up: Lane<ToServer>,
    down: Lane<ToPage>,
    /// Nothing gets through any more.
    cut: bool,
    /// Nothing has got through yet.
    waits: bool,
}

/// All sockets there are, by the number that the server knows them by.
#[derive(Debug)]
pub struct Network {
    sockets: BTreeMap<u64, Socket>,
    last: u64,
    /// The shortest and the longest way.
    pub delay: (Duration, Duration),
    /// There is a server to connect to.
    pub(crate) server_is_up: bool,
    /// A page without a cable.
    unplugged: Option<usize>,
}

/// Something that arrives now.
#[derive(Debug)]
pub(crate) enum Arrival {
    AtServer {
        page: Option<usize>,
        socket: u64,
        what: ToServer,
    },
    AtPage {
        page: usize,
        id: SocketId,
        what: ToPage,
    },
}

impl Network {
    pub(crate) fn new() -> Self {
        Self {
            sockets: BTreeMap::new(),
            last: 0,
            delay: (Duration::from_millis(1), Duration::from_millis(120)),
            server_is_up: true,
            unplugged: None,
        }
    }

    fn arrival(&self, now: Instant, rng: &mut Rng) -> Instant {
        let (least, most) = self.delay;
        now + between(least, most, rng)
    }

    pub(crate) fn open(&mut self, page: usize, id: SocketId, now: Instant, rng: &mut Rng) {
        self.last += 1;
        let lane_start = now;
        let mut socket = Socket {
            page: Some(page),
            id,
            up: Lane {
                queue: VecDeque::new(),
                last: lane_start,
            },
            down: Lane {
                queue: VecDeque::new(),
                last: lane_start,
            },
            cut: false,
            waits: self.unplugged == Some(page),
        };
        let at = self.arrival(now, rng);
        if socket.waits {
            // Asked for again and again.
        } else if self.server_is_up {
            socket.up.push(at, ToServer::Opened);
            socket.down.push(at, ToPage::Opened);
        } else {
            socket.down.push(at, ToPage::Closed { code: None });
            socket.cut = true;
        }
        self.sockets.insert(self.last, socket);
    }

    /// There is no fallback in this network, so the request fails.
    pub(crate) fn refuse(&mut self, page: usize, id: SocketId, now: Instant, rng: &mut Rng) {
        let server_is_up = std::mem::replace(&mut self.server_is_up, false);
        self.open(page, id, now, rng);
        self.server_is_up = server_is_up;
    }

    pub(crate) fn page_says(
        &mut self,
        page: usize,
        id: SocketId,
        what: ToServer,
        now: Instant,
        rng: &mut Rng,
    ) {
        let at = self.arrival(now, rng);
        let found = self
            .sockets
            .values_mut()
            .find(|it| it.page == Some(page) && it.id == id);
        let Some(socket) = found else { return };
        if matches!(what, ToServer::Closed) {
            // Its page wants to hear nothing more.
            socket.down.queue.clear();
            if socket.waits {
                socket.page = None;
            } else if !socket.cut {
                socket.up.push(at, what);
            }
        } else if !socket.cut {
            socket.up.push(at, what);
        }
    }

    pub(crate) fn server_says(&mut self, socket: u64, what: ToPage, now: Instant, rng: &mut Rng) {
        let at = self.arrival(now, rng);
        if let Some(socket) = self.sockets.get_mut(&socket)
            && !socket.cut
        {
            let closed = matches!(what, ToPage::Closed { .. });
            socket.down.push(at, what);
            if closed {
                socket.up.queue.clear();
                socket.cut = true;
            }
        }
    }

    /// Cuts the sockets of a page. What was on its way is lost; each end learns of it when it
    /// does, the page within `page_learns` and the server within `server_learns`.
    pub(crate) fn cut(&mut self, page: usize, learn: [Duration; 2], now: Instant, rng: &mut Rng) {
        let [page_learns, server_learns] = learn;
        for socket in self
            .sockets
            .values_mut()
            .filter(|it| it.page == Some(page) && !it.cut)
        {
            socket.cut = true;
            let opened = socket
                .up
                .queue
                .iter()
                .any(|(_, it)| matches!(it, ToServer::Opened));
            socket.up.queue.clear();
            socket.down.queue.clear();
            let page_at = now + between(Duration::ZERO, page_learns, rng);
            socket.down.last = now;
            socket.down.push(page_at, ToPage::Closed { code: None });
            if !opened {
                let server_at = now + between(Duration::ZERO, server_learns, rng);
                socket.up.last = now;
                socket.up.push(server_at, ToServer::Closed);
            }
        }
    }

    /// Pulls the cable of a page. Neither end learns of it.
    pub(crate) fn unplug(&mut self, page: usize, now: Instant, rng: &mut Rng) {
        let never = Duration::from_secs(3_600);
        self.cut(page, [never, never], now, rng);
        self.unplugged = Some(page);
    }

    /// Plugs it in again: what is still being opened gets through.
    pub(crate) fn plug(&mut self, now: Instant, rng: &mut Rng) {
        let page = self.unplugged.take();
        let (least, most) = self.delay;
        for socket in self.sockets.values_mut().filter(|it| it.waits) {
            socket.waits = false;
            let at = now + between(least, most, rng);
            if socket.page.is_some() && socket.page == page {
                socket.up.push(at, ToServer::Opened);
                socket.down.push(at, ToPage::Opened);
            }
        }
    }

    /// A page is gone without a word; the server learns of it when it does.
    pub(crate) fn vanish(&mut self, page: usize, learns: Duration, now: Instant, rng: &mut Rng) {
        self.cut(page, [Duration::ZERO, learns], now, rng);
        for socket in self.sockets.values_mut() {
            if socket.page == Some(page) {
                socket.page = None;
                socket.down.queue.clear();
            }
        }
    }

    /// The server is gone, without a word.
    pub(crate) fn crash(&mut self, now: Instant, rng: &mut Rng) {
        let pages: Vec<_> = self.sockets.values().filter_map(|it| it.page).collect();
        for page in pages {
            self.cut(page, [Duration::from_secs(1), Duration::ZERO], now, rng);
        }
        for socket in self.sockets.values_mut() {
            socket.up.queue.clear();
        }
    }

    /// When the next thing arrives.
    pub(crate) fn next(&self) -> Option<Instant> {
        let up = self
            .sockets
            .values()
            .filter_map(|it| it.up.queue.front().map(|(at, _)| *at));
        let down = self
            .sockets
            .values()
            .filter_map(|it| it.down.queue.front().map(|(at, _)| *at));
        up.chain(down).min()
    }

    /// The next thing that arrives now.
    pub(crate) fn arrive(&mut self, now: Instant) -> Option<Arrival> {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let (number, socket) = self.sockets.iter_mut().find(|(_, it)| {
            due(it.up.queue.front().map(|it| it.0)) || due(it.down.queue.front().map(|it| it.0))
        })?;
        let number = *number;
        if due(socket.up.queue.front().map(|it| it.0)) {
            let (_, what) = socket.up.queue.pop_front()?;
            let page = socket.page;
            let socket = number;
            return Some(Arrival::AtServer { page, socket, what });
        }
        let (_, what) = socket.down.queue.pop_front()?;
        let (page, id) = (socket.page?, socket.id);
        if socket.cut && socket.up.queue.is_empty() && socket.down.queue.is_empty() {
            self.sockets.remove(&number);
        }
        Some(Arrival::AtPage { page, id, what })
    }
}

pub(crate) fn between(least: Duration, most: Duration, rng: &mut Rng) -> Duration {
    let least_us = u64::try_from(least.as_micros()).unwrap_or(0);
    let most_us = u64::try_from(most.as_micros())
        .unwrap_or(least_us)
        .max(least_us);
    Duration::from_micros(rng.u64(least_us..=most_us))
}
