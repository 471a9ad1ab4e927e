//! A browser and a server in virtual time, of which each way may be in whatever trouble.

use std::collections::VecDeque;

use protocol::{
    ErrorCode, IceServer, Participant, ParticipantId, Role, ServerMessage, SessionId, Ticket,
};
use signalling::{Listen, Obstacle, Outcome, Post, SocketEvent, SocketId, SocketOp};

use super::super::*;

pub(super) const MS: Duration = Duration::from_millis(1);

/// What becomes of a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum WebSocket {
    Opens,
    Refused,
    Hangs,
    /// It opens, and the server closes it with this code.
    Closes(u16),
}

/// What becomes of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Every so many-th message is lost (0: none).
    Works { loses: u16 },
    /// Nothing is heard.
    Silent,
    /// The browser gives up at once: without a candidate, after this code if there is one.
    GivesUp(Option<u16>),
    /// Messages are taken, and none arrives.
    Swallows,
    /// The connection breaks after so many messages.
    Breaks(u16),
}

pub(super) const WORKS: Way = Way::Works { loses: 0 };

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) start: Instant,
    pub(super) check: Check,
    pub(super) web_socket: WebSocket,
    /// Whether requests are answered.
    pub(super) requests: bool,
    /// What answers requests if they are not.
    pub(super) obstacle: Option<Obstacle>,
    pub(super) refuses: Option<ErrorCode>,
    pub(super) round_trip: Duration,
    pub(super) ways: [(Link, Option<Way>); 4],
    pub(super) coming: VecDeque<(Instant, Input)>,
    /// The session of the fallback: what is said in it, and the answer that waits for more.
    pub(super) said: Vec<ServerMessage>,
    pub(super) asked: Option<(SocketId, u64)>,
    /// What the server heard.
    pub(super) heard: Vec<ClientMessage>,
    pub(super) open: Vec<Link>,
}

impl World {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            now,
            start: now,
            check: Check::new(now, [7; 32]),
            web_socket: WebSocket::Opens,
            requests: true,
            obstacle: None,
            refuses: None,
            round_trip: MS * 40,
            ways: Link::PROBED.map(|link| (link, Some(WORKS))),
            coming: VecDeque::new(),
            said: Vec::new(),
            asked: None,
            heard: Vec::new(),
            open: Vec::new(),
        }
    }

    pub(super) fn with(mut self, links: &[Link], way: Option<Way>) -> Self {
        for (link, to) in &mut self.ways {
            if links.contains(link) {
                *to = way;
            }
        }
        self
    }

    /// Runs to the end: what is shown then, and after how long.
    pub(super) fn run(&mut self) -> (View, Duration) {
        while self.check.view().verdict.is_none() {
            self.step();
        }
        self.drain();
        assert!(
            self.check.poll_timeout().is_none(),
            "it rests when it is over"
        );
        assert_eq!(self.open, [], "all is closed when it is over");
        let took = self.now - self.start;
        let bound = if self.round_trip < MS * 150 {
            BOUND
        } else {
            LONG_BOUND
        };
        assert!(took <= bound, "{took:?}");
        (self.check.view(), took)
    }

    pub(super) fn step(&mut self) {
        self.drain();
        let next = self.coming.iter().map(|(at, _)| *at).min();
        let timeout = self.check.poll_timeout();
        self.now = next
            .into_iter()
            .chain(timeout)
            .min()
            .expect("it ends")
            .max(self.now);
        let due = self.coming.iter().position(|(at, _)| *at <= self.now);
        match due.and_then(|at| self.coming.remove(at)) {
            Some((_, input)) => self.check.handle(self.now, input),
            None => self.check.handle_timeout(self.now),
        }
    }

    pub(super) fn drain(&mut self) {
        while let Some(effect) = self.check.poll_output() {
            match effect {
                Effect::Socket { socket, op } => self.socket(socket, op),
                Effect::Probe { link, op } => self.probe(link, op),
            }
        }
    }

    pub(super) fn later(&mut self, after: Duration, input: Input) {
        self.coming.push_back((self.now + after, input));
    }

    fn tell(&mut self, socket: SocketId, event: SocketEvent) {
        self.later(self.round_trip, Input::Socket { socket, event });
    }

    fn socket(&mut self, socket: SocketId, op: SocketOp) {
        match op {
            SocketOp::Open => match self.web_socket {
                WebSocket::Opens => self.tell(socket, SocketEvent::Opened),
                WebSocket::Refused => self.tell(socket, SocketEvent::Closed { code: None }),
                WebSocket::Hangs => {}
                WebSocket::Closes(code) => {
                    self.tell(socket, SocketEvent::Opened);
                    self.tell(socket, SocketEvent::Closed { code: Some(code) });
                }
            },
            SocketOp::Send(message) => {
                if let Some(answer) = self.answer(message) {
                    self.tell(socket, SocketEvent::Message(answer));
                }
            }
            SocketOp::Listen(listen) if self.requests => self.listen(socket, &listen),
            SocketOp::Post(post) if self.requests => self.post(socket, post),
            SocketOp::Listen(_) => {
                let outcome = self.obstacle.map_or(Outcome::Failed, Outcome::Blocked);
                self.tell(socket, SocketEvent::Ended(outcome));
            }
            SocketOp::Post(_) | SocketOp::Close => {}
        }
    }

    fn listen(&mut self, socket: SocketId, listen: &Listen) {
        assert!(listen.whole, "answers that pass whatever is on the way");
        if listen.session.is_none() {
            self.tell(socket, SocketEvent::Session(session()));
            self.tell(socket, SocketEvent::Ended(Outcome::Done));
            return;
        }
        self.asked = Some((socket, listen.received));
        self.say();
    }

    fn post(&mut self, socket: SocketId, post: Post) {
        let through = post.through();
        for message in post.messages {
            let answer = self.answer(message);
            self.said.extend(answer);
        }
        let outcome = Outcome::Done;
        self.tell(socket, SocketEvent::Posted { through, outcome });
        self.say();
    }

    /// Ends the answer that waits with what there is to say.
    fn say(&mut self) {
        let Some((socket, received)) = self.asked else {
            return;
        };
        let received = usize::try_from(received).expect("few");
        let new: Vec<_> = self.said.iter().enumerate().skip(received).collect();
        if new.is_empty() {
            return;
        }
        let mut events = vec![SocketEvent::Session(session())];
        events.extend(new.into_iter().map(|(at, message)| SocketEvent::Numbered {
            number: at as u64 + 1,
            message: message.clone(),
        }));
        events.push(SocketEvent::Ended(Outcome::Done));
        self.asked = None;
        for event in events {
            self.tell(socket, event);
        }
    }

    fn answer(&mut self, message: ClientMessage) -> Option<ServerMessage> {
        self.heard.push(message.clone());
        match message {
            ClientMessage::Join { .. } if self.refuses.is_some() => {
                Some(ServerMessage::Error(protocol::Error {
                    code: self.refuses?,
                    message: String::new(),
                    refused: None,
                    retry_after_ms: None,
                }))
            }
            ClientMessage::Join { room, .. } => Some(ServerMessage::Joined {
                room,
                participant: ParticipantId::parse("AAAAAAAAAAAA").expect("an id"),
                role: Role::Host,
                resumed: false,
                participants: Vec::<Participant>::new(),
                locked: false,
                max_participants: 8,
                ticket: Ticket::parse("t").expect("a ticket"),
                ice_servers: self.ice_servers(),
                received: 0,
                missed: false,
                offered: None,
            }),
            ClientMessage::Ping { id } => Some(ServerMessage::Pong { id }),
            _ => None,
        }
    }

    fn ice_servers(&self) -> Vec<IceServer> {
        let urls = self.ways.iter().filter(|(_, way)| way.is_some());
        let urls = urls.map(|(link, _)| match link {
            Link::Udp => "stun:call.example:3478",
            Link::RelayUdp => "turn:call.example:3478?transport=udp",
            Link::RelayTcp => "turn:call.example:443?transport=tcp",
            Link::RelayTls | Link::Signalling => "turns:call.example:443?transport=tcp",
        });
        vec![IceServer {
            urls: urls.map(ToOwned::to_owned).collect(),
            username: Some("u".to_owned()),
            credential: Some("c".to_owned()),
        }]
    }

    fn probe(&mut self, link: Link, op: ProbeOp) {
        let found = self.ways.iter().find(|(of, _)| *of == link);
        let way = found.and_then(|(_, way)| *way).expect("it is offered");
        let mut tell = |after: u32, event| {
            let after = self.round_trip * after;
            self.coming
                .push_back((self.now + after, Input::Probe { link, event }));
        };
        match op {
            ProbeOp::Gather(_) | ProbeOp::Pair(_) => {
                match way {
                    Way::Silent => {}
                    Way::GivesUp(code) => {
                        code.into_iter()
                            .for_each(|code| tell(1, ProbeEvent::IceError(code)));
                        tell(1, ProbeEvent::Gathered);
                    }
                    Way::Works { .. } | Way::Swallows | Way::Breaks(_) => {
                        // TCP, a proxy, TLS, two requests; then a permission, ICE, DTLS and SCTP.
                        tell(5, ProbeEvent::Candidate);
                        tell(5, ProbeEvent::Gathered);
                        tell(12, ProbeEvent::Open);
                    }
                }
                self.open.push(link);
            }
            ProbeOp::Send(number) => match way {
                Way::Works { loses } if loses > 0 && number % loses == 0 => {}
                Way::Works { .. } => tell(1, ProbeEvent::Arrived(number)),
                Way::Breaks(after) if number == after => tell(0, ProbeEvent::Failed),
                Way::Breaks(after) if number < after => tell(1, ProbeEvent::Arrived(number)),
                _ => {}
            },
            ProbeOp::Close => self.open.retain(|it| *it != link),
        }
    }
}

pub(super) fn session() -> SessionId {
    SessionId::parse(&"s".repeat(32)).expect("an id")
}

pub(super) fn state(view: &View, link: Link) -> &State {
    let line = view.lines.iter().find(|line| line.link == link);
    &line.expect("every link has a line").state
}

pub(super) fn works(view: &View, link: Link) -> bool {
    matches!(state(view, link), State::Good(_))
}
