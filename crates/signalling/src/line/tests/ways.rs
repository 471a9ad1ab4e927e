//! Which way is taken, and how a session of the fallback goes on.

use protocol::{CallCode, ServerMessage, SessionId};

use super::super::*;
use crate::opening::{FALLBACK_AFTER, REFUSALS};
use crate::probe::{OPENING, PROBE_AFTER};
use crate::reply::Outcome;
use crate::socket::{Listen, Post};

const SECOND: Duration = Duration::from_secs(1);

/// A line, and the time.
struct Page {
    line: Line,
    now: Instant,
}

impl Page {
    fn new() -> Self {
        let mut page = Self {
            line: Line::new(&[7; 32]),
            now: Instant::now(),
        };
        page.line.need(true, page.now);
        page
    }

    /// Lets time pass, and calls the line at each of its timers.
    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.line.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.line.handle_timeout(at);
        }
        self.now = until;
    }

    fn wait_for_next_try(&mut self) {
        let at = self.line.poll_timeout().expect("another try");
        self.wait(at.saturating_duration_since(self.now));
    }

    fn hear(&mut self, socket: SocketId, event: SocketEvent) -> Heard {
        self.line.handle(self.now, socket, event)
    }

    fn close(&mut self, socket: SocketId) {
        self.hear(socket, SocketEvent::Closed { code: None });
    }

    fn ops(&mut self) -> Vec<(SocketId, SocketOp)> {
        std::iter::from_fn(|| self.line.poll_output()).collect()
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
        self.line.send(self.now, message);
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
    // Neither a ping nor an attempt to open a WebSocket is answered.
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
    page.line.send(page.now, ClientMessage::Leave {});
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
    page.line.wake(page.now);
    page.opened();
}

#[test]
fn a_web_socket_that_hangs_does_not_keep_another_network_waiting() {
    let (mut page, _) = Page::fallen_back();
    page.ops();
    page.wait(PROBE_AFTER);
    let hangs = page.opened();
    page.line.wake(page.now);
    let ops = page.ops();
    let closed = ops.iter().find(|(_, op)| matches!(op, SocketOp::Close));
    assert_eq!(closed.map(|(socket, _)| *socket), Some(hangs));
    let again = ops.iter().find(|(_, op)| matches!(op, SocketOp::Open));
    assert!(again.is_some_and(|(socket, _)| *socket != hangs));
}
