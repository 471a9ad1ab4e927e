//! What is done when the other side sends media, and nothing of it arrives any more.

use std::time::Duration;

use web_time::Instant;

use super::advice::{Advice, Facts};
use super::flow::MediaFlow;

/// So soon media comes again where its way is there again.
pub(super) const GLANCE: Duration = Duration::from_millis(100);

/// What has been done about the present stall so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum StallResponse {
    #[default]
    Nothing,
    /// The other side was asked whether it is there.
    Asked,
    /// ICE was restarted.
    Restarted,
}

impl StallResponse {
    /// What to do next about the stall, if there is one.
    pub(super) fn advise(&mut self, facts: Facts, flow: &mut MediaFlow, now: Instant) -> Advice {
        if !flow.is_missing() {
            *self = Self::Nothing;
        }
        if !facts.is_idle {
            return Advice::Wait;
        }
        match self {
            Self::Restarted => {}
            _ if flow.is_lost() => {
                *self = Self::Restarted;
                return Advice::RestartIce;
            }
            Self::Nothing
                if flow.is_stalled_for_long() && !flow.is_expected() && facts.can_restart_ice =>
            {
                *self = Self::Asked;
                return Advice::Ask;
            }
            // It has answered.
            Self::Asked if !flow.is_expected() => flow.expect(now, GLANCE),
            Self::Nothing | Self::Asked => {}
        }
        Advice::Wait
    }
}
