//! The engine: what goes in is handed to the part that it concerns.

use std::collections::VecDeque;

use protocol::{Media, ParticipantId, Role, RoomId};
use web_time::Instant;

use crate::{
    Command, Details, Devices, Effect, Input, Level, Me, MediaAccess, Memory, RoomView, Screen,
    Signalling, Status, View,
};

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
#[derive(Debug)]
pub struct Call {
    config: Config,
    lobby: Option<RoomId>,
    effects: VecDeque<Effect>,
}

impl Call {
    /// Starts the engine; drain [`Call::poll_output`] right after.
    pub fn new(_now: Instant, config: Config) -> Self {
        Self {
            lobby: config.room.clone(),
            config,
            effects: VecDeque::new(),
        }
    }

    /// Takes a command or an event.
    pub fn handle(&mut self, _now: Instant, input: Input) {
        match input {
            Input::Command(Command::OpenRoom { room }) => self.lobby = Some(room),
            Input::Command(Command::GoHome) => self.lobby = None,
            Input::Command(_) | Input::Event(_) => {}
        }
    }

    /// What is to be done next; none when all is done for now.
    pub fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Call::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// What there is to draw.
    pub fn view(&self) -> View {
        View {
            screen: match &self.lobby {
                None => Screen::Home {
                    finding: false,
                    problem: None,
                },
                Some(_) => Screen::Lobby {
                    names: None,
                    joining: false,
                    waiting: false,
                    problem: None,
                },
            },
            status: Status::Quiet,
            signalling: Signalling::Idle,
            me: Me {
                participant: None,
                name: self.config.memory.name.clone(),
                role: Role::Guest,
                media: Media::default(),
                microphone: MediaAccess::NotAsked,
                camera: MediaAccess::NotAsked,
                level: Level::default(),
                music: self.config.memory.music,
            },
            devices: Devices::default(),
            room: self.lobby.as_ref().map(|room| RoomView {
                id: room.clone(),
                locked: false,
                max_participants: 2,
                code: None,
            }),
            people: Vec::new(),
            notices: Vec::new(),
            recent: self.config.memory.recent.clone(),
            playback_blocked: false,
        }
    }

    /// What the panel "Call details" shows of the connection to a participant.
    pub fn details(&self, _participant: &ParticipantId) -> Option<Details> {
        None
    }
}
