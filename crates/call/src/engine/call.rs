//! The engine: what goes in is handed to the part that it concerns, and then everything is
//! settled, that is, each part does what its state asks for.

use std::time::Duration;

use protocol::{ParticipantId, RoomId};
use signalling::Line;
use web_time::Instant;

use super::device_token;
use crate::context::Context;
use crate::interface::{Change, Effect, Event, Input, MediaOp, Memory, Pass};
use crate::media;
use crate::media::{LocalMedia, Wishes};
use crate::outbox::Outbox;
use crate::roster::Hearings;
use crate::stage::{Home, Lobby, Presence, Session};
use crate::view::{Bell, Details, EndReason, Notices, Problem, View};

/// A timer that comes so late tells that the device slept or the page was frozen.
const OVERSLEPT: Duration = Duration::from_secs(5);
/// If "Join now" was pressed longer ago than this, and nobody looks at the page, nothing is sent
/// until somebody does.
const LIVE_AFTER_PRESS: Duration = Duration::from_secs(2 * 60);
/// A page that was reloaded does not know how many messages have come. It says this number, which
/// cannot be right, and so both sides count from 0 again.
const COUNT_IS_LOST: u64 = (1 << 53) - 1;
/// At most so many other addresses of the server are kept.
const MAX_ORIGINS: usize = 64;

/// What an engine begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Fresh random bytes: spread the waits between tries to reach the server.
    pub seed: [u8; 32],
    /// The time of day at the start, in milliseconds since 1970, for the list of recent calls.
    pub unix_ms: u64,
    /// What the device kept from the last visit.
    pub memory: Memory,
    /// The pass that this tab kept from the page before a reload.
    pub pass: Option<Pass>,
    /// The room of the address that the page was opened with.
    pub room: Option<RoomId>,
    /// Scheme, host and port of this page, as in `https://host:8443`.
    pub origin: String,
}

/// One participant's call.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) now: Instant,
    pub(super) start: Instant,
    /// The time of day when the engine was made, in milliseconds since 1970.
    start_unix_ms: u64,
    /// The addresses of this server. The first one is that of the page.
    pub(super) origins: Vec<String>,
    pub(super) out: Outbox,
    pub(super) line: Line,
    pub(super) media: LocalMedia,
    pub(super) stage: Stage,
    pub(super) notices: Notices,
    pub(super) hearings: Hearings,
    pub(super) memory: Memory,
    /// With this pass a page enters the call as the participant that this page is, or that it was
    /// before a reload.
    pub(super) pass: Option<Pass>,
    pub(super) playback_blocked: bool,
    pub(super) backs: u32,
    /// Nobody looks at the page.
    pub(super) hidden: bool,
    pub(super) bell: Option<Bell>,
    /// What keeps this browser from connecting to anybody.
    pub(super) web_rtc: Option<Problem>,
    /// The page is going away, or lies in the browser's cache.
    pub(super) closing: bool,
    /// What the shell was told last.
    shell: ShellState,
}

/// Where the person is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Home(Home),
    Lobby(Box<Lobby>),
    Call(Box<Session>),
    Ended(Ended),
}

/// After a call.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) room: RoomId,
    pub(crate) reason: EndReason,
    pub(crate) lasted: Duration,
}

#[derive(Debug, Clone)]
struct ShellState {
    memory: Memory,
    pass: Option<Pass>,
    wake_lock: bool,
    address: Address,
}

/// What the address bar shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    room: Option<RoomId>,
    in_call: bool,
}

impl Call {
    /// Starts the engine; drain [`Call::poll_output`] right after.
    pub fn new(now: Instant, config: Config) -> Self {
        let mut memory = config.memory;
        memory.limit();
        let kept = memory.clone();
        if memory.device.is_none() {
            memory.device = device_token::new_secret(&config.seed);
        }
        let mut call = Self {
            now,
            start: now,
            start_unix_ms: config.unix_ms,
            origins: vec![config.origin],
            out: Outbox::default(),
            line: Line::new(&config.seed),
            media: LocalMedia::new(&memory),
            stage: Stage::Home(Home::default()),
            notices: Notices::default(),
            hearings: Hearings::default(),
            shell: ShellState {
                memory: kept,
                pass: config.pass.clone(),
                wake_lock: false,
                address: Address {
                    room: config.room.clone(),
                    in_call: false,
                },
            },
            memory,
            pass: config.pass,
            playback_blocked: false,
            backs: 0,
            hidden: false,
            bell: None,
            web_rtc: None,
            closing: false,
        };
        if let Some(room) = config.room {
            call.go_to_lobby(room, None);
        }
        call.settle();
        call
    }

    /// Takes a command or an event.
    pub fn handle(&mut self, now: Instant, input: Input) {
        if self.overslept(now).is_some() {
            self.handle_timeout(now);
        }
        self.now = self.now.max(now);
        match input {
            Input::Command(command) => self.command(command),
            Input::Event(Event::Socket { socket, event }) => self.socket(socket, event),
            Input::Event(Event::Connection { connection, event }) => {
                self.connection(connection, event);
            }
            Input::Event(Event::Media(event)) => self.media_event(event),
            Input::Event(Event::Page(event)) => self.page(event),
            Input::Event(Event::Tab(message)) => self.tab(message),
            Input::Event(Event::Remembered(memory)) => self.remembered(&memory),
            Input::Event(Event::OtherOrigins(origins)) => {
                self.origins.truncate(1);
                self.origins.extend(origins.into_iter().take(MAX_ORIGINS));
            }
        }
        self.settle();
    }

    /// What is to be done next; none when all is done for now.
    pub fn poll_output(&mut self) -> Option<Effect> {
        // What is said to the server goes first: nothing else that is done waits for it, and a page
        // that goes away may have no time for more.
        match self.line.poll_output() {
            Some((socket, op)) => Some(Effect::Socket { socket, op }),
            None => self.out.pop(),
        }
    }

    /// When [`Call::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Lobby(lobby) => lobby.deadline(),
            Stage::Call(session) => session.deadline(self.line.is_open()),
            Stage::Home(_) | Stage::Ended(_) => None,
        };
        [
            self.line.poll_timeout(),
            stage,
            self.notices.deadline(),
            self.hold_at(),
            self.server_missed_at().filter(|at| *at > self.now),
            self.lacks_udp_at().filter(|at| *at > self.now),
            self.chat_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let overslept = self.overslept(now);
        self.now = self.now.max(now);
        if let Some(time) = overslept {
            if let Stage::Call(session) = &mut self.stage {
                session.slept(time);
            }
            self.line.wake(self.now);
        }
        self.notices.tick(self.now);
        if self.line.handle_timeout(self.now) {
            self.lost_socket();
        }
        match &mut self.stage {
            Stage::Lobby(lobby) => lobby.tick(self.now),
            Stage::Call(session) => {
                if session.is_lost_for_good(self.now) {
                    self.end(EndReason::Lost);
                } else if session.asks_again(self.now) {
                    self.say_hello();
                }
            }
            Stage::Home(_) | Stage::Ended(_) => {}
        }
        self.settle();
    }

    /// The time of day, in milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        let since_start = self.now.saturating_duration_since(self.start);
        let since_start_ms = u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX);
        self.start_unix_ms.saturating_add(since_start_ms)
    }

    /// For how long nothing could be done, if that was long.
    fn overslept(&self, now: Instant) -> Option<Duration> {
        let late = now.saturating_duration_since(self.poll_timeout()?);
        (late >= OVERSLEPT).then_some(late)
    }

    /// What there is to draw.
    pub fn view(&self) -> View {
        self.draw()
    }

    /// What the panel "Call details" shows of the connection to a participant.
    pub fn details(&self, participant: &ParticipantId) -> Option<Details> {
        self.draw_details(participant)
    }

    /// From when on the person should be told that the server is away; a moment without it is
    /// nobody's concern.
    pub(super) fn server_missed_at(&self) -> Option<Instant> {
        let in_call = matches!(self.stage, Stage::Call(_));
        let since = self.line.lost_since().filter(|_| in_call)?;
        Some(since + Duration::from_secs(1))
    }

    /// From when on the person should be told that there is no way for media, for want of UDP.
    fn lacks_udp_at(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Lobby(lobby) => lobby.lacks_udp_at(),
            Stage::Call(session) => session.lacks_udp_at(),
            Stage::Home(_) | Stage::Ended(_) => None,
        }
    }

    /// When a text may be written again, if too much was written.
    fn chat_at(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Call(session) => session.chat.deadline(self.now),
            _ => None,
        }
    }

    /// Whether UDP does not get out of the network, and the server offers no other way for media.
    pub(super) fn lacks_udp(&self) -> bool {
        self.lacks_udp_at().is_some_and(|at| at <= self.now)
    }

    /// What connections should be negotiated for.
    pub(crate) fn wishes(&self) -> Wishes {
        let (others, is_screen_shared) = match &self.stage {
            Stage::Call(session) => {
                let mut people = session.peers.iter();
                let is_shared = people.any(|it| it.about.media.screen);
                (session.peers.len(), is_shared || self.media.media().screen)
            }
            _ => (1, false),
        };
        let encodings = media::encodings(others, is_screen_shared);
        self.media.wishes(encodings)
    }

    /// Runs something on the call with what it needs from around it.
    pub(crate) fn in_call<R>(
        &mut self,
        f: impl FnOnce(&mut Session, &mut Context<'_>) -> R,
    ) -> Option<R> {
        let wishes = self.wishes();
        let Stage::Call(session) = &mut self.stage else {
            return None;
        };
        let ice_servers = session.ice_servers.clone();
        let mut cx = Context {
            now: self.now,
            start: self.start,
            out: &mut self.out,
            ice_servers: &ice_servers,
            relay_only: self.memory.relay_only,
            wishes,
            online: self.line.is_open() && session.presence == Presence::Here,
        };
        Some(f(session, &mut cx))
    }

    /// Each part does what its state asks for.
    fn settle(&mut self) {
        let needed = match &self.stage {
            Stage::Home(home) => home.finding.is_some(),
            Stage::Lobby(_) | Stage::Call(_) => true,
            Stage::Ended(_) => false,
        };
        let needed = needed && !self.closing;
        self.line.need(needed, self.now);
        if !self.closing {
            self.settle_lobby();
        }
        self.settle_call();
        self.settle_shell();
    }

    /// When [`LIVE_AFTER_PRESS`] is over on a page that waits in the background.
    fn hold_at(&self) -> Option<Instant> {
        let Stage::Lobby(lobby) = &self.stage else {
            return None;
        };
        let may_hold = self.hidden && !self.media.is_held();
        let pressed = lobby.since.filter(|_| may_hold)?;
        Some(pressed + LIVE_AFTER_PRESS)
    }

    /// Tells of something that has happened, if nobody looks at the page.
    pub(super) fn ring(&mut self, bell: Bell) {
        if self.hidden {
            self.bell = Some(bell);
            if !self.memory.bell_off {
                self.out.media(MediaOp::Ring);
            }
        }
    }

    fn settle_lobby(&mut self) {
        if self.hold_at().is_some_and(|at| at <= self.now) {
            self.media.hold(&mut self.out);
        }
        let media = self.media.media();
        let Stage::Lobby(lobby) = &mut self.stage else {
            return;
        };
        if lobby.is_to_ask() && self.line.is_open() {
            let pass = self.pass.as_ref().filter(|it| it.room == lobby.room);
            let secret = self.memory.device.as_ref();
            let token = secret.and_then(|it| device_token::token(it, &lobby.room));
            lobby.asked = true;
            lobby.announced = (media, self.memory.name.clone());
            let join = protocol::ClientMessage::Join {
                room: lobby.room.clone(),
                name: Some(self.memory.name.clone()),
                secret: lobby.secret.clone(),
                ticket: pass.map(|it| it.ticket.clone()),
                media: Some(media),
                received: Some(if pass.is_some() { COUNT_IS_LOST } else { 0 }),
                offer: lobby.offer(pass.is_some()),
                device: token,
            };
            self.line.send(self.now, join);
        }
        let wishes = self.media.wishes(media::encodings(1, false));
        let relay_only = self.memory.relay_only;
        lobby.prepare(self.now, self.start, wishes, relay_only, &mut self.out);
    }

    fn settle_call(&mut self) {
        let media = self.media.media();
        let name = self.memory.name.clone();
        let messages = self.in_call(|session, cx| {
            session.settle(cx);
            session.messages(cx.now, media, name, cx.online)
        });
        for message in messages.unwrap_or_default() {
            self.send_to_room(message);
        }
        if let Stage::Call(session) = &self.stage {
            let people = session.peers.iter().filter_map(|it| {
                let connection = it.connection.as_ref()?;
                Some((&it.about.id, connection.id()))
            });
            self.hearings.settle(people, &mut self.out);
        }
    }

    /// Says something to the room, now or when it can be reached again.
    pub(super) fn send_to_room(&mut self, message: protocol::ClientMessage) {
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        session.delivery.say(&message);
        if session.presence == Presence::Here {
            self.line.send(self.now, message);
        }
    }

    fn settle_shell(&mut self) {
        let wake_lock = matches!(self.stage, Stage::Call(_));
        if self.shell.wake_lock != wake_lock {
            self.shell.wake_lock = wake_lock;
            self.out.push(Effect::WakeLock { on: wake_lock });
        }
        let room = match &self.stage {
            Stage::Home(_) => None,
            Stage::Lobby(lobby) => Some(&lobby.room),
            Stage::Call(session) => Some(&session.about.room),
            Stage::Ended(ended) => Some(&ended.room),
        };
        let address = Address {
            room: room.cloned(),
            in_call: matches!(self.stage, Stage::Call(_)),
        };
        if self.shell.address != address {
            self.shell.address = address.clone();
            let Address { room, in_call } = address;
            self.out.push(Effect::ShowAddress { room, in_call });
        }
        if let Stage::Call(session) = &self.stage {
            self.pass = Some(session.pass());
        }
        if self.shell.pass != self.pass {
            self.shell.pass.clone_from(&self.pass);
            let pass = self.pass.clone().map(Box::new);
            self.out.push(Effect::KeepPass(pass));
        }
        self.media.remember(&mut self.memory);
        if self.shell.memory != self.memory {
            let now = self.memory.clone();
            let before = std::mem::replace(&mut self.shell.memory, now.clone());
            let change = Change { before, now };
            self.out.push(Effect::Remember(Box::new(change)));
        }
    }

    /// The person went back or forward in the history. A call is not left by that: its address is
    /// shown again.
    pub(super) fn went(&mut self, room: Option<RoomId>) {
        self.shell.address = Address {
            room: room.clone(),
            in_call: false,
        };
        match (&self.stage, room) {
            (Stage::Call(_), _) => self.backs = self.backs.wrapping_add(1),
            (_, Some(room)) => self.open_room(room),
            (_, None) => self.go_home(),
        }
    }

    /// Takes over what another tab has changed of what the device keeps. This tab keeps its choice
    /// of devices. In a lobby or call, where others may know them, it also keeps its name and
    /// whether it uses the relay only.
    fn remembered(&mut self, heard: &Memory) {
        let alone = matches!(self.stage, Stage::Home(_) | Stage::Ended(_));
        for memory in [&mut self.memory, &mut self.shell.memory] {
            memory.recent.clone_from(&heard.recent);
            memory.device.clone_from(&heard.device);
            memory.limit();
            if alone {
                memory.name.clone_from(&heard.name);
                memory.relay_only = heard.relay_only;
            }
            memory.bell_off = heard.bell_off;
            memory.notify = heard.notify;
        }
        if let Stage::Lobby(lobby) = &mut self.stage
            && lobby.secret.is_none()
        {
            lobby.secret = self.memory.secret_of(&lobby.room);
        }
    }
}
