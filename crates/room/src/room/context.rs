//! What all rooms of a server have in common.

use web_time::Instant;

use crate::{Anchor, Config, TicketKey};

/// What a room is given with each input.
pub(crate) struct Context<'a> {
    /// The time of the input.
    pub(crate) now: Instant,
    /// When the server was started.
    pub(crate) anchor: &'a Anchor,
    pub(crate) config: &'a Config,
    pub(crate) key: &'a TicketKey,
}

impl Context<'_> {
    pub(super) fn unix_ms(&self) -> u64 {
        self.anchor.unix_ms(self.now)
    }

    pub(super) fn unix_seconds(&self) -> u64 {
        self.anchor.unix_seconds(self.now)
    }

    /// Whether so much time has passed since the server was started that everyone who was in a call
    /// before could have come back.
    pub(crate) fn comes_late(&self) -> bool {
        self.now.saturating_duration_since(self.anchor.instant) > self.config.hold
    }
}
