//! What has no parts to choose, as kinds to choose from.

use call::{ConnectionEvent, MediaEvent};
use protocol::ServerMessage;

#[derive(Clone, Copy)]
pub(crate) enum ServerMessageKind {
    Locked,
    Removed,
    Pong,
    Received,
    Unknown,
}

impl ServerMessageKind {
    pub(crate) fn with(self, flag: bool) -> ServerMessage {
        match self {
            Self::Locked => ServerMessage::Locked { locked: flag },
            Self::Removed => ServerMessage::Removed {},
            Self::Pong => ServerMessage::Pong { id: 1 },
            Self::Received => ServerMessage::Received { count: 1 },
            Self::Unknown => ServerMessage::Unknown,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum ConnectionEventKind {
    Needed,
    Frame,
}

impl ConnectionEventKind {
    pub(crate) fn event(self) -> ConnectionEvent {
        match self {
            Self::Needed => ConnectionEvent::NegotiationNeeded,
            Self::Frame => ConnectionEvent::FirstFrame { screen: false },
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum PlaybackKind {
    Blocked,
    Allowed,
}

impl PlaybackKind {
    pub(crate) fn event(self) -> MediaEvent {
        match self {
            Self::Blocked => MediaEvent::PlaybackBlocked,
            Self::Allowed => MediaEvent::PlaybackAllowed,
        }
    }
}
