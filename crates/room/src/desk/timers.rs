//! What happens later unless it is called off.

use std::collections::BTreeSet;

use protocol::RoomId;
use web_time::Instant;

use crate::SocketId;

/// What happens at a deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A connection has said nothing yet.
    FirstMessage(SocketId),
    /// A client that was asked whether it is there has not answered.
    Answer(SocketId),
    /// A room's own timer.
    Room(RoomId),
    /// A room's call code stops working.
    Code(RoomId),
    /// A connection is to have new credentials for the relay.
    IceServers(SocketId),
    /// It may be time to tell the hosts of a locked room how many wait outside.
    Waiting(RoomId),
}

/// Deadlines in their order.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn cancel(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    /// Moves a timer from `before` to `after`; none stands for a timer that does not run.
    pub(super) fn change(&mut self, before: Option<Instant>, after: Option<Instant>, timer: Timer) {
        if before == after {
            return;
        }
        if let Some(at) = before {
            self.cancel(at, timer.clone());
        }
        if let Some(at) = after {
            self.set(at, timer);
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the next one that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
