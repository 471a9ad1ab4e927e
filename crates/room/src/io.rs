//! What goes into the core and what comes out.

use std::net::IpAddr;
use std::sync::Arc;

use protocol::{AddressGroup, ClientMessage, CloseCode, ErrorCode, ServerMessage};

use crate::{IceUrls, RelayUser, TicketKey};

/// Names a connection. The owner never uses a number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A client connected.
    Opened {
        connection: SocketId,
        /// Where the client is, as far as the owner can tell behind proxies.
        address: IpAddr,
        /// Where it finds this server's STUN and TURN, if there are any.
        ice: Option<Arc<IceUrls>>,
    },
    /// A client said something.
    Message {
        connection: SocketId,
        message: ClientMessage,
    },
    /// A client said something that is no message.
    Undecodable {
        connection: SocketId,
        why: Undecodable,
    },
    /// The client has sent something since [`Output::Probe`] asked it, so it is there.
    Alive { connection: SocketId },
    /// A connection is gone, for whatever reason.
    Closed { connection: SocketId },
    /// There is another key for tickets. Tickets of the one before are refused from now on, and
    /// everyone who is connected to a room is given a new one.
    TicketKey(TicketKey),
    /// The server is stopping.
    Stop,
}

/// Why something a client sent is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// [`ErrorCode::BadMessage`], [`ErrorCode::UnknownType`] or [`ErrorCode::TooLarge`].
    pub code: ErrorCode,
    /// For the client's developer.
    pub message: String,
    /// The message's `type`, if that much could be read.
    pub refused: Option<String>,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a message.
    Send {
        to: SocketId,
        message: ServerMessage,
    },
    /// Send the same message to several clients.
    SendMany {
        to: Vec<SocketId>,
        message: ServerMessage,
    },
    /// Close a connection, after everything that was sent to it before. The core has forgotten
    /// it: nothing more is sent to it, and what still comes from it is ignored.
    Close {
        connection: SocketId,
        code: CloseCode,
    },
    /// Ask the client at once whether it is there. [`Input::Alive`] tells that it is.
    Probe { connection: SocketId },
    /// The relay is to work for this user from now on. It comes before any output that holds the
    /// user's credentials.
    Grant {
        user: RelayUser,
        /// Where the user is.
        address: AddressGroup,
    },
    /// The relay is to end, at once, what it does for this user, and to do no more for it.
    Revoke { user: RelayUser },
}
