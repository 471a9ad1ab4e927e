//! Where effects wait to be polled, and the numbers of what they make.

use std::collections::VecDeque;

use crate::interface::{ConnectionId, ConnectionOp, Effect, MediaOp, RequestId};

/// Effects in their order, and the numbers given so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    effects: VecDeque<Effect>,
    connections: u32,
    requests: u32,
}

impl Outbox {
    pub(crate) fn pop(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub(crate) fn connection(&mut self, connection: ConnectionId, op: ConnectionOp) {
        self.push(Effect::Connection { connection, op });
    }

    pub(crate) fn media(&mut self, op: MediaOp) {
        self.push(Effect::Media(op));
    }

    pub(crate) fn new_connection(&mut self) -> ConnectionId {
        self.connections = self.connections.wrapping_add(1);
        ConnectionId(self.connections)
    }

    pub(crate) fn new_request(&mut self) -> RequestId {
        self.requests = self.requests.wrapping_add(1);
        RequestId(self.requests)
    }
}
