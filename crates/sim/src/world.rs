//! Pages, a server and the network between them, in virtual time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use call::{
    Call, Command, Config, Details, Effect, Event, Input, Memory, PageEvent, SocketEvent, SocketOp,
    View,
};
use fastrand::Rng;
use protocol::Name;
use room::{Anchor, IceUrls, Keys, Output, RelayKey, Rooms, TicketKey};
use web_time::Instant;

use crate::browser::{Browser, Step};
use crate::ice::Ice;
use crate::network::{Arrival, Network, ToPage, ToServer, between};
use crate::relay::{Relay, Weather};

/// How long a browser takes for one thing at most.
const BROWSER_STEP: Duration = Duration::from_millis(30);
/// How often the ways between browsers are looked at.
const ICE_EVERY: Duration = Duration::from_millis(100);
/// A browser tells its connections of another address after this time at the latest.
const TOLD: Duration = Duration::from_secs(3);
/// The server notices a dead socket after this time at the latest.
const HALF_OPEN: Duration = Duration::from_secs(20);

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The sockets of a page are cut.
    Cut { page: usize },
    /// The sockets of a page lead nowhere, and neither end knows for long.
    HalfOpen { page: usize },
    /// There is no way for media, or there is again.
    Blocked(bool),
    /// The cable of a page is pulled: its sockets lead nowhere, and there is no way for media.
    Unplug { page: usize },
    /// It is plugged in again.
    Plug,
    /// The server stops as it should and is back after a while.
    Restart { down: Duration },
    /// The server is gone without a word and is back after a while.
    Crash { down: Duration },
    /// A page is gone without a word, and another one opened in its place.
    Vanish { page: usize },
    /// The device of a page has another address: its sockets are cut, and its connections lead
    /// nowhere until the browser tells them.
    Move { page: usize },
    /// So many of a hundred datagrams to and from the relay are lost, and so many come twice.
    Datagrams { lost: u8, doubled: u8 },
}

/// A page: its engine and its browser.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) call: Call,
    pub(crate) browser: Browser,
    /// When the pending steps of the browser happen.
    due: BTreeMap<Step, Instant>,
    /// When the browser tells its connections that the device has another address.
    told_at: Option<Instant>,
}

/// The world.
pub struct World {
    pub(crate) now: Instant,
    start: Instant,
    rng: Rng,
    pub(crate) pages: Vec<Page>,
    pub(crate) rooms: Rooms,
    room_config: room::Config,
    /// The network, whose delays may be changed.
    pub network: Network,
    ice: Ice,
    ice_at: Instant,
    /// The only way between pages, if it is there.
    pub(crate) relay: Option<Relay>,
    /// How many of a hundred datagrams are lost, and how many come twice.
    datagrams: (u8, u8),
    /// How many browsers there were.
    browsers: u32,
    server_back_at: Option<Instant>,
    /// How many things have happened.
    pub steps: u64,
}

impl World {
    /// A world with so many pages, all at home, which can reach each other.
    pub fn new(seed: u64, pages: usize, max_participants: u32) -> Self {
        Self::with(seed, pages, max_participants, false)
    }

    /// The same where they reach nobody but the server: media goes through its relay.
    pub fn relayed(seed: u64, pages: usize, max_participants: u32) -> Self {
        Self::with(seed, pages, max_participants, true)
    }

    fn with(seed: u64, pages: usize, max_participants: u32, relayed: bool) -> Self {
        let now = Instant::now();
        let mut rng = Rng::with_seed(seed);
        let room_config = room::Config {
            max_participants,
            ..room::Config::default()
        };
        let mut world = Self {
            now,
            start: now,
            pages: Vec::new(),
            rooms: rooms(&room_config, now, now, &mut rng),
            room_config,
            network: Network::new(),
            ice: Ice::default(),
            ice_at: now,
            relay: None,
            datagrams: (0, 0),
            browsers: 0,
            server_back_at: None,
            steps: 0,
            rng,
        };
        if relayed {
            let rng = Rng::with_seed(world.rng.u64(..));
            world.relay = Some(Relay::new(world.weather(), rng));
            world.start_server();
        }
        for number in 0..pages {
            let page = world.page(number);
            world.pages.push(page);
            world.drain(number);
        }
        world
    }

    /// A page that has just been opened.
    fn page(&mut self, number: usize) -> Page {
        self.browsers += 1;
        let config = Config {
            seed: bytes(&mut self.rng),
            unix_ms: 0,
            memory: Memory {
                name: Name::clean(&format!("page {number}")),
                ..Memory::default()
            },
            pass: None,
            room: None,
            origin: "https://localhost".to_owned(),
        };
        let mut browser = Browser::new(self.browsers);
        browser.gecko = number % 2 == 1;
        browser.relayed = self.relay.is_some();
        Page {
            call: Call::new(self.now, config),
            browser,
            due: BTreeMap::new(),
            told_at: None,
        }
    }

    /// A person does something.
    pub fn command(&mut self, page: usize, command: Command) {
        self.input(page, Input::Command(command));
    }

    /// Something goes wrong.
    pub fn fault(&mut self, fault: Fault) {
        let learn = [Duration::from_secs(3), HALF_OPEN];
        match fault {
            Fault::Cut { page } => self.network.cut(page, learn, self.now, &mut self.rng),
            Fault::HalfOpen { page } => {
                let learn = [2 * HALF_OPEN, 4 * HALF_OPEN];
                self.network.cut(page, learn, self.now, &mut self.rng);
            }
            Fault::Blocked(blocked) => self.ice.blocked = blocked,
            Fault::Unplug { page } => {
                self.ice.blocked = true;
                self.network.unplug(page, self.now, &mut self.rng);
            }
            Fault::Plug => {
                self.ice.blocked = false;
                self.network.plug(self.now, &mut self.rng);
            }
            Fault::Move { page } => {
                self.network.cut(page, learn, self.now, &mut self.rng);
                let late = between(Duration::ZERO, TOLD, &mut self.rng);
                if let Some(page) = self.pages.get_mut(page) {
                    page.browser.moves();
                    page.told_at = Some(self.now + late);
                }
            }
            Fault::Vanish { page } => self.vanish(page),
            Fault::Datagrams { lost, doubled } => self.datagrams = (lost, doubled),
            Fault::Restart { down } => {
                self.rooms.handle(self.now, room::Input::Stop);
                self.drain_server();
                self.stop_server(down);
            }
            Fault::Crash { down } => {
                self.network.crash(self.now, &mut self.rng);
                self.stop_server(down);
            }
        }
    }

    fn stop_server(&mut self, down: Duration) {
        self.network.server_is_up = false;
        self.server_back_at = Some(self.now + down);
        if let Some(relay) = &mut self.relay {
            relay.stop();
        }
    }

    fn vanish(&mut self, at: usize) {
        self.network.vanish(at, HALF_OPEN, self.now, &mut self.rng);
        let opened = self.page(at);
        let Some(page) = self.pages.get_mut(at) else {
            return;
        };
        let gone = std::mem::replace(page, opened);
        if let Some(relay) = &mut self.relay {
            relay.vanish(self.now, gone.browser.page);
        }
        self.drain(at);
    }

    /// What becomes of datagrams.
    fn weather(&self) -> Weather {
        let (lost_percent, doubled_percent) = self.datagrams;
        Weather {
            delay: self.network.delay,
            lost_percent,
            doubled_percent,
            blocked: self.ice.blocked,
        }
    }

    /// The browser tells a page something about itself or its network.
    pub fn page_event(&mut self, page: usize, event: PageEvent) {
        self.input(page, Input::Event(Event::Page(event)));
    }

    /// What a page shows.
    pub fn view(&self, page: usize) -> Option<View> {
        self.pages.get(page).map(|it| it.call.view())
    }

    /// What a page knows of its connections.
    pub fn details(&self, page: usize) -> Vec<Details> {
        let Some(page) = self.pages.get(page) else {
            return Vec::new();
        };
        let people = page.call.view().people.into_iter();
        people.filter_map(|it| page.call.details(&it.id)).collect()
    }

    /// A page's browser, to change what it has.
    pub fn browser(&mut self, page: usize) -> Option<&mut Browser> {
        self.pages.get_mut(page).map(|it| &mut it.browser)
    }

    /// How many packets the relay has carried.
    pub fn carried(&self) -> u64 {
        self.relay.as_ref().map_or(0, Relay::carried)
    }

    /// How many allocations the relay has.
    pub fn allocations(&self) -> usize {
        self.relay.as_ref().map_or(0, Relay::allocations)
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Lets so much time pass, and everything happen that falls into it.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.next().filter(|it| *it <= until) {
            self.now = self.now.max(at);
            self.steps += 1;
            self.happen();
        }
        self.now = until;
    }

    /// When the next thing happens.
    fn next(&self) -> Option<Instant> {
        let pages = self.pages.iter().flat_map(|page| {
            let steps = page.due.values().min().copied();
            [page.call.poll_timeout(), steps]
        });
        [
            self.network.next(),
            self.relay.as_ref().and_then(Relay::next),
            self.rooms.poll_timeout(),
            self.server_back_at,
            Some(self.ice_at),
        ]
        .into_iter()
        .chain(pages)
        .flatten()
        .min()
    }

    /// Does one thing that is due.
    fn happen(&mut self) {
        let now = self.now;
        if self.server_back_at.is_some_and(|at| at <= now) {
            self.server_back_at = None;
            self.network.server_is_up = true;
            self.start_server();
        } else if let Some(arrival) = self.network.arrive(now) {
            self.arrive(arrival);
        } else if let Some(relay) = self.relay.as_mut().filter(|it| it.is_due(now)) {
            relay.happen(now);
        } else if self.rooms.poll_timeout().is_some_and(|at| at <= now) {
            self.rooms.handle_timeout(now);
            self.drain_server();
        } else if self.ice_at <= now {
            self.ice_at = now + ICE_EVERY;
            let weather = self.weather();
            if let Some(relay) = &mut self.relay {
                relay.set_weather(weather);
            }
            for page in &mut self.pages {
                if page.told_at.take_if(|it| *it <= now).is_some() {
                    page.browser.tells();
                }
            }
            let browsers = self.pages.iter_mut().map(|it| &mut it.browser);
            self.ice.update(now, browsers, self.relay.as_mut());
            for page in 0..self.pages.len() {
                self.schedule(page);
            }
        } else {
            for page in 0..self.pages.len() {
                if self.page_happens(page) {
                    return;
                }
            }
        }
    }

    /// A server without rooms and allocations, whose relay has a new secret.
    fn start_server(&mut self) {
        let now = self.now;
        if let Some(relay) = &mut self.relay {
            let (secret, seed) = (bytes(&mut self.rng), bytes(&mut self.rng));
            self.room_config.relay_key = Some(RelayKey::new(&secret));
            relay.start(now, unix_ms(self.start, now), secret, seed);
        }
        self.rooms = rooms(&self.room_config, self.start, now, &mut self.rng);
    }

    fn page_happens(&mut self, at: usize) -> bool {
        let now = self.now;
        let Some(page) = self.pages.get_mut(at) else {
            return false;
        };
        if page.call.poll_timeout().is_some_and(|it| it <= now) {
            page.call.handle_timeout(now);
            let next = page.call.poll_timeout();
            assert!(next.is_none_or(|it| it > now), "a timer that stays due");
            self.drain(at);
            return true;
        }
        let due = page.due.iter().find(|(_, due)| **due <= now);
        let Some(step) = due.map(|(step, _)| *step) else {
            return false;
        };
        page.due.remove(&step);
        match page.browser.step(step) {
            Some(event) => self.input(at, Input::Event(event)),
            None => self.schedule(at),
        }
        true
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::AtServer { page, socket, what } => {
                if matches!(what, ToServer::Opened) {
                    self.expect(page);
                }
                let connection = room::SocketId(socket);
                let input = match what {
                    ToServer::Opened => room::Input::Opened {
                        connection,
                        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                        ice: self.relay.as_ref().map(|_| ice_urls()),
                    },
                    ToServer::Message(message) => room::Input::Message {
                        connection,
                        message: *message,
                    },
                    ToServer::Alive => room::Input::Alive { connection },
                    ToServer::Closed => room::Input::Closed { connection },
                };
                if self.network.server_is_up {
                    self.rooms.handle(self.now, input);
                    self.drain_server();
                }
            }
            Arrival::AtPage { page, id, what } => {
                let event = match what {
                    ToPage::Ping => {
                        let alive = ToServer::Alive;
                        return self
                            .network
                            .page_says(page, id, alive, self.now, &mut self.rng);
                    }
                    ToPage::Opened => SocketEvent::Opened,
                    ToPage::Message(message) => SocketEvent::Message(message),
                    ToPage::Closed { code } => SocketEvent::Closed { code },
                };
                let socket = id;
                self.input(page, Input::Event(Event::Socket { socket, event }));
            }
        }
    }

    /// The relay is told who has opened a connection to the server.
    fn expect(&mut self, page: Option<usize>) {
        let page = page.and_then(|it| self.pages.get(it));
        if let (Some(page), Some(relay)) = (page, &mut self.relay) {
            relay.expect(self.now, page.browser.page);
        }
    }

    fn drain_server(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { to, message } => self.say(to, ToPage::Message(message)),
                Output::SendMany { to, message } => {
                    for to in to {
                        self.say(to, ToPage::Message(message.clone()));
                    }
                }
                Output::Close { connection, code } => {
                    let code = Some(code.as_u16());
                    self.say(connection, ToPage::Closed { code });
                }
                Output::Grant { user, address } => {
                    if let Some(relay) = &mut self.relay {
                        relay.grant(self.now, user.as_str(), address.first());
                    }
                }
                Output::Probe { connection } => self.say(connection, ToPage::Ping),
                Output::Revoke { user } => {
                    if let Some(relay) = &mut self.relay {
                        relay.revoke(self.now, user.as_str());
                    }
                }
            }
        }
    }

    /// The server says something to a page.
    fn say(&mut self, to: room::SocketId, what: ToPage) {
        self.network
            .server_says(to.0, what, self.now, &mut self.rng);
    }

    fn input(&mut self, at: usize, input: Input) {
        if let Some(page) = self.pages.get_mut(at) {
            page.call.handle(self.now, input);
            self.drain(at);
        }
    }

    fn drain(&mut self, at: usize) {
        let Some(page) = self.pages.get_mut(at) else {
            return;
        };
        let (now, rng) = (self.now, &mut self.rng);
        while let Some(effect) = page.call.poll_output() {
            match effect {
                Effect::Socket { socket, op } => match op {
                    SocketOp::Open => self.network.open(at, socket, now, rng),
                    SocketOp::Close => {
                        self.network
                            .page_says(at, socket, ToServer::Closed, now, rng);
                    }
                    SocketOp::Listen(_) => self.network.refuse(at, socket, now, rng),
                    SocketOp::Post(_) => {}
                    SocketOp::Send(message) => {
                        let what = ToServer::Message(Box::new(message));
                        self.network.page_says(at, socket, what, now, rng);
                    }
                },
                effect => page.browser.effect(&effect),
            }
        }
        self.schedule(at);
    }

    /// Gives every pending step of a browser its time.
    fn schedule(&mut self, at: usize) {
        let Some(page) = self.pages.get_mut(at) else {
            return;
        };
        let steps = page.browser.steps();
        page.due.retain(|step, _| steps.contains(step));
        for step in steps {
            let now = self.now;
            let rng = &mut self.rng;
            page.due
                .entry(step)
                .or_insert_with(|| now + between(Duration::ZERO, BROWSER_STEP, rng));
        }
    }
}

/// A server's rooms. Every one that is started has the same ticket key.
fn rooms(config: &room::Config, start: Instant, now: Instant, rng: &mut Rng) -> Rooms {
    let keys = Keys {
        ticket: TicketKey::new(&[7; 32]),
    };
    let anchor = Anchor {
        instant: now,
        unix_ms: unix_ms(start, now),
    };
    Rooms::new(config.clone(), keys, anchor, bytes(rng))
}

/// The wall clock of the server.
fn unix_ms(start: Instant, now: Instant) -> u64 {
    1_000_000 + u64::try_from((now - start).as_millis()).unwrap_or(0)
}

fn ice_urls() -> Arc<IceUrls> {
    Arc::new(IceUrls {
        stun: vec!["stun:server.example:3478".to_owned()],
        turn: vec!["turn:server.example:3478?transport=udp".to_owned()],
    })
}

fn bytes(rng: &mut Rng) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    bytes
}
