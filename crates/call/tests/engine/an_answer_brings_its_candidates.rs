//! An answer brings its candidates along and waits a moment for them, so that no check that comes
//! out of a relay is there before its candidate.

use std::time::Duration;

use call::{
    Call, Command, Completion, Config, ConnectionEvent, ConnectionId, ConnectionOp, Effect, Event,
    GatheringState, Input, Memory, SdpKind, SocketEvent, SocketId, SocketOp,
};
use protocol::{
    Candidate, ClientMessage, Media, Name, Participant, ParticipantId, Role, Sdp, ServerMessage,
    Ticket,
};
use web_time::Instant;

use crate::support::{room, secret};

const SECTION: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=setup:active\r\na=ice-ufrag:abcd\r\n";
const RELAYED: &str = "candidate:3 1 udp 41885439 203.0.113.9 54400 typ relay";
const LATER: &str = "candidate:4 1 udp 25108223 203.0.113.9 54401 typ relay";

/// The host of a call in a browser that does at once what it is asked for.
struct Host {
    call: Call,
    now: Instant,
    socket: Option<SocketId>,
    connection: Option<ConnectionId>,
    /// The browser has gathered before it is asked to.
    has_gathered: bool,
    said: Vec<ClientMessage>,
}

impl Host {
    /// Alone in the call.
    fn waiting() -> Self {
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
        };
        host.input(Input::Command(Command::StartCall { secret: secret() }));
        host.socket(SocketEvent::Opened);
        host.input(Input::Command(Command::Join));
        host.hears(ServerMessage::Joined {
            offered: None,
            room: room(),
            participant: ParticipantId::parse("participan01").unwrap(),
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

    /// Somebody enters and offers; the browser has its answer.
    fn has_answered(&mut self) {
        let id = ParticipantId::parse("participan02").unwrap();
        self.hears(ServerMessage::ParticipantJoined {
            participant: Participant {
                id: id.clone(),
                name: Name::clean("Bob"),
                role: Role::Guest,
                media: Media::default(),
                connected: true,
            },
        });
        self.hears(ServerMessage::Offer {
            from: id,
            connection: 1,
            sdp: Sdp::new(format!("v=0\r\n{SECTION}")),
        });
    }

    fn hears(&mut self, message: ServerMessage) {
        self.socket(SocketEvent::Message(message));
    }

    fn socket(&mut self, event: SocketEvent) {
        let socket = self.socket.unwrap();
        self.input(Input::Event(Event::Socket { socket, event }));
    }

    fn happens(&mut self, event: ConnectionEvent) {
        let connection = self.connection.unwrap();
        self.input(Input::Event(Event::Connection { connection, event }));
    }

    fn gathers(&mut self, candidate: &str) {
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
                    SocketOp::Send(message) => self.said.push(message),
                    _ => {}
                },
                Effect::Connection { connection, op } => {
                    self.connection = Some(connection);
                    self.browser_does(op);
                }
                _ => {}
            }
        }
    }

    fn browser_does(&mut self, op: ConnectionOp) {
        let done = match op {
            ConnectionOp::SetLocalDescription(SdpKind::Answer) => {
                if self.has_gathered {
                    self.gathers(RELAYED);
                    self.happens(ConnectionEvent::Gathering(GatheringState::Complete));
                }
                Completion::LocalDescription(Sdp::new(format!("v=0\r\n{SECTION}")))
            }
            ConnectionOp::SetRemoteDescription { .. } | ConnectionOp::SetTransceivers { .. } => {
                Completion::Done
            }
            _ => return,
        };
        self.happens(ConnectionEvent::Completed(Ok(done)));
    }

    fn answer(&self) -> Option<&str> {
        self.said.iter().find_map(|message| match message {
            ClientMessage::Answer { sdp, .. } => Some(sdp.as_str()),
            _ => None,
        })
    }

    /// Candidates that were told by themselves.
    fn candidates(&self) -> Vec<&str> {
        let told = self.said.iter().filter_map(|message| match message {
            ClientMessage::Candidate { candidate, .. } => candidate.as_ref(),
            _ => None,
        });
        told.map(|candidate| candidate.candidate.as_str()).collect()
    }
}

#[test]
fn an_answer_waits_until_all_is_gathered() {
    let mut host = Host::waiting();
    host.has_answered();
    assert_eq!(host.answer(), None);
    host.gathers(RELAYED);
    assert_eq!(host.answer(), None);
    host.happens(ConnectionEvent::Gathering(GatheringState::Complete));
    let answer = host.answer().unwrap();
    assert!(answer.contains(&format!("a={RELAYED}\r\n")), "{answer}");
    assert!(host.candidates().is_empty());
}

#[test]
fn an_answer_waits_for_a_moment_only() {
    let mut host = Host::waiting();
    host.has_answered();
    host.gathers(RELAYED);
    let begin = host.now;
    while host.answer().is_none() {
        host.now = host.call.poll_timeout().unwrap();
        assert!(host.now <= begin + Duration::from_millis(200));
        host.call.handle_timeout(host.now);
        host.drain();
    }
    assert!(host.answer().unwrap().contains(RELAYED));
    host.gathers(LATER);
    assert_eq!(host.candidates(), [LATER]);
}

#[test]
fn what_was_gathered_beforehand_is_not_waited_for() {
    let mut host = Host::waiting();
    host.has_gathered = true;
    host.has_answered();
    assert!(host.answer().unwrap().contains(RELAYED));
}
