//! The four verbs of the engine. Each input is handed to the part that it concerns. Then the engine
//! settles: each part does what its state asks for.

use std::time::Duration;

use protocol::{ClientMessage, ParticipantId};
use signalling::Line;
use web_time::Instant;

use super::call::{Address, Call, Config, ShellState, Stage};
use super::device_token;
use crate::interface::{Change, Effect, Event, Input};
use crate::media::{LocalMedia, encodings};
use crate::outbox::Outbox;
use crate::roster::Hearings;
use crate::stage::Home;
use crate::view::{Details, EndReason, Notices, View};

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

    /// For how long nothing could be done, if that was long.
    fn overslept(&self, now: Instant) -> Option<Duration> {
        let late = now.saturating_duration_since(self.poll_timeout()?);
        (late >= OVERSLEPT).then_some(late)
    }

    /// What there is to draw.
    pub fn view(&self) -> View {
        self.draw()
    }

    /// How loud the own microphone is. It is no part of the view, because it changes ten times a
    /// second.
    pub fn level(&self) -> crate::Level {
        self.media.level
    }

    /// What the panel "Call details" shows of the connection to a participant.
    pub fn details(&self, participant: &ParticipantId) -> Option<Details> {
        self.draw_details(participant)
    }

    /// When a text may be written again, if too much was written.
    fn chat_at(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Call(session) => session.chat.deadline(self.now),
            _ => None,
        }
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
            let join = ClientMessage::Join {
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
        let wishes = self.media.wishes(encodings(1, false));
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
}
