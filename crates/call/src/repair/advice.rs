//! What is known of a connection, and what is to be done about it.

use crate::connection::Health;
use crate::view::Path;

/// What is known of a connection at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) health: Health,
    /// Offer and answer were exchanged at least once.
    pub(crate) negotiated: bool,
    /// Nothing is being negotiated.
    pub(crate) is_settled: bool,
    /// Nor is anything about to be, and an ICE restart is not under way.
    pub(crate) is_idle: bool,
    /// The two browsers get along when this side restarts ICE.
    pub(crate) can_restart_ice: bool,
    /// It is for this side to look for a direct way, if there should be one.
    pub(crate) may_look_for_direct: bool,
    pub(crate) path: Option<Path>,
    /// This side is the slower one to act, so that one of the two acts first.
    pub(crate) polite: bool,
}

/// What is to be done about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    Wait,
    /// Make an offer that changes nothing, to see whether the other side is there.
    Ask,
    RestartIce,
    /// Begin a new connection in its place.
    Renew,
}

impl Advice {
    /// The same, where ICE was restarted already or never ran.
    pub(super) fn without_restart(self) -> Self {
        match self {
            Self::RestartIce => Self::Wait,
            other => other,
        }
    }
}
