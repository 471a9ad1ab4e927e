//! Call codes: 8 digits that stand for a room for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::{CallCode, RoomId};
use web_time::Instant;

use super::timers::{Timer, Timers};
use crate::random::Random;

/// How often a code that is taken is drawn again: with 10,000 of 100 million taken, twice is
/// already rare.
const DRAWS: usize = 32;

/// The call codes that work now, and their rooms.
#[derive(Debug, Default)]
pub(super) struct Codes {
    rooms: BTreeMap<CallCode, RoomId>,
    by_room: BTreeMap<RoomId, LiveCode>,
}

/// A call code that works.
#[derive(Debug, Clone)]
pub(super) struct LiveCode {
    pub(super) code: CallCode,
    pub(super) expires: Instant,
}

impl Codes {
    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// The room that a code stands for.
    pub(super) fn room(&self, code: &CallCode) -> Option<&RoomId> {
        self.rooms.get(code)
    }

    /// The code of a room; none if no free code was found. A code stays the same for as long as somebody
    /// keeps asking for it, so that one that was read out goes on working while it is shown.
    pub(super) fn of(
        &mut self,
        room: &RoomId,
        now: Instant,
        lifetime: Duration,
        random: &mut Random,
        timers: &mut Timers,
    ) -> Option<LiveCode> {
        if !self.by_room.contains_key(room) {
            let mut draws = (0..DRAWS).filter_map(|_| random.code());
            let code = draws.find(|code| !self.rooms.contains_key(code))?;
            self.rooms.insert(code.clone(), room.clone());
            let expires = now;
            self.by_room
                .insert(room.clone(), LiveCode { code, expires });
        }
        let live = self.by_room.get_mut(room)?;
        if live.expires.saturating_duration_since(now) <= lifetime / 2 {
            let timer = Timer::Code(room.clone());
            timers.change(Some(live.expires), Some(now + lifetime), timer);
            live.expires = now + lifetime;
        }
        Some(live.clone())
    }

    /// Makes a room's code void.
    pub(super) fn remove(&mut self, room: &RoomId, timers: &mut Timers) {
        if let Some(live) = self.by_room.remove(room) {
            self.rooms.remove(&live.code);
            timers.cancel(live.expires, Timer::Code(room.clone()));
        }
    }

    pub(super) fn clear(&mut self) {
        self.rooms.clear();
        self.by_room.clear();
    }
}
