//! Two engines, their browsers and the relay.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use call::{
    Call, Command, Config, Effect, Event, IceState, Input, Link, MediaOp, Memory, PageEvent, Pass,
    Screen, SocketOp, Status, TabMessage, View,
};
use protocol::{Name, RoomId, RoomSecret, TrackKind};
use sim::browser::{Browser, PeerConnection, Step};
use web_time::Instant;

use super::relay::Relay;

/// Something a script does to one side.
#[derive(Debug, Clone)]
pub enum Act {
    Command(Command),
    UnplugCamera,
    UnplugMicrophone,
    StopScreen,
    /// The network loses the socket.
    Cut,
    /// The network is there again.
    Online,
    /// So much time passes for everyone.
    Wait(Duration),
    /// The path between the two is lost, or back.
    Path(bool),
}

/// Something that can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Message(usize),
    Browser(usize, Step),
    Script(usize),
}

/// What a page has kept, told other tabs, and asked of its browser. It is no part of the state that
/// searches compare.
#[derive(Clone, Default)]
pub struct Kept {
    pub pass: Option<Pass>,
    pub memory: Option<Memory>,
    pub told_tabs: Vec<TabMessage>,
    pub media: Vec<MediaOp>,
    pub addresses: Vec<(Option<RoomId>, bool)>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(..)")
    }
}

#[derive(Debug, Clone)]
pub struct Side {
    pub call: Call,
    pub kept: Kept,
    pub browser: Browser,
    pub script: VecDeque<Act>,
    pub effects: usize,
}

#[derive(Debug, Clone)]
pub struct World {
    pub now: Instant,
    began: Instant,
    pub sides: Vec<Side>,
    pub relay: Relay,
    /// Media can flow between the two.
    pub path: bool,
    /// ICE has not noticed yet that it cannot.
    pub late: bool,
    /// Since when which connection is without its partner.
    alone: Vec<(u64, Instant)>,
}

/// A secret and its room.
pub fn secret() -> RoomSecret {
    RoomSecret::parse(&"A".repeat(43)).unwrap()
}

pub fn room() -> RoomId {
    RoomId::parse("9zQMWVH0cFB-7QP7tQM1HA").unwrap()
}

impl Kept {
    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::KeepPass(pass) => self.pass = pass.map(|it| *it),
            Effect::Remember(change) => self.memory = Some(change.onto(self.memory.take())),
            Effect::TellTabs(message) => self.told_tabs.push(message),
            Effect::Media(op) => self.media.push(op),
            Effect::ShowAddress { room, in_call } => self.addresses.push((room, in_call)),
            _ => {}
        }
    }
}

impl World {
    /// Two pages at home. `descending` makes the one who enters last the polite one.
    pub fn new(descending: bool) -> Self {
        Self::with_memory(descending, |_| Memory::default())
    }

    pub fn with_memory(descending: bool, memory: impl Fn(usize) -> Memory) -> Self {
        let now = Instant::now();
        let sides = (0..2).map(|at| {
            let config = Config {
                seed: [at as u8; 32],
                unix_ms: 0,
                memory: Memory {
                    name: Name::clean(["Ada", "Bob"][at]),
                    ..memory(at)
                },
                pass: None,
                room: None,
                origin: "https://localhost".to_owned(),
            };
            Side {
                call: Call::new(now, config),
                browser: Browser::new(at as u32 + 1),
                kept: Kept::default(),
                script: VecDeque::new(),
                effects: 0,
            }
        });
        let mut world = Self {
            now,
            began: now,
            sides: sides.collect(),
            relay: Relay::new(room(), 2, descending),
            path: true,
            late: false,
            alone: Vec::new(),
        };
        world.drain(0);
        world.drain(1);
        world
    }

    /// Both are in the call, and all is quiet.
    pub fn connected(descending: bool, memory: impl Fn(usize) -> Memory) -> Self {
        Self::with_memory(descending, memory).connect()
    }

    /// The same, some of them by Firefox.
    pub fn connected_by(gecko: [bool; 2], descending: bool) -> Self {
        Self::new(descending).by(gecko).connect()
    }

    /// Who uses Firefox.
    pub fn by(mut self, gecko: [bool; 2]) -> Self {
        for (side, gecko) in self.sides.iter_mut().zip(gecko) {
            side.browser.gecko = gecko;
        }
        self
    }

    /// Both enter the call.
    pub fn connect(self) -> Self {
        let mut world = self;
        world.command(0, Command::StartCall { secret: secret() });
        world.command(0, Command::Join);
        world.run();
        world.command(1, Command::OpenRoom { room: room() });
        world.run();
        world.command(1, Command::Join);
        world.run();
        world.assert_connected();
        world
    }

    /// Reloads the page of a side at the address of the room, without a word to the server. Nothing
    /// is left of the page but what it has kept.
    pub fn reload(&mut self, at: usize) {
        self.relay.cut(at);
        self.relay.drop_events(at);
        let page = 10 + at as u32;
        let (gecko, kept) = (self.sides[at].browser.gecko, self.sides[at].kept.clone());
        let config = Config {
            seed: [page as u8; 32],
            unix_ms: (self.now - self.began).as_millis() as u64,
            memory: kept.memory.clone().unwrap_or_default(),
            pass: kept.pass.clone(),
            room: Some(room()),
            origin: "https://localhost".to_owned(),
        };
        let side = &mut self.sides[at];
        side.call = Call::new(self.now, config);
        side.browser = Browser::new(page);
        side.browser.gecko = gecko;
        self.drain(at);
    }

    /// Delivers what each tab tells to the other one, until neither tells anything more.
    pub fn tabs_talk(&mut self) {
        loop {
            let told = self
                .sides
                .iter_mut()
                .map(|it| std::mem::take(&mut it.kept.told_tabs));
            let told: Vec<_> = told.collect();
            if told.iter().all(Vec::is_empty) {
                return;
            }
            for (from, messages) in told.into_iter().enumerate() {
                for message in messages {
                    self.input(1 - from, Input::Event(Event::Tab(message)));
                }
            }
        }
    }

    pub fn script(&mut self, at: usize, acts: impl IntoIterator<Item = Act>) {
        self.sides[at].script.extend(acts);
    }

    pub fn view(&self, at: usize) -> View {
        self.sides[at].call.view()
    }

    pub fn level(&self, at: usize) -> call::Level {
        self.sides[at].call.level()
    }

    pub fn command(&mut self, at: usize, command: Command) {
        self.input(at, Input::Command(command));
    }

    pub fn input(&mut self, at: usize, input: Input) {
        let now = self.now;
        self.sides[at].call.handle(now, input);
        self.drain(at);
    }

    fn drain(&mut self, at: usize) {
        let side = &mut self.sides[at];
        let mut drained = 0;
        while let Some(effect) = side.call.poll_output() {
            drained += 1;
            assert!(drained < 2_000, "effects without end");
            if let Effect::Socket { socket, op } = effect {
                match op {
                    SocketOp::Open => self.relay.open(at, socket),
                    SocketOp::Close => self.relay.close(at, socket),
                    SocketOp::Send(message) => self.relay.message(at, socket, message),
                    SocketOp::Listen(_) => self.relay.no_fallback(at, socket),
                    SocketOp::Post(_) => panic!("there is no session"),
                }
            } else {
                side.browser.effect(&effect);
                side.kept.effect(effect);
            }
        }
        side.effects += drained;
    }

    /// All that can happen next.
    pub fn nexts(&self) -> Vec<Next> {
        let mut nexts = Vec::new();
        for (at, side) in self.sides.iter().enumerate() {
            if self.relay.has_event(at) {
                nexts.push(Next::Message(at));
            }
            for step in side.browser.steps() {
                nexts.push(Next::Browser(at, step));
            }
            if !side.script.is_empty() {
                nexts.push(Next::Script(at));
            }
        }
        nexts
    }

    pub fn take(&mut self, next: Next) {
        match next {
            Next::Message(at) => {
                let (socket, event) = self.relay.next_event(at).unwrap();
                self.input(at, Input::Event(Event::Socket { socket, event }));
            }
            Next::Browser(at, step) => {
                if let Some(event) = self.sides[at].browser.step(step) {
                    self.input(at, Input::Event(event));
                }
            }
            Next::Script(at) => {
                let act = self.sides[at].script.pop_front().unwrap();
                self.act(at, act);
            }
        }
    }

    pub fn act(&mut self, at: usize, act: Act) {
        match act {
            Act::Command(command) => self.command(at, command),
            Act::UnplugCamera => self.sides[at].browser.devices.unplug_camera(),
            Act::UnplugMicrophone => self.sides[at].browser.devices.unplug_microphone(),
            Act::StopScreen => self.sides[at].browser.devices.stop_screen(),
            Act::Cut => self.relay.cut(at),
            Act::Online => self.input(at, Input::Event(Event::Page(PageEvent::Online))),
            Act::Wait(time) => self.wait(time),
            Act::Path(path) => {
                self.path = path;
                self.ice();
            }
        }
    }

    /// Lets time pass and timers fire, but nothing else happen.
    pub fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..1_000 {
            let next = self
                .sides
                .iter()
                .filter_map(|it| it.call.poll_timeout())
                .min();
            let Some(next) = next.filter(|it| *it <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            self.timeouts();
        }
        panic!("timers without end");
    }

    fn timeouts(&mut self) {
        for at in 0..self.sides.len() {
            let now = self.now;
            let side = &mut self.sides[at];
            if side.call.poll_timeout().is_some_and(|it| it <= now) {
                side.call.handle_timeout(now);
                let next = side.call.poll_timeout();
                assert!(next.is_none_or(|it| it > now), "a timer that stays due");
                self.drain(at);
            }
        }
    }

    /// Takes all that can happen, the oldest first, until all is quiet; time stands still.
    pub fn run(&mut self) {
        for _ in 0..20_000 {
            let Some(next) = self.nexts().first().copied() else {
                if self.ice() {
                    continue;
                }
                return;
            };
            self.take(next);
        }
        panic!("never quiet");
    }

    /// Takes what can happen in one browser, candidates before everything else.
    pub fn run_browser(&mut self, at: usize) {
        loop {
            let mut steps = self.sides[at].browser.steps();
            steps.sort_by_key(|it| !matches!(it, Step::Event(_)));
            let Some(step) = steps.first() else { return };
            self.take(Next::Browser(at, *step));
        }
    }

    /// Lets everything happen as in [`World::run`], while so much time passes.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.run();
            let next = self
                .sides
                .iter()
                .filter_map(|it| it.call.poll_timeout())
                .min();
            let next = next.map_or(until, |it| it.max(self.now).min(until));
            let next = next.min(self.now + Duration::from_secs(1));
            if next >= until {
                self.now = until;
                self.timeouts();
                self.run();
                return;
            }
            self.now = next;
            self.timeouts();
        }
    }

    /// Lets ICE find or lose its ways; whether anything changed.
    fn ice(&mut self) -> bool {
        let all: Vec<PeerConnection> = self
            .sides
            .iter()
            .flat_map(|it| it.browser.usable().cloned())
            .collect();
        let (now, path, late) = (self.now, self.path, self.late);
        let mut changed = false;
        let alone = &mut self.alone;
        for side in &mut self.sides {
            let address = side.browser.address;
            for it in side.browser.connections.values_mut() {
                let linked = path
                    && it.address() == address
                    && all.iter().any(|other| it.is_linked_to(other));
                it.flows = linked;
                if late && !linked && it.ice == IceState::Connected {
                    continue;
                }
                let since = alone.iter().position(|(uid, _)| *uid == it.uid);
                let next = if linked {
                    if let Some(at) = since {
                        alone.remove(at);
                    }
                    match it.ice {
                        IceState::New => IceState::Checking,
                        _ => IceState::Connected,
                    }
                } else {
                    if since.is_none() {
                        alone.push((it.uid, now));
                    }
                    let since = since.map_or(now, |at| alone[at].1);
                    let long = now - since >= Duration::from_secs(5);
                    match it.ice {
                        IceState::New if it.partner().is_some() => IceState::Checking,
                        IceState::Connected => IceState::Disconnected,
                        IceState::Disconnected if long => IceState::Failed,
                        other => other,
                    }
                };
                changed |= it.ice != next;
                it.set_ice(next);
            }
        }
        changed
    }

    /// Both are in the call, see and hear each other as each wants, and nothing is left over.
    pub fn assert_connected(&self) {
        for at in 0..2 {
            let view = self.view(at);
            assert!(
                matches!(view.screen, Screen::Call { .. }),
                "{at} is at {:?}",
                view.screen
            );
            assert_eq!(view.status, Status::Connected, "{at}: {:?}", view.people);
            assert_eq!(view.people.len(), 1);
            assert_eq!(view.people[0].link, Link::Connected);
            let connections = &self.sides[at].browser.connections;
            assert_eq!(connections.len(), 1, "{at} leaks connections");
        }
        let (one, other) = (self.only(0), self.only(1));
        assert!(one.is_linked_to(other));
        self.assert_media(0, 1);
        self.assert_media(1, 0);
    }

    /// The one connection of a side.
    pub fn only(&self, at: usize) -> &PeerConnection {
        self.sides[at].browser.connections.values().next().unwrap()
    }

    /// What `from` has, `to` gets and was told of.
    fn assert_media(&self, from: usize, to: usize) {
        let (sender, receiver) = (self.only(from), self.only(to));
        assert!(sender.transceivers.len() <= TrackKind::ALL.len());
        let devices = &self.sides[from].browser.devices;
        for kind in TrackKind::ALL {
            let live = devices.track(kind);
            let found = (sender.transceiver(kind), receiver.transceiver(kind));
            let (Some(here), Some(there)) = found else {
                assert!(
                    kind.is_of_screen() && live == 0,
                    "{from}: {kind:?} is not sent"
                );
                continue;
            };
            assert_eq!(here.track, live, "{from} sends another track");
            let current = here.current.unwrap();
            let there = there.current.unwrap();
            assert_eq!(current, there.reversed(), "directions disagree");
            if live > 0 {
                assert!(current.send, "{from} has {kind:?} and may not send it");
            }
        }
        let me = self.view(from).me.media;
        assert_eq!(me.camera, devices.camera > 0);
        assert_eq!(me.screen, devices.screen > 0);
        assert_eq!(me.screen_sound, devices.screen_sound > 0);
        assert!(!me.microphone || (devices.microphone > 0 && devices.enabled));
        let seen = self.view(to).people[0].media;
        assert_eq!(seen, me, "{to} was told something else");
    }

    /// How many operations the browsers refused.
    pub fn failures(&self) -> u32 {
        let all = self
            .sides
            .iter()
            .flat_map(|it| it.browser.connections.values());
        all.map(|it| it.failures).sum()
    }

    /// Nothing is open any more: no connection, no device, no socket.
    pub fn assert_clean(&self, at: usize) {
        let side = &self.sides[at];
        assert!(side.browser.connections.is_empty(), "connections are open");
        assert!(!side.browser.devices.is_any_open(), "devices are open");
        assert!(!side.browser.awake, "the screen is kept awake");
    }
}
