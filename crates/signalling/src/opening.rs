//! A way to the server being opened: a WebSocket first, and the fallback where none gets through.

use std::time::Duration;

use web_time::Instant;

use crate::fallback::{Fallback, Heard, Lost};
use crate::outbox::Outbox;
use crate::probe::{OPENING, Probe};
use crate::reply::Obstacle;
use crate::socket::{SocketEvent, SocketId, SocketOp};
use crate::way::{SignallingWay, Way};

/// A WebSocket that has not opened by then is joined by the fallback.
pub(crate) const FALLBACK_AFTER: Duration = Duration::from_secs(3);
/// When WebSockets work, one that is refused tells of a server that is away: so many times the
/// fallback is not tried.
pub(crate) const REFUSALS: u32 = 2;

/// A connection to the server that is being opened. At first a WebSocket is tried alone.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    web_socket: Option<SocketId>,
    fallback: Option<Box<Fallback>>,
    /// When the fallback is tried too, if it is not yet.
    fallback_at: Option<Instant>,
    /// A WebSocket that is refused is one that does not get through.
    is_telling: bool,
    /// What answered the fallback in the place of the server.
    obstacle: Option<Obstacle>,
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
        out.push(web_socket, SocketOp::Open);
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
        let Some(mut session) = self.fallback.take_if(|session| session.socket() == it) else {
            return Progress::Going;
        };
        match session.event(now, event, out) {
            Heard::Opened => {
                self.close(out);
                let probe = Probe::new(now);
                Progress::Open(Way::Fallback { session, probe })
            }
            Heard::Closed(code) => {
                self.obstacle = session.obstacle();
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

    /// What answered the fallback in the place of the server.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
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
            out.push(socket, SocketOp::Close);
        }
        if let Some(session) = &self.fallback {
            session.close(out);
        }
    }
}
