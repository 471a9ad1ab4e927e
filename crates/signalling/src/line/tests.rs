mod ways;

use protocol::ServerMessage;

use super::*;

const FIRST: SocketId = SocketId(1);

fn line() -> (Line, Instant) {
    (Line::new(&[7; 32]), Instant::now())
}

/// Nothing gets through, neither way. How many WebSockets were tried.
fn fail(line: &mut Line, now: Instant) -> usize {
    let mut web_sockets = 0;
    while let Some((socket, op)) = line.poll_output() {
        web_sockets += usize::from(matches!(op, SocketOp::Open));
        if matches!(op, SocketOp::Open | SocketOp::Listen(_)) {
            line.handle(now, socket, SocketEvent::Closed { code: None });
        }
    }
    web_sockets
}

/// How long the line waits after each of `count` attempts to connect that failed.
fn waits(count: usize) -> Vec<Duration> {
    let (mut line, mut now) = line();
    line.need(true, now);
    let mut waits = Vec::new();
    for _ in 0..count {
        assert_eq!(fail(&mut line, now), 1);
        let at = line.poll_timeout().unwrap();
        waits.push(at - now);
        now = at;
        line.handle_timeout(now);
    }
    waits
}

#[test]
fn the_first_try_is_at_once_and_later_ones_every_seven_seconds_or_so() {
    let waits = waits(20);
    assert_eq!(waits[0], Duration::ZERO);
    for (wait, expected_ms) in waits.iter().zip([0, 300, 1_200, 2_700, 4_800]) {
        let ms = wait.as_millis() as u64;
        assert!(
            ms * 5 >= expected_ms * 4 && ms * 5 <= expected_ms * 6,
            "{ms}"
        );
    }
    for wait in &waits[5..] {
        assert!((5_600..=8_400).contains(&wait.as_millis()), "{wait:?}");
    }
}

#[test]
fn a_silent_server_is_given_up_after_a_ping_without_pong() {
    let (mut line, now) = line();
    line.need(true, now);
    line.handle(now, FIRST, SocketEvent::Opened);
    let ping_at = line.poll_timeout().unwrap();
    assert_eq!(ping_at - now, PING_EVERY);
    assert!(!line.handle_timeout(ping_at));
    let give_up_at = line.poll_timeout().unwrap();
    assert_eq!(give_up_at - ping_at, PONG_WITHIN);
    assert!(line.handle_timeout(give_up_at));
    assert!(!line.is_open());
}

#[test]
fn a_pong_keeps_it() {
    let (mut line, now) = line();
    line.need(true, now);
    line.handle(now, FIRST, SocketEvent::Opened);
    let ping_at = line.poll_timeout().unwrap();
    line.handle_timeout(ping_at);
    let pong = SocketEvent::Message(ServerMessage::Pong { id: 1 });
    line.handle(ping_at, FIRST, pong);
    assert_eq!(line.poll_timeout().unwrap() - ping_at, PING_EVERY);
}

#[test]
fn coming_online_does_not_wait() {
    let (mut line, now) = line();
    line.need(true, now);
    for _ in 0..8 {
        assert_eq!(fail(&mut line, now), 1);
        line.wake(now);
    }
    assert_eq!(fail(&mut line, now), 1);
}

#[test]
fn a_stopping_server_is_given_its_time() {
    let (mut line, now) = line();
    line.need(true, now);
    line.handle(now, FIRST, SocketEvent::Opened);
    line.stopping(now, Duration::from_secs(3));
    line.handle(now, FIRST, SocketEvent::Closed { code: None });
    assert_eq!(line.poll_timeout().unwrap() - now, Duration::from_secs(3));
}
