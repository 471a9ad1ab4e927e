//! The queue of what is to be done with sockets, and the number of the last socket.

use std::collections::VecDeque;

use crate::socket::{SocketId, SocketOp};

/// What is to be done, in this order, and how many sockets there were.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    ops: VecDeque<(SocketId, SocketOp)>,
    sockets: u32,
}

impl Outbox {
    /// The next thing to do.
    pub fn pop(&mut self) -> Option<(SocketId, SocketOp)> {
        self.ops.pop_front()
    }

    /// Puts something at the end.
    pub fn push(&mut self, socket: SocketId, op: SocketOp) {
        self.ops.push_back((socket, op));
    }

    /// A number that no other socket has had.
    pub fn new_socket(&mut self) -> SocketId {
        self.sockets = self.sockets.wrapping_add(1);
        SocketId(self.sockets)
    }
}
