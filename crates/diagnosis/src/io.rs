//! Inputs and outputs of the connection test.

use protocol::IceServer;
use signalling::{SocketEvent, SocketId, SocketOp};

use crate::link::Link;

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// To a connection for signalling.
    Socket {
        socket: SocketId,
        event: SocketEvent,
    },
    /// To what tries a link.
    Probe { link: Link, event: ProbeEvent },
    /// The person has seen enough.
    Stop,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Effect {
    Socket { socket: SocketId, op: SocketOp },
    Probe { link: Link, op: ProbeOp },
}

/// What to do to try a link.
#[derive(Debug, Clone)]
pub enum ProbeOp {
    /// Make a peer connection that gathers candidates by this server, and is never connected.
    Gather(IceServer),
    /// Make two peer connections that may use relayed candidates of this server only, and connect
    /// them to each other with a data channel that neither repeats nor orders.
    Pair(IceServer),
    /// Send the message of this number from one to the other.
    Send(u16),
    /// Close what was made; nothing more is expected from it.
    Close,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeEvent {
    /// A candidate by the server was gathered: a server-reflexive one, or a relayed one.
    Candidate,
    /// There will be no more candidates.
    Gathered,
    /// The code of an `icecandidateerror`.
    IceError(u16),
    /// Messages can be sent.
    Open,
    /// The message of this number came.
    Arrived(u16),
    /// It cannot be made, or its connection failed.
    Failed,
}
