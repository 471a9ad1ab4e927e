//! The WebSocket to the server: opened while it is needed, watched, and opened again when lost.

use std::time::Duration;

use protocol::ClientMessage;
use web_time::Instant;

use crate::jitter::Jitter;
use crate::outbox::Outbox;
use crate::{Signalling, SocketId, SocketOp};

/// A socket that does not open within this time is given up.
const OPENING: Duration = Duration::from_secs(10);
/// How often the server is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(15);
/// Without an answer in this time the socket is given up.
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// The same when there is reason to believe that the network has changed.
const PROBE_WITHIN: Duration = Duration::from_secs(4);
/// A socket that held so long counts as good: the next tries begin from the first wait.
const GOOD: Duration = Duration::from_secs(5);
/// The waits before the first tries, quadratic, and the one before all later ones.
const FIRST_WAITS_MS: [u64; 5] = [0, 300, 1_200, 2_700, 4_800];
const LATER_WAIT: Duration = Duration::from_secs(7);
/// Longer than this a stopping server is not believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The socket to the server.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    state: State,
    /// Tries since the last good socket.
    attempt: u32,
    /// What the server said about when it is back.
    not_before: Option<Instant>,
    /// Since when it is needed and not there.
    lost_since: Option<Instant>,
    pings: u32,
    jitter: Jitter,
}

#[derive(Debug, Clone)]
enum State {
    /// Not needed.
    Idle,
    Opening {
        socket: SocketId,
        until: Instant,
    },
    Open {
        socket: SocketId,
        since: Instant,
        heard: Instant,
        /// The server owes a sign of life by then.
        awaited: Option<Instant>,
    },
    Waiting {
        until: Instant,
    },
}

impl Line {
    pub(crate) fn new(jitter: Jitter) -> Self {
        Self {
            state: State::Idle,
            attempt: 0,
            not_before: None,
            lost_since: None,
            pings: 0,
            jitter,
        }
    }

    /// Opens or closes it as needed.
    pub(crate) fn need(&mut self, needed: bool, now: Instant, out: &mut Outbox) {
        match self.state {
            State::Idle if needed => self.open(now, out),
            State::Waiting { until } if needed && until <= now => self.open(now, out),
            State::Opening { socket, .. } | State::Open { socket, .. } if !needed => {
                out.socket(socket, SocketOp::Close);
                self.rest();
            }
            State::Waiting { .. } if !needed => self.rest(),
            _ => {}
        }
    }

    fn rest(&mut self) {
        self.state = State::Idle;
        self.attempt = 0;
        self.not_before = None;
        self.lost_since = None;
    }

    fn open(&mut self, now: Instant, out: &mut Outbox) {
        let socket = out.new_socket();
        self.lost_since.get_or_insert(now);
        self.not_before = None;
        self.state = State::Opening {
            socket,
            until: now + OPENING,
        };
        out.socket(socket, SocketOp::Open);
    }

    /// Whether this is the present socket; events of older ones are of no interest.
    pub(crate) fn is_present(&self, it: SocketId) -> bool {
        match self.state {
            State::Opening { socket, .. } | State::Open { socket, .. } => socket == it,
            State::Idle | State::Waiting { .. } => false,
        }
    }

    /// The present socket is open.
    pub(crate) fn opened(&mut self, now: Instant) {
        if let State::Opening { socket, .. } = self.state {
            self.lost_since = None;
            self.state = State::Open {
                socket,
                since: now,
                heard: now,
                awaited: None,
            };
        }
    }

    /// The server said something on the present socket.
    pub(crate) fn heard(&mut self, now: Instant) {
        if let State::Open { heard, awaited, .. } = &mut self.state {
            *heard = now;
            *awaited = None;
        }
    }

    /// The present socket is closed, or of no more use.
    pub(crate) fn closed(&mut self, now: Instant) {
        if let State::Open { since, .. } = self.state
            && now.saturating_duration_since(since) >= GOOD
        {
            self.attempt = 0;
        }
        self.lost_since.get_or_insert(now);
        let index = usize::try_from(self.attempt).unwrap_or(usize::MAX);
        let first = FIRST_WAITS_MS.get(index).copied();
        let wait = first.map_or(LATER_WAIT, Duration::from_millis);
        let wait = self.jitter.spread(wait);
        self.attempt = self.attempt.saturating_add(1);
        let until = (now + wait).max(self.not_before.take().unwrap_or(now));
        self.state = State::Waiting { until };
    }

    /// The server is stopping and will be back after that time.
    pub(crate) fn stopping(&mut self, now: Instant, retry_after: Duration) {
        self.not_before = Some(now + retry_after.min(MAX_RETRY_AFTER));
    }

    /// The network or the page is back: no more waiting, and an open socket has to prove itself.
    pub(crate) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        match self.state {
            State::Waiting { .. } => self.open(now, out),
            State::Open { heard, .. } if heard < now => self.ping(now, PROBE_WITHIN, out),
            _ => {}
        }
    }

    fn ping(&mut self, now: Instant, within: Duration, out: &mut Outbox) {
        if let State::Open {
            socket, awaited, ..
        } = &mut self.state
        {
            self.pings = self.pings.wrapping_add(1);
            let by = now + within;
            *awaited = Some(awaited.map_or(by, |earlier| earlier.min(by)));
            let ping = ClientMessage::Ping { id: self.pings };
            out.socket(*socket, SocketOp::Send(ping));
        }
    }

    /// Sends, if it is open.
    pub(crate) fn send(&mut self, message: ClientMessage, out: &mut Outbox) {
        if let State::Open { socket, .. } = self.state {
            out.socket(socket, SocketOp::Send(message));
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// How many tries have failed in a row.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Since when it is needed and not open.
    pub(crate) fn lost_since(&self) -> Option<Instant> {
        self.lost_since
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Idle => None,
            State::Opening { until, .. } | State::Waiting { until } => Some(until),
            State::Open { heard, awaited, .. } => Some(awaited.unwrap_or(heard + PING_EVERY)),
        }
    }

    /// Does what is due. True if the socket was given up.
    pub(crate) fn tick(&mut self, now: Instant, out: &mut Outbox) -> bool {
        if self.deadline().is_none_or(|at| at > now) {
            return false;
        }
        match self.state {
            State::Idle => false,
            State::Waiting { .. } => {
                self.open(now, out);
                false
            }
            State::Open { awaited: None, .. } => {
                self.ping(now, PONG_WITHIN, out);
                false
            }
            State::Opening { socket, .. } | State::Open { socket, .. } => {
                out.socket(socket, SocketOp::Close);
                self.closed(now);
                true
            }
        }
    }

    pub(crate) fn view(&self) -> Signalling {
        match self.state {
            State::Idle => Signalling::Idle,
            State::Open { .. } => Signalling::Ready,
            State::Opening { .. } if self.attempt == 0 => Signalling::Connecting,
            State::Opening { .. } | State::Waiting { .. } => Signalling::Reconnecting {
                attempt: self.attempt,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effect;

    fn opened(out: &mut Outbox) -> Vec<SocketId> {
        let mut sockets = Vec::new();
        while let Some(effect) = out.pop() {
            if let Effect::Socket {
                socket,
                op: SocketOp::Open,
            } = effect
            {
                sockets.push(socket);
            }
        }
        sockets
    }

    fn line() -> (Line, Outbox, Instant) {
        (
            Line::new(Jitter::new(&[7; 32])),
            Outbox::default(),
            Instant::now(),
        )
    }

    /// How long it waits after each of `count` failures.
    fn waits(count: usize) -> Vec<Duration> {
        let (mut line, mut out, mut now) = line();
        line.need(true, now, &mut out);
        let mut waits = Vec::new();
        for _ in 0..count {
            line.closed(now);
            let at = line.deadline().unwrap();
            waits.push(at - now);
            now = at;
            opened(&mut out);
            line.tick(now, &mut out);
            assert_eq!(opened(&mut out).len(), 1);
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
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        line.opened(now);
        let ping_at = line.deadline().unwrap();
        assert_eq!(ping_at - now, PING_EVERY);
        assert!(!line.tick(ping_at, &mut out));
        let give_up_at = line.deadline().unwrap();
        assert_eq!(give_up_at - ping_at, PONG_WITHIN);
        assert!(line.tick(give_up_at, &mut out));
        assert!(!line.is_open());
    }

    #[test]
    fn a_pong_keeps_it() {
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        line.opened(now);
        let ping_at = line.deadline().unwrap();
        line.tick(ping_at, &mut out);
        line.heard(ping_at);
        assert_eq!(line.deadline().unwrap() - ping_at, PING_EVERY);
    }

    #[test]
    fn coming_online_does_not_wait() {
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        for _ in 0..8 {
            line.closed(now);
            line.wake(now, &mut out);
        }
        assert_eq!(opened(&mut out).len(), 9);
    }

    #[test]
    fn a_stopping_server_is_given_its_time() {
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        line.opened(now);
        line.stopping(now, Duration::from_secs(3));
        line.closed(now);
        assert_eq!(line.deadline().unwrap() - now, Duration::from_secs(3));
    }
}
