//! Into a throw-away call by a WebSocket, or by HTTP requests where none gets through.

use std::time::Duration;

use protocol::{ClientMessage, CloseCode, ErrorCode, IceServer, ServerMessage};
use signalling::{
    Fallback, Heard, Obstacle, Outbox, SignallingWay, SocketEvent, SocketId, SocketOp,
};
use web_time::Instant;

use crate::link::{Measured, Reason, State};

/// A server that has not let us in by then is not reached.
pub(crate) const ENTER_WITHIN: Duration = Duration::from_secs(4);
/// A WebSocket that has not opened by then is joined by the fallback: sooner than in a call, where
/// there is more time.
const FALLBACK_AFTER: Duration = Duration::from_millis(1_200);

/// What follows from an event.
#[derive(Debug)]
pub(super) enum Progress {
    Going,
    Entered(Vec<IceServer>),
    Failed,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    join: ClientMessage,
    web_socket: Option<SocketId>,
    fallback: Option<Box<Fallback>>,
    /// When the fallback is tried too, if it is not yet.
    fallback_at: Option<Instant>,
    until: Instant,
    /// What answered the fallback in the place of the server.
    obstacle: Option<Obstacle>,
    /// When each way asked to be let in. What the server does for that takes no time to speak of,
    /// and the browser has nothing else to do yet: so the answer tells how long the way is.
    web_socket_asked: Option<Instant>,
    fallback_asked: Option<Instant>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Entering,
    Inside {
        way: SignallingWay,
        round_trip: Option<Duration>,
    },
    Failed(Reason),
}

impl Entry {
    pub(super) fn begin(now: Instant, join: ClientMessage, out: &mut Outbox) -> Self {
        let web_socket = out.new_socket();
        out.push(web_socket, SocketOp::Open);
        Self {
            join,
            web_socket: Some(web_socket),
            fallback: None,
            fallback_at: Some(now + FALLBACK_AFTER),
            until: now + ENTER_WITHIN,
            obstacle: None,
            web_socket_asked: None,
            fallback_asked: None,
            stage: Stage::Entering,
        }
    }

    pub(super) fn event(
        &mut self,
        now: Instant,
        it: SocketId,
        event: SocketEvent,
        out: &mut Outbox,
    ) -> Progress {
        if self.web_socket == Some(it) {
            return match event {
                SocketEvent::Opened => {
                    self.web_socket_asked = Some(now);
                    out.push(it, SocketOp::Send(self.join.clone()));
                    Progress::Going
                }
                SocketEvent::Message(message) => {
                    self.heard(now, SignallingWay::WebSocket, message, out)
                }
                SocketEvent::Closed { code } => {
                    self.web_socket = None;
                    if self.fallback_at.is_some() && code.is_none() {
                        self.fall_back(now, out);
                    }
                    self.closed(code)
                }
                _ => Progress::Going,
            };
        }
        let Some(session) = self.fallback.as_mut().filter(|it_is| it_is.socket() == it) else {
            return Progress::Going;
        };
        match session.event(now, event, out) {
            Heard::Nothing => Progress::Going,
            Heard::Opened => {
                self.fallback_asked = Some(now);
                match session.send(now, self.join.clone(), out) {
                    Ok(()) => Progress::Going,
                    Err(_) => self.lost(None, out),
                }
            }
            Heard::Message(message) => self.heard(now, SignallingWay::Fallback, message, out),
            Heard::Closed(code) => self.lost(code, out),
        }
    }

    fn heard(
        &mut self,
        now: Instant,
        way: SignallingWay,
        message: ServerMessage,
        out: &mut Outbox,
    ) -> Progress {
        match (message, self.stage) {
            (ServerMessage::Joined { ice_servers, .. }, Stage::Entering) => {
                let asked = match way {
                    SignallingWay::WebSocket => self.web_socket_asked,
                    SignallingWay::Fallback => self.fallback_asked,
                };
                self.stage = Stage::Inside {
                    way,
                    round_trip: asked.map(|asked| now.saturating_duration_since(asked)),
                };
                self.keep_only(way, out);
                Progress::Entered(ice_servers)
            }
            (ServerMessage::Error(error), Stage::Entering) => self.fail(match error.code {
                ErrorCode::ServerBusy | ErrorCode::TooManyMessages => Reason::Busy,
                _ => Reason::Refused(None),
            }),
            _ => Progress::Going,
        }
    }

    /// The other way, if it is being opened, is not needed.
    fn keep_only(&mut self, way: SignallingWay, out: &mut Outbox) {
        self.fallback_at = None;
        match way {
            SignallingWay::WebSocket => {
                if let Some(session) = self.fallback.take() {
                    session.close(out);
                }
            }
            SignallingWay::Fallback => {
                if let Some(socket) = self.web_socket.take() {
                    out.push(socket, SocketOp::Close);
                }
            }
        }
    }

    fn send(&mut self, now: Instant, message: ClientMessage, out: &mut Outbox) {
        if let Some(socket) = self.web_socket {
            out.push(socket, SocketOp::Send(message));
        } else if let Some(session) = &mut self.fallback {
            // A session that is lost says so by itself.
            let _ = session.send(now, message, out);
        }
    }

    fn fall_back(&mut self, now: Instant, out: &mut Outbox) {
        self.fallback_at = None;
        // Whole answers pass whatever there is on the way.
        self.fallback = Some(Box::new(Fallback::open_whole(now, out)));
    }

    /// The session is over.
    fn lost(&mut self, code: Option<u16>, out: &mut Outbox) -> Progress {
        if let Some(session) = self.fallback.take() {
            self.obstacle = session.obstacle();
            session.close(out);
        }
        self.closed(code)
    }

    /// One of the ways is closed.
    fn closed(&mut self, code: Option<u16>) -> Progress {
        let another = self.web_socket.is_some() || self.fallback.is_some();
        if another || !matches!(self.stage, Stage::Entering) {
            return Progress::Going;
        }
        self.fail(match code {
            None => self.obstacle.map_or(Reason::NoAnswer, Reason::Blocked),
            Some(code) if code == CloseCode::ServerBusy.as_u16() => Reason::Busy,
            Some(_) => Reason::Refused(None),
        })
    }

    fn fail(&mut self, reason: Reason) -> Progress {
        self.stage = Stage::Failed(reason);
        Progress::Failed
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let entering = matches!(self.stage, Stage::Entering).then_some(self.until);
        let session = self.fallback.as_ref().and_then(|it| it.deadline());
        entering
            .into_iter()
            .chain(self.fallback_at)
            .chain(session)
            .min()
    }

    pub(super) fn tick(&mut self, now: Instant, out: &mut Outbox) -> Progress {
        if self.fallback_at.is_some_and(|at| at <= now) {
            self.fall_back(now, out);
        }
        if let Some(session) = &mut self.fallback
            && session.tick(now, out).is_err()
        {
            return self.lost(None, out);
        }
        if matches!(self.stage, Stage::Entering) && self.until <= now {
            return self.fail(Reason::NoAnswer);
        }
        Progress::Going
    }

    /// Nothing more is to be learnt from it.
    pub(super) fn is_over(&self) -> bool {
        !matches!(self.stage, Stage::Entering)
    }

    /// Leaves the call and closes what is open.
    pub(super) fn leave(&mut self, now: Instant, out: &mut Outbox) {
        match self.stage {
            Stage::Entering => self.stage = Stage::Failed(Reason::NoAnswer),
            Stage::Inside { .. } => self.send(now, ClientMessage::Leave {}, out),
            Stage::Failed(_) => {}
        }
        if let Some(socket) = self.web_socket.take() {
            out.push(socket, SocketOp::Close);
        }
        if let Some(session) = self.fallback.take() {
            session.close(out);
        }
    }

    pub(super) fn state(&self) -> State {
        match self.stage {
            Stage::Entering => State::Trying,
            Stage::Inside { way, round_trip } => State::Good(Measured {
                way: Some(way),
                round_trip,
                ..Measured::default()
            }),
            Stage::Failed(reason) => State::Failed(reason),
        }
    }
}
