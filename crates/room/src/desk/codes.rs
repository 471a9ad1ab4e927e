//! Call codes: 8 digits that stand for a room for a while.

use std::time::Duration;

use protocol::{CallCode, ErrorCode, RoomId, ServerMessage};
use web_time::Instant;

use crate::ConnectionId;
use crate::join::UNAVAILABLE;
use crate::room::LiveCode;
use crate::rooms::{NOT_JOINED, Refusal, Rooms, SERVER_BUSY};
use crate::timers::Timer;

/// How often a code that is taken is drawn again: with 10,000 of 100 million taken, twice is
/// already rare.
const DRAWS: usize = 32;

impl Rooms {
    /// Answers with the room's code. It stays the same for as long as somebody asks for it, so
    /// that a code that was read out to a person goes on working while it is shown.
    pub(crate) fn code(
        &mut self,
        now: Instant,
        from: ConnectionId,
        id: RoomId,
    ) -> Result<(), Refusal> {
        let lifetime = self.config.code_lifetime;
        let room = self.rooms.get_mut(&id).ok_or(NOT_JOINED)?;
        let live = match &mut room.code {
            Some(live) => live,
            none => {
                let mut draws = (0..DRAWS).filter_map(|_| self.random.code());
                let code = draws
                    .find(|code| !self.codes.contains_key(code))
                    .ok_or(SERVER_BUSY)?;
                self.codes.insert(code.clone(), id.clone());
                none.insert(LiveCode { code, expires: now })
            }
        };
        if live.expires.saturating_duration_since(now) <= lifetime / 2 {
            let timer = Timer::Code(id.clone());
            self.timers.cancel(live.expires, timer.clone());
            live.expires = now + lifetime;
            self.timers.set(live.expires, timer);
        }
        let message = ServerMessage::Code {
            code: live.code.clone(),
            expires_in_ms: millis(live.expires.saturating_duration_since(now)),
        };
        self.send(from, message);
        Ok(())
    }

    /// Answers which room a code stands for. A wrong code and that of a locked room are the same.
    pub(crate) fn find(
        &mut self,
        now: Instant,
        from: ConnectionId,
        code: &CallCode,
    ) -> Result<(), Refusal> {
        self.waits_no_more(now, from);
        let connection = self.connections.get(&from).ok_or(NOT_JOINED)?;
        let group = connection.group;
        if let Err(wait) = self.tries.check(group, now) {
            let code = ErrorCode::TooManyMessages;
            return Err(Refusal::retry(code, "too many wrong codes", wait));
        }
        let open = |id: &&RoomId| self.rooms.get(*id).is_some_and(|room| !room.is_closed());
        match self.codes.get(code).filter(open).cloned() {
            Some(room) => {
                self.send(from, ServerMessage::Found { room });
                Ok(())
            }
            None => {
                self.tries.failed(group, now);
                Err(UNAVAILABLE)
            }
        }
    }

    /// Makes a room's code void.
    pub(crate) fn drop_code(&mut self, id: &RoomId) {
        if let Some(live) = self.rooms.get_mut(id).and_then(|room| room.code.take()) {
            self.codes.remove(&live.code);
            self.timers.cancel(live.expires, Timer::Code(id.clone()));
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
