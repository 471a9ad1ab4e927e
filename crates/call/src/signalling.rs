//! The connection to the server: opened while it is needed, watched, and opened again when lost.
//! Which way it goes is for [`crate::ways`] to find.

use std::time::Duration;

use protocol::ClientMessage;
use web_time::Instant;

use crate::fallback::Heard;
use crate::jitter::Jitter;
use crate::outbox::Outbox;
use crate::ways::{Opening, Progress, Way};
use crate::{Obstacle, Signalling, SignallingWay, SocketEvent, SocketId};

/// How often the server is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(15);
/// Without an answer in this time the socket is given up.
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// The same when there is reason to believe that the network has changed.
const PROBE_WITHIN: Duration = Duration::from_secs(4);
/// The same when nothing comes from a participant any more, either.
const DOUBT_WITHIN: Duration = Duration::from_millis(500);
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
    /// For how long it was not, the last time.
    away: Duration,
    /// Which way worked last.
    known: Option<SignallingWay>,
    /// What the last try met in the place of the server.
    obstacle: Option<Obstacle>,
    pings: u32,
    jitter: Jitter,
}

#[derive(Debug, Clone)]
enum State {
    /// Not needed.
    Idle,
    Opening(Opening),
    Open {
        way: Way,
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
            away: Duration::ZERO,
            known: None,
            obstacle: None,
            pings: 0,
            jitter,
        }
    }

    /// Opens or closes it as needed.
    pub(crate) fn need(&mut self, needed: bool, now: Instant, out: &mut Outbox) {
        match &self.state {
            State::Idle if needed => self.open(now, out),
            State::Waiting { until } if needed && *until <= now => self.open(now, out),
            State::Opening(opening) if !needed => {
                opening.close(out);
                self.rest();
            }
            State::Open { way, .. } if !needed => {
                way.close(out);
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
        self.obstacle = None;
    }

    fn open(&mut self, now: Instant, out: &mut Outbox) {
        self.lost_since.get_or_insert(now);
        self.not_before = None;
        self.state = State::Opening(Opening::begin(now, self.known, self.attempt, out));
    }

    /// What a socket did, and what that means; nothing for those that are not in use.
    pub(crate) fn event(
        &mut self,
        now: Instant,
        socket: SocketId,
        event: SocketEvent,
        out: &mut Outbox,
    ) -> Heard {
        let heard = match &mut self.state {
            State::Opening(opening) => match opening.event(now, socket, event, out) {
                Progress::Going => Heard::Nothing,
                Progress::Failed(code) => Heard::Closed(code),
                Progress::Open(way) => {
                    self.opened(now, way);
                    Heard::Opened
                }
            },
            State::Open {
                way,
                heard,
                awaited,
                ..
            } => {
                let it = way.event(now, socket, event, out);
                self.known = Some(way.view());
                if matches!(it, Heard::Message(_)) {
                    *heard = now;
                    *awaited = None;
                }
                it
            }
            State::Idle | State::Waiting { .. } => Heard::Nothing,
        };
        if matches!(heard, Heard::Closed(_)) {
            self.closed(now);
        }
        heard
    }

    fn opened(&mut self, now: Instant, way: Way) {
        self.known = Some(way.view());
        self.obstacle = None;
        let lost_since = self.lost_since.take().unwrap_or(now);
        self.away = now.saturating_duration_since(lost_since);
        self.state = State::Open {
            way,
            since: now,
            heard: now,
            awaited: None,
        };
    }

    /// The present socket is closed, or of no more use.
    fn closed(&mut self, now: Instant) {
        match &self.state {
            State::Open { since, .. } if now.saturating_duration_since(*since) >= GOOD => {
                self.attempt = 0;
            }
            State::Opening(opening) => self.obstacle = opening.obstacle,
            _ => {}
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
        match &mut self.state {
            State::Waiting { .. } => self.open(now, out),
            State::Open { way, heard, .. } => {
                way.wake(now, out);
                if *heard < now {
                    self.ping(now, PROBE_WITHIN, out);
                }
            }
            State::Idle | State::Opening(_) => {}
        }
    }

    /// Something else that came through the network has stopped: an open socket has to prove
    /// itself, and quickly, for media waits for what is said over it.
    pub(crate) fn doubt(&mut self, now: Instant, out: &mut Outbox) {
        self.ping(now, DOUBT_WITHIN, out);
    }

    fn ping(&mut self, now: Instant, within: Duration, out: &mut Outbox) {
        if let State::Open { awaited, .. } = &mut self.state {
            self.pings = self.pings.wrapping_add(1);
            let by = now + within;
            *awaited = Some(awaited.map_or(by, |earlier| earlier.min(by)));
            self.send(now, ClientMessage::Ping { id: self.pings }, out);
        }
    }

    /// Sends, if it is open.
    pub(crate) fn send(&mut self, now: Instant, message: ClientMessage, out: &mut Outbox) {
        if let State::Open { way, awaited, .. } = &mut self.state
            && way.send(now, message, out).is_err()
        {
            // So much waits for the server that it does not matter what it would say.
            *awaited = Some(now);
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// For how long it was needed and not open, the last time.
    pub(crate) fn away(&self) -> Duration {
        self.away
    }

    /// How many tries have failed in a row.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What the last try met in the place of the server.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// Since when it is needed and not open.
    pub(crate) fn lost_since(&self) -> Option<Instant> {
        self.lost_since
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Waiting { until } => Some(*until),
            State::Opening(opening) => Some(opening.deadline()),
            State::Open {
                way,
                heard,
                awaited,
                ..
            } => {
                let ping = awaited.unwrap_or(*heard + PING_EVERY);
                Some(way.deadline().map_or(ping, |at| at.min(ping)))
            }
        }
    }

    /// Does what is due. True if the connection was given up.
    pub(crate) fn tick(&mut self, now: Instant, out: &mut Outbox) -> bool {
        if self.deadline().is_none_or(|at| at > now) {
            return false;
        }
        let lost = match &mut self.state {
            State::Idle => false,
            State::Waiting { .. } => {
                self.open(now, out);
                false
            }
            State::Opening(opening) => {
                let lost = opening.tick(now, out).is_err();
                if lost {
                    opening.close(out);
                }
                lost
            }
            State::Open {
                way,
                heard,
                awaited,
                ..
            } => {
                let mut lost = way.tick(now, out).is_err();
                match *awaited {
                    None if *heard + PING_EVERY <= now => self.ping(now, PONG_WITHIN, out),
                    Some(by) if by <= now && !lost => {
                        if way.hears_otherwise(now, out) {
                            *awaited = Some(now + PONG_WITHIN);
                        } else {
                            lost = true;
                        }
                    }
                    _ => {}
                }
                if lost && let State::Open { way, .. } = &self.state {
                    way.close(out);
                }
                lost
            }
        };
        if lost {
            self.closed(now);
        }
        lost
    }

    pub(crate) fn view(&self) -> Signalling {
        match &self.state {
            State::Idle => Signalling::Idle,
            State::Open { way, .. } => Signalling::Ready { way: way.view() },
            State::Opening(_) if self.attempt == 0 => Signalling::Connecting,
            State::Opening(_) | State::Waiting { .. } => Signalling::Reconnecting {
                attempt: self.attempt,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::ServerMessage;

    use super::*;
    use crate::{Effect, SocketOp};

    const FIRST: SocketId = SocketId(1);

    fn line() -> (Line, Outbox, Instant) {
        (
            Line::new(Jitter::new(&[7; 32])),
            Outbox::default(),
            Instant::now(),
        )
    }

    /// Nothing gets through, neither way. How many WebSockets were tried.
    fn fail(line: &mut Line, now: Instant, out: &mut Outbox) -> usize {
        let mut web_sockets = 0;
        while let Some(effect) = out.pop() {
            let Effect::Socket { socket, op } = effect else {
                continue;
            };
            web_sockets += usize::from(matches!(op, SocketOp::Open));
            if matches!(op, SocketOp::Open | SocketOp::Listen(_)) {
                line.event(now, socket, SocketEvent::Closed { code: None }, out);
            }
        }
        web_sockets
    }

    /// How long it waits after each of `count` failures.
    fn waits(count: usize) -> Vec<Duration> {
        let (mut line, mut out, mut now) = line();
        line.need(true, now, &mut out);
        let mut waits = Vec::new();
        for _ in 0..count {
            assert_eq!(fail(&mut line, now, &mut out), 1);
            let at = line.deadline().unwrap();
            waits.push(at - now);
            now = at;
            line.tick(now, &mut out);
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
        line.event(now, FIRST, SocketEvent::Opened, &mut out);
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
        line.event(now, FIRST, SocketEvent::Opened, &mut out);
        let ping_at = line.deadline().unwrap();
        line.tick(ping_at, &mut out);
        let pong = SocketEvent::Message(ServerMessage::Pong { id: 1 });
        line.event(ping_at, FIRST, pong, &mut out);
        assert_eq!(line.deadline().unwrap() - ping_at, PING_EVERY);
    }

    #[test]
    fn coming_online_does_not_wait() {
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        for _ in 0..8 {
            assert_eq!(fail(&mut line, now, &mut out), 1);
            line.wake(now, &mut out);
        }
        assert_eq!(fail(&mut line, now, &mut out), 1);
    }

    #[test]
    fn a_stopping_server_is_given_its_time() {
        let (mut line, mut out, now) = line();
        line.need(true, now, &mut out);
        line.event(now, FIRST, SocketEvent::Opened, &mut out);
        line.stopping(now, Duration::from_secs(3));
        line.event(now, FIRST, SocketEvent::Closed { code: None }, &mut out);
        assert_eq!(line.deadline().unwrap() - now, Duration::from_secs(3));
    }
}
