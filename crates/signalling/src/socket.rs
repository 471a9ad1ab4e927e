//! What a WebSocket or a session of the fallback is told, and what it tells.

use protocol::{ClientMessage, ServerMessage, SessionId};

use crate::reply::Outcome;

/// A WebSocket or a session of the fallback. A number is never used twice, so that a late event of an
/// old one is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// What to do with a WebSocket, or with a session of the fallback ([`protocol::fallback`]).
#[derive(Debug, Clone)]
pub enum SocketOp {
    /// Open a WebSocket to this page's own server (`/ws`, subprotocol
    /// [`protocol::SUBPROTOCOL`]).
    Open,
    /// Say something on an open WebSocket.
    Send(ClientMessage),
    /// Ask for the server's messages by POST; in place of an earlier answer to this session, of
    /// which nothing more is to be told. Ends with [`crate::SocketEvent::Ended`].
    Listen(Listen),
    /// Send messages by POST. Answered with [`crate::SocketEvent::Posted`].
    Post(Post),
    /// Close it; no event needs to follow. POSTs that are on their way go on.
    Close,
}

/// A POST to [`protocol::fallback::EVENTS_PATH`].
#[derive(Debug, Clone)]
pub struct Listen {
    /// None to open one.
    pub session: Option<SessionId>,
    /// The number of the last message that came.
    pub received: u64,
    /// The answer is to end with the first thing to say.
    pub whole: bool,
}

/// A POST to [`protocol::fallback::SEND_PATH`].
#[derive(Debug, Clone)]
pub struct Post {
    pub session: SessionId,
    /// The number of the last message that came.
    pub received: u64,
    /// The number of the first of `messages`.
    pub first: u64,
    /// May be none.
    pub messages: Vec<ClientMessage>,
    /// It has to get there although the page is going away.
    pub farewell: bool,
}

impl Post {
    /// The number of the last message, or of the one before if there are none.
    pub fn through(&self) -> u64 {
        self.first
            .saturating_sub(1)
            .saturating_add(self.messages.len() as u64)
    }
}

/// What a WebSocket or a session of the fallback did.
#[derive(Debug, Clone)]
pub enum SocketEvent {
    /// The WebSocket is open; messages may be sent.
    Opened,
    /// A message of a WebSocket.
    Message(ServerMessage),
    /// The event [`protocol::fallback::EVENT_SESSION`].
    Session(SessionId),
    /// A message of a session, with its number.
    Numbered {
        number: u64,
        /// [`ServerMessage::Unknown`] if it could not be read.
        message: ServerMessage,
    },
    /// The event [`protocol::fallback::EVENT_PING`].
    Asked,
    /// The answer to [`crate::SocketOp::Listen`] ended.
    Ended(Outcome),
    /// How a POST of messages up to this number went.
    Posted { through: u64, outcome: Outcome },
    /// The WebSocket is closed or never opened, or the session was closed by the event
    /// [`protocol::fallback::EVENT_CLOSE`]. Nothing more comes from it.
    Closed {
        /// The close code (RFC 6455, section 7.4); none if the connection just broke.
        code: Option<u16>,
    },
}
