//! The connection to the server: opened while it is needed, watched, and opened again when lost.
//! Which way it goes is for [`crate::opening`] to find.

use std::time::Duration;

use protocol::ClientMessage;
use web_time::Instant;

use crate::fallback::Heard;
use crate::jitter::Jitter;
use crate::opening::{Opening, Progress};
use crate::outbox::Outbox;
use crate::reply::Obstacle;
use crate::socket::{SocketEvent, SocketId, SocketOp};
use crate::way::{SignallingWay, Way};

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

/// The connection to the server.
#[derive(Debug, Clone)]
pub struct Line {
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
    out: Outbox,
}

/// The connection to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signalling {
    /// Not needed now.
    Idle,
    Connecting,
    Ready {
        way: SignallingWay,
    },
    /// Lost; tried again by itself.
    Reconnecting {
        attempt: u32,
    },
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
    /// Nothing is opened before it is needed. By `seed` the waits of many pages are spread.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self {
            state: State::Idle,
            attempt: 0,
            not_before: None,
            lost_since: None,
            away: Duration::ZERO,
            known: None,
            obstacle: None,
            pings: 0,
            jitter: Jitter::new(seed),
            out: Outbox::default(),
        }
    }

    /// Opens or closes it as needed.
    pub fn need(&mut self, needed: bool, now: Instant) {
        match &self.state {
            State::Idle if needed => self.open(now),
            State::Waiting { until } if needed && *until <= now => self.open(now),
            State::Opening(opening) if !needed => {
                opening.close(&mut self.out);
                self.rest();
            }
            State::Open { way, .. } if !needed => {
                way.close(&mut self.out);
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

    fn open(&mut self, now: Instant) {
        self.lost_since.get_or_insert(now);
        self.not_before = None;
        self.state = State::Opening(Opening::begin(now, self.known, self.attempt, &mut self.out));
    }

    /// What a socket did, and what that means; nothing for those that are not in use.
    pub fn handle(&mut self, now: Instant, socket: SocketId, event: SocketEvent) -> Heard {
        let heard = match &mut self.state {
            State::Opening(opening) => match opening.event(now, socket, event, &mut self.out) {
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
                let it = way.event(now, socket, event, &mut self.out);
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
            State::Opening(opening) => self.obstacle = opening.obstacle(),
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
    pub fn stopping(&mut self, now: Instant, retry_after: Duration) {
        self.not_before = Some(now + retry_after.min(MAX_RETRY_AFTER));
    }

    /// The network or the page is back: no more waiting, and an open socket has to prove itself.
    pub fn wake(&mut self, now: Instant) {
        match &mut self.state {
            State::Waiting { .. } => self.open(now),
            State::Open { way, heard, .. } => {
                way.wake(now, &mut self.out);
                if *heard < now {
                    self.ping(now, PROBE_WITHIN);
                }
            }
            State::Idle | State::Opening(_) => {}
        }
    }

    /// Something else that came through the network has stopped: an open socket has to prove
    /// itself, and quickly, for media waits for what is said over it.
    pub fn doubt(&mut self, now: Instant) {
        self.ping(now, DOUBT_WITHIN);
    }

    fn ping(&mut self, now: Instant, within: Duration) {
        if let State::Open { awaited, .. } = &mut self.state {
            self.pings = self.pings.wrapping_add(1);
            let by = now + within;
            *awaited = Some(awaited.map_or(by, |earlier| earlier.min(by)));
            self.send(now, ClientMessage::Ping { id: self.pings });
        }
    }

    /// Sends, if it is open.
    pub fn send(&mut self, now: Instant, message: ClientMessage) {
        if let State::Open { way, awaited, .. } = &mut self.state
            && way.send(now, message, &mut self.out).is_err()
        {
            // So much waits for the server that it does not matter what it would say.
            *awaited = Some(now);
        }
    }

    /// Whether messages can be sent.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// For how long it was needed and not open, the last time.
    pub fn away(&self) -> Duration {
        self.away
    }

    /// How many tries have failed in a row.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What the last try met in the place of the server.
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// Since when it is needed and not open.
    pub fn lost_since(&self) -> Option<Instant> {
        self.lost_since
    }

    /// The next thing to do with a socket.
    pub fn poll_output(&mut self) -> Option<(SocketId, SocketOp)> {
        self.out.pop()
    }

    /// When [`Self::handle_timeout`] is to be called at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
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
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return false;
        }
        let lost = match &mut self.state {
            State::Idle => false,
            State::Waiting { .. } => {
                self.open(now);
                false
            }
            State::Opening(opening) => {
                let lost = opening.tick(now, &mut self.out).is_err();
                if lost {
                    opening.close(&mut self.out);
                }
                lost
            }
            State::Open {
                way,
                heard,
                awaited,
                ..
            } => {
                let mut lost = way.tick(now, &mut self.out).is_err();
                match *awaited {
                    None if *heard + PING_EVERY <= now => self.ping(now, PONG_WITHIN),
                    Some(by) if by <= now && !lost => {
                        if way.hears_otherwise(now, &mut self.out) {
                            *awaited = Some(now + PONG_WITHIN);
                        } else {
                            lost = true;
                        }
                    }
                    _ => {}
                }
                if lost && let State::Open { way, .. } = &self.state {
                    way.close(&mut self.out);
                }
                lost
            }
        };
        if lost {
            self.closed(now);
        }
        lost
    }

    /// How it is, for the person to see.
    pub fn view(&self) -> Signalling {
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
mod tests;
