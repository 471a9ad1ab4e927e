//! Which way to the server: a WebSocket, or the fallback where none gets through.

use std::time::Duration;

use protocol::{ClientMessage, ServerMessage};
use web_time::Instant;

use crate::fallback::{Fallback, Heard, Lost};
use crate::outbox::Outbox;
use crate::{Obstacle, SignallingWay, SocketEvent, SocketId, SocketOp};

/// A way that does not open within this time is given up.
const OPENING: Duration = Duration::from_secs(10);
/// A WebSocket that has not opened by then is joined by the fallback.
const FALLBACK_AFTER: Duration = Duration::from_secs(3);
/// How long after the fallback began a WebSocket is tried; each time twice as long.
const PROBE_AFTER: Duration = Duration::from_secs(15);
const MAX_PROBE_AFTER: Duration = Duration::from_secs(300);
/// When WebSockets work, one that is refused tells of a server that is away: so many times the
/// fallback is not tried.
const REFUSALS: u32 = 2;

/// An open way.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    WebSocket(SocketId),
    Fallback {
        session: Box<Fallback>,
        probe: Probe,
    },
}

/// Looks from time to time whether a WebSocket opens by now.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    state: Probing,
    wait: Duration,
}

#[derive(Debug, Clone)]
enum Probing {
    Not { until: Instant },
    Opening { socket: SocketId, until: Instant },
    Attaching { socket: SocketId, until: Instant },
}

impl Probe {
    fn new(now: Instant) -> Self {
        Self {
            state: Probing::Not {
                until: now + PROBE_AFTER,
            },
            wait: PROBE_AFTER,
        }
    }

    fn socket(&self) -> Option<SocketId> {
        match self.state {
            Probing::Not { .. } => None,
            Probing::Opening { socket, .. } | Probing::Attaching { socket, .. } => Some(socket),
        }
    }

    fn until(&self) -> Instant {
        match self.state {
            Probing::Not { until }
            | Probing::Opening { until, .. }
            | Probing::Attaching { until, .. } => until,
        }
    }

    fn begin(&mut self, now: Instant, out: &mut Outbox) {
        let socket = out.new_socket();
        let until = now + OPENING;
        self.state = Probing::Opening { socket, until };
        out.socket(socket, SocketOp::Open);
    }

    /// Did not work: later again.
    fn failed(&mut self, now: Instant, session: &mut Fallback, out: &mut Outbox) {
        if let Some(socket) = self.socket() {
            out.socket(socket, SocketOp::Close);
        }
        self.wait = self.wait.saturating_mul(2).min(MAX_PROBE_AFTER);
        self.state = Probing::Not {
            until: now + self.wait,
        };
        session.go_on(now, out);
    }
}

impl Way {
    pub(crate) fn event(
        &mut self,
        now: Instant,
        it: SocketId,
        event: SocketEvent,
        out: &mut Outbox,
    ) -> Heard {
        match self {
            Self::WebSocket(socket) if *socket == it => match event {
                SocketEvent::Message(message) => Heard::Message(message),
                SocketEvent::Closed { code } => Heard::Closed(code),
                _ => Heard::Nothing,
            },
            Self::Fallback { session, .. } if session.socket == it => {
                let heard = session.event(now, event, out);
                if matches!(heard, Heard::Closed(_)) {
                    self.close(out);
                }
                heard
            }
            Self::Fallback { session, probe } if probe.socket() == Some(it) => {
                if let Some(received) = probed(now, session, probe, event, out) {
                    self.take_over(it, received, out);
                }
                Heard::Nothing
            }
            Self::WebSocket(_) | Self::Fallback { .. } => Heard::Nothing,
        }
    }

    /// The session goes on over the WebSocket.
    fn take_over(&mut self, socket: SocketId, received: u64, out: &mut Outbox) {
        let Self::Fallback { session, .. } = std::mem::replace(self, Self::WebSocket(socket))
        else {
            return;
        };
        for message in session.handed_over(received, out) {
            out.socket(socket, SocketOp::Send(message));
        }
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        message: ClientMessage,
        out: &mut Outbox,
    ) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => {
                out.socket(*socket, SocketOp::Send(message));
                Ok(())
            }
            Self::Fallback { session, .. } => session.send(now, message, out),
        }
    }

    pub(crate) fn close(&self, out: &mut Outbox) {
        match self {
            Self::WebSocket(socket) => out.socket(*socket, SocketOp::Close),
            Self::Fallback { session, probe } => {
                session.close(out);
                if let Some(socket) = probe.socket() {
                    out.socket(socket, SocketOp::Close);
                }
            }
        }
    }

    /// The network or the page is back.
    pub(crate) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        if let Self::Fallback { session, probe } = self {
            session.wake(now, out);
            match probe.state {
                Probing::Attaching { .. } => return,
                // It was opened in the network that was, and may hang there.
                Probing::Opening { socket, .. } => out.socket(socket, SocketOp::Close),
                Probing::Not { .. } => {}
            }
            probe.wait = PROBE_AFTER;
            probe.begin(now, out);
        }
    }

    /// The server is silent. True if there is another way of hearing it.
    pub(crate) fn hears_otherwise(&mut self, now: Instant, out: &mut Outbox) -> bool {
        match self {
            Self::WebSocket(_) => false,
            Self::Fallback { session, .. } => session.waits_for_whole(now, out),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::WebSocket(_) => None,
            Self::Fallback { session, probe } => {
                session.deadline().into_iter().chain([probe.until()]).min()
            }
        }
    }

    pub(crate) fn tick(&mut self, now: Instant, out: &mut Outbox) -> Result<(), Lost> {
        let Self::Fallback { session, probe } = self else {
            return Ok(());
        };
        if probe.until() <= now {
            match probe.state {
                Probing::Not { .. } => probe.begin(now, out),
                Probing::Opening { .. } | Probing::Attaching { .. } => {
                    probe.failed(now, session, out);
                }
            }
        }
        session.tick(now, out)
    }

    pub(crate) fn view(&self) -> SignallingWay {
        match self {
            Self::WebSocket(_) => SignallingWay::WebSocket,
            Self::Fallback { .. } => SignallingWay::Fallback,
        }
    }
}

/// What the WebSocket that is tried did. Once it is where the session was: how many of our
/// messages had come.
fn probed(
    now: Instant,
    session: &mut Fallback,
    probe: &mut Probe,
    event: SocketEvent,
    out: &mut Outbox,
) -> Option<u64> {
    match (&probe.state, event) {
        (Probing::Opening { socket, .. }, SocketEvent::Opened) => {
            let socket = *socket;
            if let Some(attach) = session.hand_over() {
                out.socket(socket, SocketOp::Send(attach));
            }
            let until = now + OPENING;
            probe.state = Probing::Attaching { socket, until };
        }
        (Probing::Attaching { .. }, SocketEvent::Message(ServerMessage::Attached { received })) => {
            return Some(received);
        }
        (_, SocketEvent::Message(ServerMessage::Error(_)) | SocketEvent::Closed { .. }) => {
            probe.failed(now, session, out)
        }
        _ => {}
    }
    None
}

/// A way that is being opened: first a WebSocket alone.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    web_socket: Option<SocketId>,
    fallback: Option<Box<Fallback>>,
    /// When the fallback is tried too, if it is not yet.
    fallback_at: Option<Instant>,
    /// A WebSocket that is refused is one that does not get through.
    is_telling: bool,
    /// What answered the fallback in the place of the server.
    pub(crate) obstacle: Option<Obstacle>,
    until: Instant,
}

/// How opening goes.
#[derive(Debug)]
pub(crate) enum Progress {
    Going,
    Open(Way),
    Failed(Option<u16>),
}

impl Opening {
    /// `known` is which way worked last, `attempt` how often none did since.
    pub(crate) fn begin(
        now: Instant,
        known: Option<SignallingWay>,
        attempt: u32,
        out: &mut Outbox,
    ) -> Self {
        let web_socket = out.new_socket();
        out.socket(web_socket, SocketOp::Open);
        let mut opening = Self {
            web_socket: Some(web_socket),
            fallback: None,
            fallback_at: Some(now + FALLBACK_AFTER),
            is_telling: known != Some(SignallingWay::WebSocket) || attempt >= REFUSALS,
            obstacle: None,
            until: now + OPENING,
        };
        if known == Some(SignallingWay::Fallback) {
            opening.fall_back(now, out);
        }
        opening
    }

    fn fall_back(&mut self, now: Instant, out: &mut Outbox) {
        self.fallback_at = None;
        self.until = now + OPENING;
        self.fallback = Some(Box::new(Fallback::open(now, out)));
    }

    pub(crate) fn event(
        &mut self,
        now: Instant,
        it: SocketId,
        event: SocketEvent,
        out: &mut Outbox,
    ) -> Progress {
        if self.web_socket == Some(it) {
            return match event {
                SocketEvent::Opened => {
                    self.web_socket = None;
                    self.close(out);
                    Progress::Open(Way::WebSocket(it))
                }
                SocketEvent::Closed { code } => {
                    self.web_socket = None;
                    if self.is_telling && self.fallback_at.is_some() {
                        self.fall_back(now, out);
                    }
                    self.failed(code)
                }
                _ => Progress::Going,
            };
        }
        let Some(mut session) = self.fallback.take_if(|session| session.socket == it) else {
            return Progress::Going;
        };
        match session.event(now, event, out) {
            Heard::Opened => {
                self.close(out);
                let probe = Probe::new(now);
                Progress::Open(Way::Fallback { session, probe })
            }
            Heard::Closed(code) => {
                self.obstacle = session.obstacle;
                session.close(out);
                self.failed(code)
            }
            Heard::Nothing | Heard::Message(_) => {
                self.fallback = Some(session);
                Progress::Going
            }
        }
    }

    /// One way is closed; has the other failed too?
    fn failed(&self, code: Option<u16>) -> Progress {
        if self.web_socket.is_some() || self.fallback.is_some() {
            Progress::Going
        } else {
            Progress::Failed(code)
        }
    }

    pub(crate) fn deadline(&self) -> Instant {
        let session = self.fallback.as_ref().and_then(|it| it.deadline());
        [session, self.fallback_at]
            .into_iter()
            .flatten()
            .fold(self.until, Instant::min)
    }

    pub(crate) fn tick(&mut self, now: Instant, out: &mut Outbox) -> Result<(), Lost> {
        if self.fallback_at.is_some_and(|at| at <= now) {
            self.fall_back(now, out);
        }
        if let Some(session) = &mut self.fallback
            && session.tick(now, out).is_err()
        {
            session.close(out);
            self.fallback = None;
        }
        let over = self.web_socket.is_none() && self.fallback.is_none();
        if over || self.until <= now {
            return Err(Lost);
        }
        Ok(())
    }

    /// Gives up what is not open yet.
    pub(crate) fn close(&self, out: &mut Outbox) {
        if let Some(socket) = self.web_socket {
            out.socket(socket, SocketOp::Close);
        }
        if let Some(session) = &self.fallback {
            session.close(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{CallCode, SessionId};

    use super::*;
    use crate::jitter::Jitter;
    use crate::signalling::Line;
    use crate::{Effect, Listen, Outcome, Post, Signalling};

    const SECOND: Duration = Duration::from_secs(1);

    /// A line, and what it last asked for.
    struct Page {
        line: Line,
        out: Outbox,
        now: Instant,
    }

    impl Page {
        fn new() -> Self {
            let mut page = Self {
                line: Line::new(Jitter::new(&[7; 32])),
                out: Outbox::default(),
                now: Instant::now(),
            };
            page.line.need(true, page.now, &mut page.out);
            page
        }

        /// Lets time pass, timer by timer.
        fn wait(&mut self, time: Duration) {
            let until = self.now + time;
            while let Some(at) = self.line.deadline().filter(|at| *at <= until) {
                self.now = at;
                self.line.tick(at, &mut self.out);
            }
            self.now = until;
        }

        fn wait_for_next_try(&mut self) {
            let at = self.line.deadline().expect("another try");
            self.wait(at.saturating_duration_since(self.now));
        }

        fn hear(&mut self, socket: SocketId, event: SocketEvent) -> Heard {
            self.line.event(self.now, socket, event, &mut self.out)
        }

        fn close(&mut self, socket: SocketId) {
            self.hear(socket, SocketEvent::Closed { code: None });
        }

        fn ops(&mut self) -> Vec<(SocketId, SocketOp)> {
            std::iter::from_fn(|| self.out.pop())
                .filter_map(|effect| match effect {
                    Effect::Socket { socket, op } => Some((socket, op)),
                    _ => None,
                })
                .collect()
        }

        fn opened(&mut self) -> SocketId {
            let ops = self.ops();
            let open = ops.iter().find(|(_, op)| matches!(op, SocketOp::Open));
            open.expect("a WebSocket is opened").0
        }

        fn listens(&mut self) -> (SocketId, Listen) {
            let ops = self.ops();
            let listen = ops.into_iter().find_map(|(socket, op)| match op {
                SocketOp::Listen(listen) => Some((socket, listen)),
                _ => None,
            });
            listen.expect("it listens")
        }

        fn posts(&mut self) -> Vec<Post> {
            let posts = self.ops().into_iter().filter_map(|(_, op)| match op {
                SocketOp::Post(post) => Some(post),
                _ => None,
            });
            posts.collect()
        }

        fn say(&mut self, id: u32) {
            let message = ClientMessage::Ping { id };
            self.line.send(self.now, message, &mut self.out);
        }

        fn view(&self) -> Signalling {
            self.line.view()
        }

        /// A session that goes on for as long as the WebSocket hangs.
        fn fallen_back() -> (Self, SocketId) {
            let mut page = Self::new();
            page.wait(FALLBACK_AFTER);
            let (socket, _) = page.listens();
            assert!(matches!(page.hear(socket, session()), Heard::Opened));
            (page, socket)
        }
    }

    fn session_id() -> SessionId {
        SessionId::parse(&"s".repeat(32)).expect("a session id")
    }

    fn session() -> SocketEvent {
        SocketEvent::Session(session_id())
    }

    fn numbered(number: u64) -> SocketEvent {
        let message = ServerMessage::Pong { id: number as u32 };
        SocketEvent::Numbered { number, message }
    }

    fn posted(through: u64, outcome: Outcome) -> SocketEvent {
        SocketEvent::Posted { through, outcome }
    }

    fn ids(messages: &[ClientMessage]) -> Vec<u32> {
        let ids = messages.iter().filter_map(|it| match it {
            ClientMessage::Ping { id } => Some(*id),
            _ => None,
        });
        ids.collect()
    }

    fn by(way: SignallingWay) -> Signalling {
        Signalling::Ready { way }
    }

    #[test]
    fn a_web_socket_that_does_not_open_in_three_seconds_is_joined_by_the_fallback() {
        let mut page = Page::new();
        let web_socket = page.opened();
        page.wait(FALLBACK_AFTER - SECOND / 1_000);
        assert!(page.ops().is_empty());
        page.wait(SECOND / 1_000);
        let (socket, listen) = page.listens();
        assert_eq!(listen.session, None);
        assert!(matches!(page.hear(socket, session()), Heard::Opened));
        assert_eq!(page.view(), by(SignallingWay::Fallback));
        let ops = page.ops();
        let closes =
            |(it, op): &(SocketId, SocketOp)| *it == web_socket && matches!(op, SocketOp::Close);
        assert!(ops.iter().any(closes), "{ops:?}");
    }

    #[test]
    fn a_web_socket_that_is_refused_at_once_is_followed_by_the_fallback_at_once() {
        let mut page = Page::new();
        let web_socket = page.opened();
        page.close(web_socket);
        let (socket, _) = page.listens();
        page.hear(socket, session());
        assert_eq!(page.view(), by(SignallingWay::Fallback));
    }

    #[test]
    fn a_slow_web_socket_still_wins_over_a_slower_fallback() {
        let mut page = Page::new();
        let web_socket = page.opened();
        page.wait(FALLBACK_AFTER);
        let (socket, _) = page.listens();
        assert!(matches!(
            page.hear(web_socket, SocketEvent::Opened),
            Heard::Opened
        ));
        assert_eq!(page.view(), by(SignallingWay::WebSocket));
        assert!(matches!(page.hear(socket, session()), Heard::Nothing));
    }

    #[test]
    fn both_dead_is_one_failure() {
        let mut page = Page::new();
        let web_socket = page.opened();
        page.close(web_socket);
        let (socket, _) = page.listens();
        page.hear(socket, SocketEvent::Ended(Outcome::Failed));
        assert_eq!(page.line.attempt(), 1);
        // Silence is a failure too.
        page.wait(Duration::ZERO);
        page.ops();
        page.wait(FALLBACK_AFTER + OPENING);
        assert_eq!(page.line.attempt(), 2);
    }

    #[test]
    fn where_web_sockets_work_one_that_is_refused_is_no_reason_for_the_fallback() {
        let mut page = Page::new();
        let mut web_socket = page.opened();
        page.hear(web_socket, SocketEvent::Opened);
        page.close(web_socket);
        for _ in 0..REFUSALS - 1 {
            page.wait_for_next_try();
            web_socket = page.opened();
            page.close(web_socket);
            assert!(page.ops().is_empty());
        }
        page.wait_for_next_try();
        web_socket = page.opened();
        page.close(web_socket);
        page.listens();
    }

    #[test]
    fn where_the_fallback_was_needed_it_does_not_wait_again() {
        let (mut page, socket) = Page::fallen_back();
        page.close(socket);
        page.ops();
        page.wait(Duration::ZERO);
        let ops = page.ops();
        assert!(ops.iter().any(|(_, op)| matches!(op, SocketOp::Open)));
        assert!(ops.iter().any(|(_, op)| matches!(op, SocketOp::Listen(_))));
    }

    #[test]
    fn messages_go_in_order_and_again_until_they_are_confirmed() {
        let (mut page, socket) = Page::fallen_back();
        page.ops();
        page.say(1);
        page.say(2);
        page.say(3);
        let posts = page.posts();
        assert_eq!(posts.len(), 1, "one at a time");
        assert_eq!((posts[0].first, ids(&posts[0].messages)), (1, vec![1]));
        page.hear(socket, posted(1, Outcome::Failed));
        let again = page.posts();
        assert_eq!(
            (again[0].first, ids(&again[0].messages)),
            (1, vec![1, 2, 3])
        );
        page.hear(socket, posted(3, Outcome::Done));
        assert!(page.posts().is_empty());
        page.say(4);
        assert_eq!(page.posts()[0].first, 4);
        // The first one got there after all.
        page.hear(socket, posted(1, Outcome::Done));
        page.wait(Duration::from_secs(10));
        assert_eq!(page.posts()[0].first, 4);
    }

    #[test]
    fn a_post_that_fails_for_seconds_ends_the_session() {
        let (mut page, socket) = Page::fallen_back();
        page.say(1);
        let mut posts = 0;
        while matches!(page.view(), Signalling::Ready { .. }) {
            posts += page.posts().len();
            assert!(posts < 10);
            page.hear(socket, posted(1, Outcome::Failed));
            page.wait(SECOND);
        }
        assert_eq!(posts, 5);
    }

    #[test]
    fn the_next_answer_begins_where_the_last_one_ended_and_nothing_is_heard_twice() {
        let (mut page, socket) = Page::fallen_back();
        assert!(matches!(page.hear(socket, numbered(1)), Heard::Message(_)));
        assert!(matches!(page.hear(socket, numbered(2)), Heard::Message(_)));
        page.hear(socket, SocketEvent::Ended(Outcome::Failed));
        let (_, listen) = page.listens();
        assert_eq!((listen.session, listen.received), (Some(session_id()), 2));
        page.hear(socket, session());
        assert!(matches!(page.hear(socket, numbered(2)), Heard::Nothing));
        assert!(matches!(page.hear(socket, numbered(3)), Heard::Message(_)));
        // One is missing: it is asked for.
        page.ops();
        assert!(matches!(page.hear(socket, numbered(5)), Heard::Nothing));
        assert_eq!(page.listens().1.received, 3);
    }

    #[test]
    fn a_session_that_the_server_does_not_know_is_over() {
        let (mut page, socket) = Page::fallen_back();
        let heard = page.hear(socket, SocketEvent::Ended(Outcome::Refused));
        assert!(matches!(heard, Heard::Closed(None)));
        assert_eq!(page.view(), Signalling::Reconnecting { attempt: 1 });
    }

    #[test]
    fn answers_that_are_held_back_are_asked_for_whole() {
        let mut page = Page::new();
        page.wait(FALLBACK_AFTER);
        assert!(!page.listens().1.whole);
        page.wait(Duration::from_secs(3));
        let (socket, listen) = page.listens();
        assert!(listen.whole);
        page.hear(socket, session());
        page.hear(socket, SocketEvent::Ended(Outcome::Done));
        let (_, listen) = page.listens();
        assert!(listen.whole && listen.session.is_some());
    }

    #[test]
    fn an_answer_that_dries_up_is_asked_for_whole_before_the_session_is_given_up() {
        let (mut page, socket) = Page::fallen_back();
        page.ops();
        // Neither pings nor WebSockets get an answer.
        page.wait(SECOND * 15);
        page.hear(socket, posted(1, Outcome::Done));
        page.wait(SECOND * 10);
        assert!(page.listens().1.whole);
        assert_eq!(page.view(), by(SignallingWay::Fallback));
        page.wait(SECOND * 10);
        assert_eq!(page.view(), Signalling::Reconnecting { attempt: 1 });
    }

    #[test]
    fn whole_answers_with_nothing_but_the_wish_for_a_post_are_no_failures() {
        let (mut page, socket) = Page::fallen_back();
        for _ in 0..20 {
            page.hear(socket, SocketEvent::Asked);
            let posts = page.posts();
            page.hear(socket, posted(posts[0].through(), Outcome::Done));
            page.hear(socket, SocketEvent::Ended(Outcome::Done));
            assert!(page.listens().1.session.is_some());
            page.hear(socket, session());
        }
        assert_eq!(page.view(), by(SignallingWay::Fallback));
    }

    #[test]
    fn a_post_that_is_asked_for_is_sent_empty() {
        let (mut page, socket) = Page::fallen_back();
        page.hear(socket, numbered(1));
        page.hear(socket, SocketEvent::Asked);
        let posts = page.posts();
        assert!(posts[0].messages.is_empty());
        assert_eq!(posts[0].received, 1);
    }

    #[test]
    fn a_farewell_waits_for_nothing() {
        let (mut page, _) = Page::fallen_back();
        page.say(1);
        page.posts();
        page.say(2);
        page.line
            .send(page.now, ClientMessage::Leave {}, &mut page.out);
        let posts = page.posts();
        assert_eq!(posts.len(), 1);
        assert!(posts[0].farewell);
        assert_eq!(posts[0].first, 1);
        assert_eq!(posts[0].messages.len(), 3);
    }

    #[test]
    fn a_web_socket_that_opens_later_takes_over_and_no_message_is_lost_or_doubled() {
        let (mut page, socket) = Page::fallen_back();
        page.hear(socket, numbered(1));
        page.say(1);
        page.hear(socket, posted(1, Outcome::Done));
        page.ops();
        page.wait(SECOND * 14);
        assert!(page.ops().is_empty());
        page.wait(SECOND);
        let probe = page.opened();
        page.hear(probe, SocketEvent::Opened);
        let ops = page.ops();
        let attach = ops.iter().find_map(|(it, op)| match op {
            SocketOp::Send(ClientMessage::Attach { session, received }) if *it == probe => {
                Some((session.clone(), *received))
            }
            _ => None,
        });
        assert_eq!(attach, Some((session_id(), 1)));
        // What the server still says on the session it says again on the WebSocket.
        assert!(matches!(page.hear(socket, numbered(2)), Heard::Nothing));
        assert!(matches!(
            page.hear(socket, SocketEvent::Ended(Outcome::Done)),
            Heard::Nothing
        ));
        page.say(7);
        page.say(8);
        assert!(page.ops().is_empty());
        // The ping of second 15 was on its way, and has arrived.
        let attached = SocketEvent::Message(ServerMessage::Attached { received: 2 });
        assert!(matches!(page.hear(probe, attached), Heard::Nothing));
        let ops = page.ops();
        let sent: Vec<_> = ops
            .iter()
            .filter_map(|(it, op)| match op {
                SocketOp::Send(ClientMessage::Ping { id }) if *it == probe => Some(*id),
                _ => None,
            })
            .collect();
        assert_eq!(sent, [7, 8]);
        assert_eq!(page.view(), by(SignallingWay::WebSocket));
        let code = CallCode::parse("12345678").expect("a code");
        let message = ServerMessage::Code {
            code,
            expires_in_ms: 1,
        };
        let heard = page.hear(probe, SocketEvent::Message(message));
        assert!(matches!(heard, Heard::Message(_)));
        page.close(probe);
        assert_eq!(page.view(), Signalling::Reconnecting { attempt: 1 });
    }

    #[test]
    fn a_web_socket_that_does_not_take_over_leaves_the_session_as_it_was() {
        for fails in [
            SocketEvent::Closed { code: None },
            SocketEvent::Message(ServerMessage::Error(protocol::Error {
                code: protocol::ErrorCode::WrongState,
                message: String::new(),
                refused: None,
                retry_after_ms: None,
            })),
        ] {
            let (mut page, socket) = Page::fallen_back();
            page.wait(PROBE_AFTER);
            let probe = page.opened();
            page.hear(probe, SocketEvent::Opened);
            assert!(matches!(page.hear(socket, numbered(1)), Heard::Nothing));
            page.ops();
            page.hear(probe, fails);
            let (it, listen) = page.listens();
            assert_eq!((it, listen.received), (socket, 0));
            assert!(matches!(page.hear(socket, session()), Heard::Nothing));
            assert!(matches!(page.hear(socket, numbered(1)), Heard::Message(_)));
            assert_eq!(page.view(), by(SignallingWay::Fallback));
        }
    }

    #[test]
    fn a_network_that_is_back_tries_a_web_socket_at_once() {
        let (mut page, _) = Page::fallen_back();
        page.ops();
        page.line.wake(page.now, &mut page.out);
        page.opened();
    }

    #[test]
    fn a_web_socket_that_hangs_does_not_keep_another_network_waiting() {
        let (mut page, _) = Page::fallen_back();
        page.ops();
        page.wait(PROBE_AFTER);
        let hangs = page.opened();
        page.line.wake(page.now, &mut page.out);
        let ops = page.ops();
        let closed = ops.iter().find(|(_, op)| matches!(op, SocketOp::Close));
        assert_eq!(closed.map(|(socket, _)| *socket), Some(hangs));
        let again = ops.iter().find(|(_, op)| matches!(op, SocketOp::Open));
        assert!(again.is_some_and(|(socket, _)| *socket != hangs));
    }
}
