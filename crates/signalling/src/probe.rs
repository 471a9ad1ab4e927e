//! Looks from time to time whether a WebSocket opens by now, which then takes the session of the
//! fallback over.

use std::time::Duration;

use protocol::ServerMessage;
use web_time::Instant;

use crate::fallback::Fallback;
use crate::outbox::Outbox;
use crate::socket::{SocketEvent, SocketId, SocketOp};

/// A way that does not open within this time is given up.
pub(crate) const OPENING: Duration = Duration::from_secs(10);
/// How long after the fallback began a WebSocket is tried; each time twice as long.
pub(crate) const PROBE_AFTER: Duration = Duration::from_secs(15);
const MAX_PROBE_AFTER: Duration = Duration::from_secs(300);

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
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            state: Probing::Not {
                until: now + PROBE_AFTER,
            },
            wait: PROBE_AFTER,
        }
    }

    /// The WebSocket that is tried now.
    pub(crate) fn socket(&self) -> Option<SocketId> {
        match self.state {
            Probing::Not { .. } => None,
            Probing::Opening { socket, .. } | Probing::Attaching { socket, .. } => Some(socket),
        }
    }

    /// When [`Self::tick`] is to be called.
    pub(crate) fn until(&self) -> Instant {
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
        out.push(socket, SocketOp::Open);
    }

    /// Did not work: later again.
    fn failed(&mut self, now: Instant, session: &mut Fallback, out: &mut Outbox) {
        if let Some(socket) = self.socket() {
            out.push(socket, SocketOp::Close);
        }
        self.wait = self.wait.saturating_mul(2).min(MAX_PROBE_AFTER);
        self.state = Probing::Not {
            until: now + self.wait,
        };
        session.go_on(now, out);
    }

    /// What the WebSocket that is tried did. Once it is where the session was: how many of our
    /// messages had come.
    pub(crate) fn event(
        &mut self,
        now: Instant,
        session: &mut Fallback,
        event: SocketEvent,
        out: &mut Outbox,
    ) -> Option<u64> {
        match (&self.state, event) {
            (Probing::Opening { socket, .. }, SocketEvent::Opened) => {
                let socket = *socket;
                if let Some(attach) = session.hand_over() {
                    out.push(socket, SocketOp::Send(attach));
                }
                let until = now + OPENING;
                self.state = Probing::Attaching { socket, until };
            }
            (
                Probing::Attaching { .. },
                SocketEvent::Message(ServerMessage::Attached { received }),
            ) => {
                return Some(received);
            }
            (_, SocketEvent::Message(ServerMessage::Error(_)) | SocketEvent::Closed { .. }) => {
                self.failed(now, session, out)
            }
            _ => {}
        }
        None
    }

    /// The network or the page is back: the next try is now.
    pub(crate) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        match self.state {
            Probing::Attaching { .. } => return,
            // It was opened in the network that was, and may hang there.
            Probing::Opening { socket, .. } => out.push(socket, SocketOp::Close),
            Probing::Not { .. } => {}
        }
        self.wait = PROBE_AFTER;
        self.begin(now, out);
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant, session: &mut Fallback, out: &mut Outbox) {
        if self.until() > now {
            return;
        }
        match self.state {
            Probing::Not { .. } => self.begin(now, out),
            Probing::Opening { .. } | Probing::Attaching { .. } => self.failed(now, session, out),
        }
    }
}
