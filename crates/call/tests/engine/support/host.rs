//! A host alone in a call, in a browser that does at once what it is asked for.

use std::time::Duration;

use call::{
    Call, Command, Completion, Config, ConnectionEvent, ConnectionId, ConnectionOp, Effect, Event,
    GatheringState, Input, Memory, SocketEvent, SocketId, SocketOp,
};
use protocol::{
    Candidate, ClientMessage, Media, Name, Participant, ParticipantId, Role, Sdp, ServerMessage,
    Ticket,
};
use web_time::Instant;

use super::{room, secret};

/// A relayed candidate.
pub const RELAYED: &str = "candidate:3 1 udp 41885439 203.0.113.9 54400 typ relay";

/// The id of the participant with this number.
pub fn id(number: u32) -> ParticipantId {
    ParticipantId::parse(&format!("participan{number:02}")).unwrap()
}

/// A session description as a browser makes it.
pub fn description() -> Sdp {
    let section = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=setup:active\r\na=ice-ufrag:abcd\r\n";
    Sdp::new(format!("v=0\r\n{section}"))
}

/// The host of a call in a browser that does at once what it is asked for.
pub struct Host {
    pub call: Call,
    pub now: Instant,
    socket: Option<SocketId>,
    connection: Option<ConnectionId>,
    /// The browser gathers all candidates before its description is set.
    pub has_gathered: bool,
    pub said: Vec<ClientMessage>,
    /// How many connections the browser was asked to make.
    pub created: usize,
}

impl Host {
    /// Alone in the call, as the participant of number 5.
    pub fn waiting() -> Self {
        let now = Instant::now();
        let config = Config {
            seed: [0; 32],
            unix_ms: 0,
            memory: Memory::default(),
            pass: None,
            room: None,
            origin: "https://localhost".to_owned(),
        };
        let mut host = Self {
            call: Call::new(now, config),
            now,
            socket: None,
            connection: None,
            has_gathered: false,
            said: Vec::new(),
            created: 0,
        };
        host.input(Input::Command(Command::StartCall { secret: secret() }));
        host.socket(SocketEvent::Opened);
        host.input(Input::Command(Command::Join));
        host.hears(ServerMessage::Joined {
            offered: None,
            room: room(),
            participant: id(5),
            role: Role::Host,
            resumed: false,
            participants: Vec::new(),
            locked: false,
            max_participants: 2,
            ticket: Ticket::parse("ticket").unwrap(),
            ice_servers: Vec::new(),
            received: 0,
            missed: false,
        });
        host
    }

    /// Somebody enters.
    pub fn is_joined_by(&mut self, id: &ParticipantId) {
        self.hears(ServerMessage::ParticipantJoined {
            participant: Participant {
                id: id.clone(),
                name: Name::clean("Bob"),
                role: Role::Guest,
                media: Media::default(),
                connected: true,
            },
        });
    }

    /// Lets time pass until `is_over`, step by step as the engine asks for it.
    pub fn until(&mut self, mut is_over: impl FnMut(&Self) -> bool) {
        while !is_over(self) {
            self.now = self.call.poll_timeout().unwrap();
            self.call.handle_timeout(self.now);
            self.drain();
        }
    }

    /// Lets so much time pass, step by step as the engine asks for it.
    pub fn passes(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.call.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.call.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    pub fn hears(&mut self, message: ServerMessage) {
        self.socket(SocketEvent::Message(message));
    }

    fn socket(&mut self, event: SocketEvent) {
        let socket = self.socket.unwrap();
        self.input(Input::Event(Event::Socket { socket, event }));
    }

    pub fn happens(&mut self, event: ConnectionEvent) {
        let connection = self.connection.unwrap();
        self.input(Input::Event(Event::Connection { connection, event }));
    }

    pub fn gathers(&mut self, candidate: &str) {
        self.happens(ConnectionEvent::Gathered(Some(Candidate {
            candidate: candidate.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            username_fragment: Some("abcd".to_owned()),
        })));
    }

    fn input(&mut self, input: Input) {
        self.call.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.call.poll_output() {
            match effect {
                Effect::Socket { socket, op } => match op {
                    SocketOp::Open => self.socket = Some(socket),
                    SocketOp::Send(ClientMessage::Ping { id }) => {
                        self.hears(ServerMessage::Pong { id });
                    }
                    SocketOp::Send(message) => self.said.push(message),
                    _ => {}
                },
                Effect::Connection { connection, op } => {
                    self.created += usize::from(matches!(op, ConnectionOp::Create { .. }));
                    self.connection = Some(connection);
                    self.browser_does(op);
                }
                _ => {}
            }
        }
    }

    fn browser_does(&mut self, op: ConnectionOp) {
        let done = match op {
            ConnectionOp::SetLocalDescription(_) => {
                if self.has_gathered {
                    self.gathers(RELAYED);
                    self.happens(ConnectionEvent::Gathering(GatheringState::Complete));
                }
                Completion::LocalDescription(description())
            }
            ConnectionOp::SetRemoteDescription { .. } | ConnectionOp::SetTransceivers { .. } => {
                Completion::Done
            }
            _ => return,
        };
        self.happens(ConnectionEvent::Completed(Ok(done)));
    }
}
