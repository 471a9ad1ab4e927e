//! Who waits outside of a locked room, and what its hosts are told of that.

use room::SocketId;

use crate::model::Model;
use crate::parts::State;

const WAITS_MS: u64 = 12_000;
const TOLD_EVERY_MS: u64 = 1_000;

#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// The connections that asked to come in, and until when each of them counts.
    outside: Vec<(SocketId, u64)>,
    /// The count that the hosts were told last.
    told: u32,
    /// The hosts are told nothing more before this time.
    quiet_until: u64,
}

impl Waiting {
    pub fn told(&self) -> u32 {
        self.told
    }

    /// All connections of the model come from one address, and those of one address count as one.
    fn count(&self) -> u32 {
        u32::from(!self.outside.is_empty())
    }

    /// When the hosts may be told something, if nothing else happens.
    pub fn deadline(&self) -> Option<u64> {
        if self.count() == self.told {
            self.outside.iter().map(|(_, until)| *until).min()
        } else {
            Some(self.quiet_until)
        }
    }
}

impl Model {
    /// A connection does not wait outside of any room from now on.
    pub fn waits_no_more(&mut self, connection: SocketId) {
        for call in &mut self.calls {
            call.waiting.outside.retain(|(it, _)| *it != connection);
        }
    }

    /// A connection asked to come in, and waits outside if the room is locked.
    pub fn waits(&mut self, connection: SocketId, room: usize) {
        self.waits_no_more(connection);
        let until = self.now + WAITS_MS;
        let call = self.calls.iter_mut().find(|it| it.room == room);
        if let Some(call) = call.filter(|it| it.locked) {
            call.waiting.outside.push((connection, until));
        }
    }

    /// Tells the hosts of every room how many wait, where that is due. The world calls this after
    /// each step.
    pub fn settle_waiting(&mut self) {
        let now = self.now;
        for call in &mut self.calls {
            let is_outside = |connection: &SocketId| {
                let mut connections = self.connections.iter();
                connections.any(|(id, state)| id == connection && *state != State::Joined)
            };
            let waiting = &mut call.waiting;
            waiting
                .outside
                .retain(|(id, until)| is_outside(id) && *until > now);
            if !call.locked {
                waiting.outside.clear();
                waiting.told = 0;
            }
            if waiting.count() != waiting.told && waiting.quiet_until <= now {
                waiting.told = waiting.count();
                waiting.quiet_until = now + TOLD_EVERY_MS;
            }
        }
    }
}
