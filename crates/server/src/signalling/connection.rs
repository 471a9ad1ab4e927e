//! One client: reads its WebSocket, writes its outbox, and sees that it is alive.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::{ClientMessage, CloseCode, SessionId, limits};
use room::{Input, SocketId};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::codec;
use super::framing::{Framing, TooManyFrames};
use super::hub::Hub;
use super::open::Open;
use super::outbox::{Next, Outbox};
use super::session::{Sessions, Unknown};
use super::visitor::Visitor;

/// What is read from a socket at once. Each connection has such a buffer of its own.
const READ_BYTES: usize = 4 * 1024;
/// How much is gathered before it is written.
const WRITE_BYTES: usize = 16 * 1024;
/// How many messages are written before the client is listened to again.
const MESSAGES_AT_ONCE: usize = 64;
/// How many pings and pongs a client may send between two of ours.
const MAX_CONTROL_FRAMES: u32 = 256;
/// How often our ping may stay without any answer.
const MAX_MISSED_PINGS: u32 = 2;
/// How long a client has to close after it was told to.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How much of what a client sends after broken frames is read, so that it gets to read why it
/// was closed: a socket closed with unread data is reset, and what was sent to it is lost.
const LINGER_BYTES: usize = 16 * 1024 * 1024;
/// How much of that is read at once.
const LINGER_READ_BYTES: usize = 16 * 1024;

/// Serves a connection until it is closed.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    sessions: Arc<Sessions>,
    stream: S,
    visitor: Visitor,
) {
    let hub = Arc::clone(sessions.hub());
    let (id, outbox) = hub.open(visitor);
    let client = Client {
        _open: Open::new(Arc::clone(&hub), id),
        hub,
        sessions,
        id,
        outbox,
        missed_pings: 0,
        has_begun: false,
        control_frames: 0,
        probed: false,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(Some(limits::MESSAGE_BYTES))
        .max_frame_size(Some(limits::MESSAGE_BYTES));
    let stream = Framing::new(stream);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let connection = Connection {
        socket,
        client,
        broken: false,
    };
    connection.serve().await;
}

struct Connection<S> {
    socket: WebSocketStream<Framing<S>>,
    client: Client,
    /// What the client sends cannot be read any more.
    broken: bool,
}

/// The connection without its socket: what it is to the rooms.
struct Client {
    /// Reports its end, whatever that is.
    _open: Open,
    hub: Arc<Hub>,
    /// The sessions of the fallback. A client may continue one of them over this WebSocket.
    sessions: Arc<Sessions>,
    id: SocketId,
    outbox: Arc<Outbox>,
    /// Pings since something was heard.
    missed_pings: u32,
    /// A message was heard.
    has_begun: bool,
    /// Pings and pongs heard since the last ping of ours.
    control_frames: u32,
    /// Whether the rooms want to know if the client is still there.
    probed: bool,
}

/// Whether the connection goes on.
type Flow = ControlFlow<()>;

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn serve(mut self) {
        let interval = self.client.hub.limits.ping_interval;
        let mut pings = interval_at(Instant::now() + interval, interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                next = self.client.outbox.next() => self.say(next).await,
                heard = self.socket.next() => self.hear(heard).await,
                _ = pings.tick() => self.ping().await,
            };
            if flow.is_break() {
                return;
            }
        }
    }

    /// Writes what is queued, in as few system calls as it takes.
    async fn say(&mut self, first: Next) -> Flow {
        let mut next = Some(first);
        let mut messages = 0;
        while let Some(said) = next {
            match said {
                Next::Message(text) => self.feed(Message::Text(text)).await?,
                Next::Probe => {
                    self.client.probed = true;
                    self.feed(Message::Ping(Bytes::new())).await?;
                }
                Next::Close(code) => return self.close(code).await,
            }
            messages += 1;
            let more = messages < MESSAGES_AT_ONCE;
            next = if more {
                self.client.outbox.try_next()
            } else {
                None
            };
        }
        self.flush().await
    }

    async fn feed(&mut self, message: Message) -> Flow {
        let fed = timeout(
            self.client.hub.limits.write_limit,
            self.socket.feed(message),
        )
        .await;
        go_on_if(matches!(fed, Ok(Ok(()))))
    }

    async fn flush(&mut self) -> Flow {
        let flushed = timeout(self.client.hub.limits.write_limit, self.socket.flush()).await;
        go_on_if(matches!(flushed, Ok(Ok(()))))
    }

    /// Closes from this side, and waits for the client to close.
    async fn close(&mut self, code: CloseCode) -> Flow {
        let frame = CloseFrame {
            code: code.as_u16().into(),
            reason: "".into(),
        };
        let _late = timeout(CLOSE_LIMIT, async {
            self.socket.close(Some(frame)).await.ok()?;
            if self.broken {
                return self.linger().await;
            }
            while let Some(Ok(_)) = self.socket.next().await {}
            Some(())
        })
        .await;
        Flow::Break(())
    }

    /// Reads for nothing until the client closes.
    async fn linger(&mut self) -> Option<()> {
        let stream = self.socket.get_mut().stream();
        stream.shutdown().await.ok()?;
        let mut buffer = vec![0; LINGER_READ_BYTES];
        for _ in 0..LINGER_BYTES / LINGER_READ_BYTES {
            if stream.read(&mut buffer).await.ok()? == 0 {
                break;
            }
        }
        Some(())
    }

    async fn hear(&mut self, heard: Option<Result<Message, Error>>) -> Flow {
        match heard {
            Some(Ok(message)) => {
                self.socket.get_mut().message(message.len());
                if matches!(message, Message::Close(_)) {
                    // The library answers a close when it is flushed.
                    let _late = timeout(CLOSE_LIMIT, self.socket.flush()).await;
                    return Flow::Break(());
                }
                self.client.hear(message);
                Flow::Continue(())
            }
            Some(Err(error)) => match close_code(&error) {
                Some(code) => {
                    self.broken = true;
                    self.client.give_up(code);
                    // What was queued before goes before the close.
                    loop {
                        let next = self.client.outbox.next().await;
                        self.say(next).await?;
                    }
                }
                None => Flow::Break(()),
            },
            None => Flow::Break(()),
        }
    }

    async fn ping(&mut self) -> Flow {
        self.client.control_frames = 0;
        self.socket.get_mut().renew();
        if self.client.missed_pings >= MAX_MISSED_PINGS {
            self.client.give_up(CloseCode::Idle);
            return Flow::Continue(());
        }
        self.client.missed_pings += 1;
        self.feed(Message::Ping(Bytes::new())).await?;
        self.flush().await
    }
}

impl Client {
    fn hear(&mut self, message: Message) {
        self.missed_pings = 0;
        if std::mem::take(&mut self.probed) {
            let connection = self.id;
            self.hub.handle(Input::Alive { connection });
        }
        match message {
            Message::Text(text) => self.message(&text),
            Message::Binary(_) => self.hub.handle(Input::Undecodable {
                connection: self.id,
                why: codec::binary(),
            }),
            Message::Ping(_) | Message::Pong(_) => self.control_frame(),
            // The first is handled by the connection, and the second is never read.
            Message::Close(_) | Message::Frame(_) => {}
        }
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

    /// Goes on where a session of the fallback was. The connection that this began as was
    /// nobody's yet.
    fn attach(&mut self, session: &SessionId, received: u64) -> Result<(), Unknown> {
        let session = self.sessions.get(session).ok_or(Unknown)?;
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
}

fn go_on_if(goes_on: bool) -> Flow {
    if goes_on {
        Flow::Continue(())
    } else {
        Flow::Break(())
    }
}

/// How a client is told that what it sends cannot be read any further; none if it is gone.
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(CloseCode::ProtocolError),
        Error::Capacity(_) => Some(CloseCode::TooLarge),
        Error::Utf8(_) => Some(CloseCode::InvalidText),
        Error::Io(error) if error.get_ref().is_some_and(|it| it.is::<TooManyFrames>()) => {
            Some(CloseCode::TooManyMessages)
        }
        _ => None,
    }
}
