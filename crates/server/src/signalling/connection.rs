//! One client: reads its socket, writes its outbox, and sees that it is alive.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, Stream};
use protocol::{ClientMessage, CloseCode, SessionId};
use room::{ConnectionId, Input};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::codec;
use super::hub::Hub;
use super::outbox::{Next, Outbox};
use super::session::Unknown;
use super::upgrade::{Socket, Visitor};

/// How many messages are read before what they caused is written.
const READS_AT_ONCE: usize = 64;
/// How many pings and pongs a client may send between two of ours.
const MAX_CONTROL_FRAMES: u32 = 256;
/// How often our ping may stay without any answer.
const MAX_MISSED_PINGS: u32 = 2;
/// How long a client has to close after it was told to.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How much of what a client sends after broken frames is read, so that it gets to read why it
/// was closed: a socket closed with unread data is reset, and what was sent to it is lost.
const LINGER_READS: usize = 1_024;

/// Serves a connection until it is closed.
pub(super) async fn run(hub: Arc<Hub>, socket: Socket, visitor: Visitor) {
    let (id, outbox) = hub.open(visitor);
    let next_ping = Instant::now() + hub.limits.ping_interval;
    let open = Open::new(Arc::clone(&hub), id);
    Connection {
        _open: open,
        hub,
        socket,
        id,
        outbox,
        next_ping,
        missed_pings: 0,
        has_begun: false,
        control_frames: 0,
        flushed: true,
        stalled_at: None,
        closing: None,
        broken: false,
        lingered: 0,
        sleep: Box::pin(sleep_until(next_ping)),
    }
    .await;
}

/// Reports the end of a connection, also when its task panics or is cancelled.
pub(super) struct Open {
    hub: Arc<Hub>,
    id: Option<ConnectionId>,
}

impl Open {
    pub(super) fn new(hub: Arc<Hub>, id: ConnectionId) -> Self {
        Self { hub, id: Some(id) }
    }

    /// It does not end here: another goes on with it.
    pub(super) fn release(&mut self) {
        self.id = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.hub.close(id);
        }
    }
}

struct Connection {
    /// Reports its end, whatever that is.
    _open: Open,
    hub: Arc<Hub>,
    socket: Socket,
    id: ConnectionId,
    outbox: Arc<Outbox>,
    next_ping: Instant,
    /// Pings since something was heard.
    missed_pings: u32,
    /// A message was heard.
    has_begun: bool,
    /// Pings and pongs heard since the last ping of ours.
    control_frames: u32,
    /// Nothing is left to write in the socket's buffer.
    flushed: bool,
    /// When writing will have stood still for too long.
    stalled_at: Option<Instant>,
    /// The close frame was sent; when the connection is dropped without an answer.
    closing: Option<Instant>,
    /// What the client sends cannot be read any more.
    broken: bool,
    /// How often something was read since.
    lingered: usize,
    sleep: Pin<Box<Sleep>>,
}

/// The connection is over.
struct Over;

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        match this.go_on(cx) {
            Ok(()) => Poll::Pending,
            Err(Over) => Poll::Ready(()),
        }
    }
}

impl Connection {
    /// Does all there is to do; afterwards everything that can wake the task will.
    fn go_on(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        loop {
            let all_read = self.read(cx)?;
            let all_written = self.write(cx)?;
            self.watch(cx)?;
            if !all_read {
                // The others have their turn first.
                cx.waker().wake_by_ref();
                return Ok(());
            }
            if !all_written || self.closing.is_some() || self.outbox.wake_when_filled(cx.waker()) {
                return Ok(());
            }
        }
    }

    /// Reads what is there; false if there may be more.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        for _ in 0..READS_AT_ONCE {
            if self.broken {
                return self.linger(cx);
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => self.heard(message),
                Poll::Ready(Some(Err(error))) => {
                    self.give_up(close_code(&error).ok_or(Over)?);
                    self.broken = true;
                }
                Poll::Ready(None) => return Err(Over),
                Poll::Pending => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Reads for nothing until the client closes.
    fn linger(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        let mut buffer = [0; 4_096];
        while self.lingered < LINGER_READS {
            self.lingered += 1;
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(self.socket.get_mut()).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => return Err(Over),
                Poll::Pending => return Ok(true),
            }
        }
        Err(Over)
    }

    fn heard(&mut self, message: Message) {
        self.missed_pings = 0;
        if self.closing.is_some() {
            return;
        }
        let connection = self.id;
        match message {
            Message::Text(text) => {
                let begins = !std::mem::replace(&mut self.has_begun, true);
                match codec::decode(&text) {
                    Ok(ClientMessage::Attach { session, received })
                        if begins && self.attach(&session, received).is_ok() => {}
                    Ok(message) => self.hub.handle(Input::Message {
                        connection,
                        message,
                    }),
                    Err(why) => self.hub.handle(Input::Undecodable { connection, why }),
                }
            }
            Message::Binary(_) => self.hub.handle(Input::Undecodable {
                connection,
                why: codec::binary(),
            }),
            Message::Ping(_) | Message::Pong(_) => {
                self.control_frames += 1;
                if self.control_frames > MAX_CONTROL_FRAMES {
                    self.give_up(CloseCode::TooManyMessages);
                }
            }
            // The library answers it; the socket then ends.
            Message::Close(_) | Message::Frame(_) => {}
        }
    }

    /// Goes on where a session of the fallback was. The connection that this began as was
    /// nobody's yet.
    fn attach(&mut self, session: &SessionId, received: u64) -> Result<(), Unknown> {
        let session = self.hub.sessions.get(session).ok_or(Unknown)?;
        let (id, outbox) = session.hand_over(received)?;
        self._open = Open::new(Arc::clone(&self.hub), id);
        self.id = id;
        self.outbox = outbox;
        Ok(())
    }

    /// Closes from this side. For the rooms the connection is gone already.
    fn give_up(&mut self, code: CloseCode) {
        self.outbox.close(code);
        let connection = self.id;
        self.hub.handle(Input::Closed { connection });
    }

    /// Writes what is queued, in as few system calls as it takes; false if the client has to
    /// read first.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        while self.closing.is_none() {
            if Pin::new(&mut self.socket)
                .poll_ready(cx)
                .map_err(|_| Over)?
                .is_pending()
            {
                return Ok(self.stalled());
            }
            let message = match self.outbox.next() {
                Next::Empty => break,
                Next::Message(text) => Message::Text(text),
                Next::Close(code) => {
                    self.closing = Some(Instant::now() + CLOSE_LIMIT);
                    Message::Close(Some(CloseFrame {
                        code: code.as_u16().into(),
                        reason: "".into(),
                    }))
                }
            };
            self.feed(message)?;
        }
        if !self.flushed {
            if Pin::new(&mut self.socket)
                .poll_flush(cx)
                .map_err(|_| Over)?
                .is_pending()
            {
                return Ok(self.stalled());
            }
            self.flushed = true;
        }
        self.stalled_at = None;
        if self.broken {
            // All is said; the client gets to read it to the end.
            if let Poll::Ready(Err(_)) = Pin::new(self.socket.get_mut()).poll_shutdown(cx) {
                return Err(Over);
            }
        }
        Ok(true)
    }

    fn feed(&mut self, message: Message) -> Result<(), Over> {
        self.flushed = false;
        Pin::new(&mut self.socket)
            .start_send(message)
            .map_err(|_| Over)
    }

    fn stalled(&mut self) -> bool {
        let limit = self.hub.limits.write_limit;
        self.stalled_at
            .get_or_insert_with(|| Instant::now() + limit);
        false
    }

    /// Asks the client whether it is there when it is time to, and ends a connection that
    /// stands still.
    fn watch(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        loop {
            let ends = [self.stalled_at, self.closing].into_iter().flatten().min();
            let wanted = ends.map_or(self.next_ping, |ends| ends.min(self.next_ping));
            if self.sleep.deadline() != wanted {
                self.sleep.as_mut().reset(wanted);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            let now = Instant::now();
            if ends.is_some_and(|ends| ends <= now) {
                return Err(Over);
            }
            if self.next_ping <= now {
                self.next_ping = now + self.hub.limits.ping_interval;
                self.ping(cx)?;
            }
        }
    }

    fn ping(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        self.control_frames = 0;
        if self.closing.is_some() || self.stalled_at.is_some() {
            return Ok(());
        }
        if self.missed_pings >= MAX_MISSED_PINGS {
            self.give_up(CloseCode::Idle);
        } else {
            self.missed_pings += 1;
            if Pin::new(&mut self.socket)
                .poll_ready(cx)
                .map_err(|_| Over)?
                .is_ready()
            {
                self.feed(Message::Ping("".into()))?;
            }
        }
        self.write(cx)?;
        Ok(())
    }
}

/// How to tell a client what is wrong with its frames; `None` if it can be told nothing.
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Capacity(_) => Some(CloseCode::TooLarge),
        Error::Utf8(_) => Some(CloseCode::InvalidText),
        // Among these is a connection that ended without a close.
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(CloseCode::ProtocolError),
        _ => None,
    }
}
