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
    /// Nothing is being negotiated or waits to be, and no ICE restart is under way.
    pub(crate) is_idle: bool,
    /// An ICE restart by this side works between these two browsers.
    pub(crate) can_restart_ice: bool,
    /// This side, of the two, is the one that looks for a direct path.
    pub(crate) may_look_for_direct: bool,
    pub(crate) path: Option<Path>,
    /// This side waits longer before it acts, so that the two sides do not act at the same time.
    pub(crate) polite: bool,
}

/// What is to be done about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    Wait,
    /// Send an offer that changes nothing. The answer shows that the other side can be reached.
    Ask,
    RestartIce,
    /// Replace the connection by a new one.
    Renew,
}

impl Advice {
    /// The same advice for a connection whose ICE was restarted already or never ran: it waits instead
    /// of restarting ICE.
    pub(super) fn without_restart(self) -> Self {
        match self {
            Self::RestartIce => Self::Wait,
            other => other,
        }
    }
}
