//! A browser and a server in virtual time, of which each way may be in whatever trouble.

use std::collections::VecDeque;

use protocol::{ErrorCode, Participant, ParticipantId, Role, ServerMessage, SessionId, Ticket};

use super::*;
use crate::{Listen, Outcome, Post, SignallingWay};

const MS: Duration = Duration::from_millis(1);

/// What becomes of a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq)]
enum WebSocket {
    Opens,
    Refused,
    Hangs,
    /// It opens, and the server closes it with this code.
    Closes(u16),
}

/// What becomes of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
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

const WORKS: Way = Way::Works { loses: 0 };

struct World {
    now: Instant,
    start: Instant,
    check: Check,
    web_socket: WebSocket,
    /// Whether requests are answered.
    requests: bool,
    refuses: Option<ErrorCode>,
    round_trip: Duration,
    ways: [(Link, Option<Way>); 4],
    coming: VecDeque<(Instant, Input)>,
    /// The session of the fallback: what is said in it, and the answer that waits for more.
    said: Vec<ServerMessage>,
    asked: Option<(SocketId, u64)>,
    /// What the server heard.
    heard: Vec<ClientMessage>,
    open: Vec<Link>,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            now,
            start: now,
            check: Check::new(now, [7; 32]),
            web_socket: WebSocket::Opens,
            requests: true,
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

    fn with(mut self, links: &[Link], way: Option<Way>) -> Self {
        for (link, to) in &mut self.ways {
            if links.contains(link) {
                *to = way;
            }
        }
        self
    }

    /// Runs to the end: what is shown then, and after how long.
    fn run(&mut self) -> (View, Duration) {
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
        assert!(took <= BOUND, "{took:?}");
        (self.check.view(), took)
    }

    fn step(&mut self) {
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

    fn drain(&mut self) {
        while let Some(effect) = self.check.poll_output() {
            match effect {
                Effect::Socket { socket, op } => self.socket(socket, op),
                Effect::Probe { link, op } => self.probe(link, op),
            }
        }
    }

    fn later(&mut self, after: Duration, input: Input) {
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
            SocketOp::Listen(_) => self.tell(socket, SocketEvent::Ended(Outcome::Failed)),
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
                        tell(2, ProbeEvent::Candidate);
                        tell(2, ProbeEvent::Gathered);
                        tell(6, ProbeEvent::Open);
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

fn session() -> SessionId {
    SessionId::parse(&"s".repeat(32)).expect("an id")
}

fn state(view: &View, link: Link) -> &State {
    let line = view.lines.iter().find(|line| line.link == link);
    &line.expect("every link has a line").state
}

fn works(view: &View, link: Link) -> bool {
    matches!(state(view, link), State::Good(_))
}

const RELAYS: [Link; 3] = [Link::RelayUdp, Link::RelayTcp, Link::RelayTls];

#[test]
fn where_everything_works_every_line_is_good_and_measured() {
    let mut world = World::new();
    let (view, took) = world.run();
    assert_eq!(view.verdict, Some(Verdict::Good));
    let trip = Some(world.round_trip);
    for line in &view.lines {
        let State::Good(measured) = line.state else {
            panic!("{line:?}");
        };
        match line.link {
            Link::Signalling => {
                assert_eq!(measured.way, Some(SignallingWay::WebSocket));
                assert_eq!(measured.round_trip, trip);
            }
            Link::Udp => {}
            _ => {
                assert_eq!(measured.round_trip, trip);
                assert_eq!((measured.lost, measured.of), (0, MESSAGES));
            }
        }
    }
    assert!(took < Duration::from_secs(2), "{took:?}");
    let udp = view.lines.iter().find(|line| line.link == Link::RelayUdp);
    let place = udp.and_then(|line| line.place.clone());
    assert_eq!(
        place.map(|it| (it.host, it.port)),
        Some(("call.example".to_owned(), 3478))
    );
}

#[test]
fn it_enters_a_call_of_its_own_without_a_name_and_leaves_it() {
    let mut world = World::new();
    world.run();
    let Some(ClientMessage::Join {
        room,
        name,
        secret,
        ticket,
        ..
    }) = world.heard.first()
    else {
        panic!("{:?}", world.heard);
    };
    assert!(name.is_empty() && ticket.is_none());
    let secret = secret.clone().expect("a secret of its own");
    assert_eq!(find::room_of(&secret).as_ref(), Some(room));
    assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
}

#[test]
fn no_web_socket_no_matter_how() {
    for web_socket in [WebSocket::Refused, WebSocket::Hangs] {
        let mut world = World {
            web_socket,
            ..World::new()
        };
        let (view, _) = world.run();
        let State::Good(measured) = state(&view, Link::Signalling) else {
            panic!("{web_socket:?}: {view:?}");
        };
        assert_eq!(measured.way, Some(SignallingWay::Fallback));
        assert_eq!(measured.round_trip, Some(world.round_trip));
        assert_eq!(view.verdict, Some(Verdict::Good), "{web_socket:?}");
        assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
    }
}

#[test]
fn no_way_to_the_server() {
    for web_socket in [WebSocket::Refused, WebSocket::Hangs] {
        let mut world = World {
            web_socket,
            requests: false,
            ..World::new()
        };
        let (view, took) = world.run();
        assert_eq!(view.verdict, Some(Verdict::NoServer));
        assert_eq!(
            state(&view, Link::Signalling),
            &State::Failed(Reason::NoAnswer)
        );
        for link in Link::PROBED {
            assert_eq!(state(&view, link), &State::Untried);
        }
        assert!(took <= ENTER_WITHIN);
    }
}

#[test]
fn a_server_that_refuses() {
    for (code, reason) in [
        (ErrorCode::ServerBusy, Reason::Busy),
        (ErrorCode::TooManyMessages, Reason::Busy),
        (ErrorCode::BadSecret, Reason::Refused(None)),
    ] {
        let (view, _) = World {
            refuses: Some(code),
            ..World::new()
        }
        .run();
        assert_eq!(state(&view, Link::Signalling), &State::Failed(reason));
    }
    for (code, reason) in [(1013, Reason::Busy), (1001, Reason::Refused(None))] {
        let web_socket = WebSocket::Closes(code);
        let (view, _) = World {
            web_socket,
            ..World::new()
        }
        .run();
        assert_eq!(state(&view, Link::Signalling), &State::Failed(reason));
        assert_eq!(view.verdict, Some(Verdict::NoServer));
    }
}

#[test]
fn udp_does_not_get_through() {
    for way in [Way::Silent, Way::GivesUp(None), Way::GivesUp(Some(701))] {
        let mut world = World::new().with(&[Link::Udp, Link::RelayUdp], Some(way));
        let (view, took) = world.run();
        assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
        for link in [Link::Udp, Link::RelayUdp] {
            assert_eq!(state(&view, link), &State::Failed(Reason::NoAnswer));
        }
        assert!(works(&view, Link::RelayTcp) && works(&view, Link::RelayTls));
        if way != Way::Silent {
            assert!(
                took < Duration::from_secs(2),
                "nothing is waited for: {took:?}"
            );
        }
    }
}

#[test]
fn the_browser_keeps_the_address_that_came_back_to_itself() {
    for way in [Way::GivesUp(None), Way::Silent] {
        let (view, took) = World::new().with(&[Link::Udp], Some(way)).run();
        assert_eq!(view.verdict, Some(Verdict::Good));
        assert!(works(&view, Link::Udp));
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn only_tls_gets_through() {
    let links = [Link::Udp, Link::RelayUdp, Link::RelayTcp];
    let (view, _) = World::new().with(&links, Some(Way::Silent)).run();
    assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
    assert!(works(&view, Link::RelayTls));
}

#[test]
fn no_relay_can_be_used() {
    for (way, reason) in [
        (Way::Silent, Reason::NoAnswer),
        (Way::GivesUp(Some(486)), Reason::Busy),
        (Way::GivesUp(Some(508)), Reason::Busy),
        (Way::GivesUp(Some(401)), Reason::Refused(Some(401))),
        (Way::Swallows, Reason::NothingArrived),
    ] {
        let (view, _) = World::new().with(&RELAYS, Some(way)).run();
        assert_eq!(view.verdict, Some(Verdict::DirectOnly), "{way:?}");
        for link in RELAYS {
            assert_eq!(state(&view, link), &State::Failed(reason));
        }
    }
    let (view, _) = World::new().with(&Link::PROBED, Some(Way::Silent)).run();
    assert_eq!(view.verdict, Some(Verdict::NoWay));
}

#[test]
fn what_is_not_offered_is_said_to_be() {
    let links = [Link::Udp, Link::RelayUdp];
    let (view, _) = World::new().with(&links, None).run();
    assert_eq!(view.verdict, Some(Verdict::ThroughTcp));
    for link in links {
        assert_eq!(state(&view, link), &State::NotOffered);
    }
    let (view, _) = World::new().with(&Link::PROBED, None).run();
    assert_eq!(view.verdict, Some(Verdict::NoWay));
}

#[test]
fn loss_and_a_long_way_are_told() {
    let (view, _) = World::new()
        .with(&[Link::RelayUdp], Some(Way::Works { loses: 5 }))
        .run();
    assert_eq!(view.verdict, Some(Verdict::Weak));
    let State::Good(measured) = state(&view, Link::RelayUdp) else {
        panic!("{view:?}");
    };
    assert_eq!((measured.lost, measured.of), (10, MESSAGES));
    let (view, _) = World {
        round_trip: MS * 350,
        ..World::new()
    }
    .run();
    assert_eq!(view.verdict, Some(Verdict::Weak));
}

#[test]
fn what_broke_is_judged_by_what_came() {
    let (view, _) = World::new()
        .with(&[Link::RelayTcp], Some(Way::Breaks(30)))
        .run();
    let State::Good(measured) = state(&view, Link::RelayTcp) else {
        panic!("{view:?}");
    };
    assert!(measured.of >= 25 && measured.lost <= 5, "{measured:?}");
    let (view, _) = World::new()
        .with(&[Link::RelayTcp], Some(Way::Breaks(0)))
        .run();
    assert_eq!(
        state(&view, Link::RelayTcp),
        &State::Failed(Reason::NothingArrived)
    );
}

#[test]
fn it_stops_when_the_person_has_seen_enough() {
    let mut world = World::new();
    while world.open.len() < 4 {
        world.step();
        world.drain();
    }
    world.check.handle(world.now, Input::Stop);
    world.run();
    assert_eq!(world.heard.last(), Some(&ClientMessage::Leave {}));
    // What comes late changes nothing.
    let before = world.check.view();
    let link = Link::RelayUdp;
    world.check.handle(
        world.now,
        Input::Probe {
            link,
            event: ProbeEvent::Open,
        },
    );
    assert_eq!(world.check.view(), before);
    assert!(world.check.poll_output().is_none());
}

#[test]
fn every_mix_of_troubles_ends_in_time_with_a_verdict() {
    let ways = [
        None,
        Some(WORKS),
        Some(Way::Silent),
        Some(Way::GivesUp(None)),
        Some(Way::Swallows),
        Some(Way::Breaks(3)),
    ];
    let web_sockets = [WebSocket::Opens, WebSocket::Refused, WebSocket::Hangs];
    for number in 0..ways.len().pow(4) * web_sockets.len() {
        let mut rest = number;
        let mut digit = |base: usize| {
            let digit = rest % base;
            rest /= base;
            digit
        };
        let web_socket = web_sockets[digit(web_sockets.len())];
        let ways = Link::PROBED.map(|link| (link, ways[digit(ways.len())]));
        let mut world = World {
            web_socket,
            ways,
            ..World::new()
        };
        let (view, _) = world.run();
        let relayed = RELAYS.iter().any(|link| works(&view, *link));
        let verdict = view.verdict.expect("one");
        assert_eq!(
            relayed,
            matches!(verdict, Verdict::Good | Verdict::Weak | Verdict::ThroughTcp),
            "{view:?}"
        );
        assert_eq!(
            works(&view, Link::Udp) && !relayed,
            verdict == Verdict::DirectOnly,
            "{view:?}"
        );
    }
}
