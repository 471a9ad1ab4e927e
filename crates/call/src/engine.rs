//! The engine: what goes in is handed to the part that it concerns, and then everything is
//! settled, that is, each part does what its state asks for.

use std::time::Duration;

use protocol::{ParticipantId, RoomId};
use web_time::Instant;

use crate::jitter::Jitter;
use crate::lobby::{Entry, Home, Lobby};
use crate::media::LocalMedia;
use crate::notices::Notices;
use crate::outbox::Outbox;
use crate::peer::Cx;
use crate::session::{Presence, Session};
use crate::signalling::Line;
use crate::{Details, Effect, EndReason, Event, Input, Memory, View};

/// A timer that comes so late tells that the device slept or the page was frozen.
const OVERSLEPT: Duration = Duration::from_secs(5);

/// What an engine begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Fresh random bytes: spread the waits between tries to reach the server.
    pub seed: [u8; 32],
    /// The time of day at the start, in milliseconds since 1970, for the list of recent calls.
    pub unix_ms: u64,
    /// What the device kept from the last visit.
    pub memory: Memory,
    /// The room of the address that the page was opened with.
    pub room: Option<RoomId>,
    /// Scheme, host and port of this page, as in `https://host:8443`: a pasted link must begin so.
    pub origin: String,
}

/// One participant's call.
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) unix_ms: u64,
    pub(crate) origin: String,
    pub(crate) out: Outbox,
    pub(crate) line: Line,
    pub(crate) media: LocalMedia,
    pub(crate) stage: Stage,
    pub(crate) notices: Notices,
    pub(crate) memory: Memory,
    pub(crate) playback_blocked: bool,
    /// The page is going away, or lies in the browser's cache.
    pub(crate) closing: bool,
    /// What the shell was told last.
    told: Told,
}

/// Where the person is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    Home(Home),
    Lobby(Lobby),
    Call(Session),
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
struct Told {
    memory: Memory,
    wake_lock: bool,
    address: Option<RoomId>,
}

impl Call {
    /// Starts the engine; drain [`Call::poll_output`] right after.
    pub fn new(now: Instant, config: Config) -> Self {
        let mut memory = config.memory;
        memory.recent.truncate(Memory::RECENTS);
        let mut call = Self {
            now,
            start: now,
            unix_ms: config.unix_ms,
            origin: config.origin,
            out: Outbox::default(),
            line: Line::new(Jitter::new(&config.seed)),
            media: LocalMedia::new(&memory),
            stage: Stage::Home(Home::default()),
            notices: Notices::default(),
            told: Told {
                memory: memory.clone(),
                wake_lock: false,
                address: config.room.clone(),
            },
            memory,
            playback_blocked: false,
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
        }
        self.settle();
    }

    /// What is to be done next; none when all is done for now.
    pub fn poll_output(&mut self) -> Option<Effect> {
        self.out.pop()
    }

    /// When [`Call::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Lobby(lobby) => lobby.deadline(),
            Stage::Call(session) => session.deadline(self.line.is_open()),
            Stage::Home(_) | Stage::Ended(_) => None,
        };
        [
            self.line.deadline(),
            stage,
            self.notices.deadline(),
            self.server_missed_at().filter(|at| *at > self.now),
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
            self.line.wake(self.now, &mut self.out);
        }
        self.notices.tick(self.now);
        if self.line.tick(self.now, &mut self.out) {
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
    pub(crate) fn server_missed_at(&self) -> Option<Instant> {
        let in_call = matches!(self.stage, Stage::Call(_));
        let since = self.line.lost_since().filter(|_| in_call)?;
        Some(since + Duration::from_secs(1))
    }

    /// Runs something on the call with what it needs from around it.
    pub(crate) fn in_call<R>(
        &mut self,
        f: impl FnOnce(&mut Session, &mut Cx<'_>) -> R,
    ) -> Option<R> {
        let Stage::Call(session) = &mut self.stage else {
            return None;
        };
        let ice_servers = session.ice_servers.clone();
        let mut cx = Cx {
            now: self.now,
            start: self.start,
            out: &mut self.out,
            ice_servers: &ice_servers,
            relay_only: self.memory.relay_only,
            wishes: self.media.wishes(),
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
        self.line.need(needed, self.now, &mut self.out);
        if !self.closing {
            self.settle_lobby();
        }
        self.settle_call();
        self.settle_shell();
    }

    fn settle_lobby(&mut self) {
        let media = self.media.media();
        let Stage::Lobby(lobby) = &mut self.stage else {
            return;
        };
        if lobby.entry == Entry::Asking && !lobby.asked && self.line.is_open() {
            lobby.asked = true;
            lobby.told = (media, self.memory.name.clone());
            let join = protocol::ClientMessage::Join {
                room: lobby.room.clone(),
                name: self.memory.name.clone(),
                secret: lobby.secret.clone(),
                ticket: None,
                media,
                received: Some(0),
                offer: lobby.offer(),
            };
            self.line.send(self.now, join, &mut self.out);
        }
        let wishes = self.media.wishes();
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
            self.tell(message);
        }
    }

    /// Says something to the room, now or when it can be reached again.
    pub(crate) fn tell(&mut self, message: protocol::ClientMessage) {
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        session.delivery.say(&message);
        if session.presence == Presence::Here {
            self.line.send(self.now, message, &mut self.out);
        }
    }

    fn settle_shell(&mut self) {
        let wake_lock = matches!(self.stage, Stage::Call(_));
        if self.told.wake_lock != wake_lock {
            self.told.wake_lock = wake_lock;
            self.out.push(Effect::WakeLock { on: wake_lock });
        }
        let address = match &self.stage {
            Stage::Home(_) => None,
            Stage::Lobby(lobby) => Some(&lobby.room),
            Stage::Call(session) => Some(&session.about.room),
            Stage::Ended(ended) => Some(&ended.room),
        };
        if self.told.address.as_ref() != address {
            let room = address.cloned();
            self.told.address.clone_from(&room);
            self.out.push(Effect::ShowAddress { room });
        }
        self.media.remember(&mut self.memory);
        if self.told.memory != self.memory {
            self.told.memory = self.memory.clone();
            self.out
                .push(Effect::Remember(Box::new(self.memory.clone())));
        }
    }
}
