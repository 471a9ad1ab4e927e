//! One client: reads its socket, writes its outbox, and sees that it is alive.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use protocol::{ClientMessage, CloseCode, SessionId};
use room::{ConnectionId, Input};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

use super::codec;
use super::frames::{self, Heard};
use super::hub::Hub;
use super::outbox::{Next, Outbox};
use super::session::Unknown;
use super::socket::{Reading, Socket};
use super::upgrade::Visitor;

/// How many frames are read before what they caused is written.
const READS_AT_ONCE: usize = 64;
/// How much is gathered before it is written.
const WRITE_AT_ONCE: usize = 16 * 1024;
/// How many pings and pongs a client may send between two of ours.
const MAX_CONTROL_FRAMES: u32 = 256;
/// How many frames that end no message a client may send between two pings of ours.
const MAX_PARTS: u32 = 4096;
/// How often our ping may stay without any answer.
const MAX_MISSED_PINGS: u32 = 2;
/// How long a client has to close after it was told to.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How much of what a client sends after broken frames is read, so that it gets to read why it
/// was closed: a socket closed with unread data is reset, and what was sent to it is lost.
const LINGER_READS: usize = 1_024;

/// Serves a connection until it is closed.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    hub: Arc<Hub>,
    socket: Socket<S>,
    visitor: Visitor,
) {
    let (id, outbox) = hub.open(visitor);
    let next_ping = Instant::now() + hub.limits.ping_interval;
    Connection {
        socket,
        client: Client {
            _open: Open::new(Arc::clone(&hub), id),
            hub,
            id,
            outbox,
            missed_pings: 0,
            has_begun: false,
            control_frames: 0,
            parts: 0,
            ping: false,
            probed: false,
            pong: None,
            hung_up: None,
            closing: None,
        },
        next_ping,
        stalled_at: None,
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

struct Connection<S> {
    socket: Socket<S>,
    client: Client,
    next_ping: Instant,
    /// When writing will have stood still for too long.
    stalled_at: Option<Instant>,
    /// What the client sends cannot be read any more.
    broken: bool,
    /// How often something was read since.
    lingered: usize,
    sleep: Pin<Box<Sleep>>,
}

/// The connection without its socket: what is heard, and what is to be said.
struct Client {
    /// Reports its end, whatever that is.
    _open: Open,
    hub: Arc<Hub>,
    id: ConnectionId,
    outbox: Arc<Outbox>,
    /// Pings since something was heard.
    missed_pings: u32,
    /// A message was heard.
    has_begun: bool,
    /// Pings and pongs heard since the last ping of ours.
    control_frames: u32,
    /// Frames since the last ping of ours that ended no message.
    parts: u32,
    /// A ping is to be written.
    ping: bool,
    /// Whether the rooms want to know if the client is still there.
    probed: bool,
    /// The last ping's payload is to be sent back.
    pong: Option<Vec<u8>>,
    /// The client closes: by which code it is to be answered.
    hung_up: Option<Option<u16>>,
    /// The close frame was sent; when the connection is dropped without an answer.
    closing: Option<Instant>,
}

/// The connection is over.
struct Over;

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Connection<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        match this.go_on(cx) {
            Ok(()) => Poll::Pending,
            Err(Over) => Poll::Ready(()),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Does all there is to do; afterwards everything that can wake the task will.
    ///
    /// What others caused is written before what has come is read: so it carries the
    /// acknowledgement of TCP, which reading would send by itself.
    fn go_on(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        loop {
            let all_written = self.write(cx)?;
            let all_read = self.read(cx)?;
            self.watch(cx)?;
            if !all_read {
                // The others have their turn first.
                cx.waker().wake_by_ref();
                return Ok(());
            }
            if !all_written {
                return Ok(());
            }
            let client = &self.client;
            let waits = client.closing.is_some() || client.outbox.wake_when_filled(cx.waker());
            if waits && !client.has_more_to_say() {
                return Ok(());
            }
        }
    }

    /// Reads what is there; false if there may be more.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        if self.broken {
            return self.linger(cx);
        }
        if self.client.hung_up.is_some() {
            return Ok(true);
        }
        let client = &mut self.client;
        match self
            .socket
            .read(cx, READS_AT_ONCE, |heard| client.heard(heard))
        {
            Reading::All => Ok(true),
            // It has answered our close.
            Reading::Stopped if client.hung_up.is_some() && client.closing.is_some() => Err(Over),
            Reading::Stopped => Ok(client.hung_up.is_some()),
            Reading::Broken(broken) => {
                client.give_up(broken.close_code());
                self.broken = true;
                self.linger(cx)
            }
            Reading::End => Err(Over),
        }
    }

    /// Reads for nothing until the client closes.
    fn linger(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        while self.lingered < LINGER_READS {
            self.lingered += 1;
            match self.socket.discard(cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Err(Over),
                Poll::Pending => return Ok(true),
            }
        }
        Err(Over)
    }

    /// Writes what is queued, in as few system calls as it takes; false if the client has to
    /// read first.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Over> {
        let client = &mut self.client;
        match self.socket.write(cx, |frames| client.say(frames)) {
            Poll::Pending => {
                let limit = client.hub.limits.write_limit;
                self.stalled_at
                    .get_or_insert_with(|| Instant::now() + limit);
                return Ok(false);
            }
            Poll::Ready(Err(_)) => return Err(Over),
            Poll::Ready(Ok(())) => {}
        }
        self.stalled_at = None;
        if client.hung_up.is_some() {
            return Err(Over);
        }
        if self.broken {
            // All is said; the client gets to read it to the end.
            if let Poll::Ready(Err(_)) = self.socket.shutdown(cx) {
                return Err(Over);
            }
        }
        Ok(true)
    }

    /// Asks the client whether it is there when it is time to, and ends a connection that
    /// stands still.
    fn watch(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        loop {
            let ends = [self.stalled_at, self.client.closing];
            let ends = ends.into_iter().flatten().min();
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
                self.next_ping = now + self.client.hub.limits.ping_interval;
                self.ping(cx)?;
            }
        }
    }

    fn ping(&mut self, cx: &mut Context<'_>) -> Result<(), Over> {
        let client = &mut self.client;
        client.control_frames = 0;
        client.parts = 0;
        if client.closing.is_some() || self.stalled_at.is_some() {
            return Ok(());
        }
        if client.missed_pings >= MAX_MISSED_PINGS {
            client.give_up(CloseCode::Idle);
        } else {
            client.missed_pings += 1;
            client.ping = true;
        }
        self.write(cx)?;
        Ok(())
    }
}

impl Client {
    /// Takes what came; nothing more is to be read after a close.
    fn heard(&mut self, heard: Heard<'_>) -> ControlFlow<()> {
        self.missed_pings = 0;
        if std::mem::take(&mut self.probed) {
            let connection = self.id;
            self.hub.handle(Input::Alive { connection });
        }
        if let Heard::Close(answer) = heard {
            self.hung_up = Some(answer);
            return ControlFlow::Break(());
        }
        if self.closing.is_some() {
            return ControlFlow::Continue(());
        }
        match heard {
            Heard::Text(text) => self.message(&text),
            Heard::Binary => self.hub.handle(Input::Undecodable {
                connection: self.id,
                why: codec::binary(),
            }),
            Heard::Ping(payload) => {
                self.pong = Some(payload.to_vec());
                self.control_frame();
            }
            Heard::Pong => self.control_frame(),
            Heard::Part => self.part(),
            Heard::Close(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn message(&mut self, text: &str) {
        let connection = self.id;
        let begins = !std::mem::replace(&mut self.has_begun, true);
        match codec::decode(text) {
            Ok(ClientMessage::Attach { session, received })
                if begins && self.attach(&session, received).is_ok() => {}
            Ok(message) => self.hub.handle(Input::Message {
                connection,
                message,
            }),
            Err(why) => self.hub.handle(Input::Undecodable { connection, why }),
        }
    }

    fn control_frame(&mut self) {
        self.control_frames += 1;
        if self.control_frames > MAX_CONTROL_FRAMES {
            self.give_up(CloseCode::TooManyMessages);
        }
    }

    fn part(&mut self) {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            self.give_up(CloseCode::TooManyMessages);
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

    /// Whether there is something to write besides the outbox.
    fn has_more_to_say(&self) -> bool {
        self.closing.is_none() && (self.pong.is_some() || self.ping || self.hung_up.is_some())
    }

    /// Appends what is to be written next, if anything.
    fn say(&mut self, frames: &mut Vec<u8>) {
        if self.closing.is_some() {
            return;
        }
        if let Some(payload) = self.pong.take() {
            frames::push_pong(frames, &payload);
        }
        if self.outbox.take_probe() {
            (self.ping, self.probed) = (true, true);
        }
        if std::mem::take(&mut self.ping) {
            frames::push_ping(frames);
        }
        if let Some(code) = self.hung_up {
            frames::push_close(frames, code);
            self.closing = Some(Instant::now() + CLOSE_LIMIT);
            return;
        }
        while frames.len() < WRITE_AT_ONCE {
            match self.outbox.next(|text| frames::push_text(frames, text)) {
                Next::Message(()) => {}
                Next::Close(code) => {
                    frames::push_close(frames, Some(code.as_u16()));
                    self.closing = Some(Instant::now() + CLOSE_LIMIT);
                    return;
                }
                Next::Empty => return,
            }
        }
    }
}
