//! An open way to the server: a WebSocket, or a session of the fallback.

use protocol::ClientMessage;
use web_time::Instant;

use crate::fallback::{Fallback, Heard, Lost};
use crate::outbox::Outbox;
use crate::probe::Probe;
use crate::socket::{SocketEvent, SocketId, SocketOp};

/// How messages get to the server and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignallingWay {
    WebSocket,
    /// By HTTP requests, as no WebSocket gets through.
    Fallback,
}

/// An open way.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    WebSocket(SocketId),
    Fallback {
        session: Box<Fallback>,
        probe: Probe,
    },
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
            Self::Fallback { session, .. } if session.socket() == it => {
                let heard = session.event(now, event, out);
                if matches!(heard, Heard::Closed(_)) {
                    self.close(out);
                }
                heard
            }
            Self::Fallback { session, probe } if probe.socket() == Some(it) => {
                if let Some(received) = probe.event(now, session, event, out) {
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
            out.push(socket, SocketOp::Send(message));
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
                out.push(*socket, SocketOp::Send(message));
                Ok(())
            }
            Self::Fallback { session, .. } => session.send(now, message, out),
        }
    }

    pub(crate) fn close(&self, out: &mut Outbox) {
        match self {
            Self::WebSocket(socket) => out.push(*socket, SocketOp::Close),
            Self::Fallback { session, probe } => {
                session.close(out);
                if let Some(socket) = probe.socket() {
                    out.push(socket, SocketOp::Close);
                }
            }
        }
    }

    /// The network or the page is back.
    pub(crate) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        if let Self::Fallback { session, probe } = self {
            session.wake(now, out);
            probe.wake(now, out);
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
        probe.tick(now, session, out);
        session.tick(now, out)
    }

    pub(crate) fn view(&self) -> SignallingWay {
        match self {
            Self::WebSocket(_) => SignallingWay::WebSocket,
            Self::Fallback { .. } => SignallingWay::Fallback,
        }
    }
}
