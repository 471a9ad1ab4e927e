//! What happens later unless it is called off.

use std::collections::BTreeSet;

use protocol::{ParticipantId, RoomId};
use web_time::Instant;

use crate::ConnectionId;

/// What happens at a deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A connection has said nothing yet.
    FirstMessage(ConnectionId),
    /// A client that was asked whether it is there has not answered.
    Answer(ConnectionId),
    /// A lost participant has not come back.
    Hold(RoomId, ParticipantId),
    /// A room's call code stops working.
    Code(RoomId),
    /// A connection is to have new credentials for the relay.
    IceServers(ConnectionId),
    /// A room that was brought back opens to newcomers.
    Settle(RoomId),
    /// It may be time to tell the hosts of a locked room how many wait outside.
    Waiting(RoomId),
    /// The host of a room that was brought back has not come.
    ExpectHost(RoomId),
}

/// Deadlines in their order.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(crate) fn cancel(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the next one that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
