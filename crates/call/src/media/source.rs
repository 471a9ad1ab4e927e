//! One of the person's devices: asked for, open, or refused.

use crate::interface::{MediaError, RequestId};
use crate::view::MediaAccess;

/// One kind of device.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// The id of the one that is open.
    pub(crate) open: Option<String>,
    /// The request that may open it.
    pub(crate) request: Option<RequestId>,
    pub(crate) error: Option<MediaError>,
    /// It ended by itself and another one is being looked for.
    pub(crate) replaces: bool,
    /// It is open, but the system, a key or a lid cuts it off.
    pub(crate) silenced: bool,
}

/// How an opened device stands to what was asked for.
pub(super) enum Arrival {
    Expected,
    /// Expected, after another one had ended by itself.
    InPlaceOfLost,
    /// A later request is under way, or came first.
    Overtaken,
    /// Turned off meanwhile.
    Unwanted,
}

/// What a refusal means.
pub(super) enum Refusal {
    /// No other device can take the place of one that went away.
    OfAnother,
    /// No device of this kind can be opened.
    OfAll,
}

impl Source {
    pub(crate) fn arrived(&mut self, request: RequestId, id: String) -> Arrival {
        if self.request == Some(request) {
            self.request = None;
            self.error = None;
            self.silenced = false;
            self.open = Some(id);
            return if std::mem::take(&mut self.replaces) {
                Arrival::InPlaceOfLost
            } else {
                Arrival::Expected
            };
        }
        // The shell holds one device of a kind: this is the one now.
        if self.request.is_some() || self.open.is_some() {
            self.silenced = false;
            self.open = Some(id);
            Arrival::Overtaken
        } else {
            Arrival::Unwanted
        }
    }

    pub(super) fn gives(&self) -> bool {
        self.open.is_some() && !self.silenced
    }

    /// A request has failed.
    pub(crate) fn refused(&mut self, error: MediaError) -> Refusal {
        // What was open before still is.
        if self.open.is_none() {
            self.error = Some(error);
        }
        let replaces = std::mem::take(&mut self.replaces);
        // When permission is denied, the device did not go away: the permission for all devices was
        // taken back.
        if replaces && error != MediaError::Denied {
            Refusal::OfAnother
        } else {
            Refusal::OfAll
        }
    }

    pub(super) fn is_coming(&self) -> bool {
        self.open.is_some() || self.request.is_some()
    }

    /// It is open, or it was tried to open it.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_coming() || self.error.is_some()
    }

    pub(super) fn access(&self, otherwise: MediaAccess) -> MediaAccess {
        if self.open.is_some() {
            MediaAccess::Open
        } else if self.request.is_some() {
            MediaAccess::Opening
        } else {
            self.error.map_or(otherwise, MediaAccess::Failed)
        }
    }
}
