//! Why a message of a client is refused.

use std::time::Duration;

use protocol::ErrorCode;

/// A refusal: its code, what it says to a developer, and when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) message: &'static str,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) const fn new(code: ErrorCode, message: &'static str) -> Self {
        Self {
            code,
            message,
            retry_after: None,
        }
    }

    pub(crate) const fn retry(
        code: ErrorCode,
        message: &'static str,
        retry_after: Duration,
    ) -> Self {
        Self {
            code,
            message,
            retry_after: Some(retry_after),
        }
    }

    /// The client sends more than it may and has to wait for so long.
    pub(crate) const fn slow_down(retry_after: Duration) -> Self {
        Self::retry(ErrorCode::TooManyMessages, "slow down", retry_after)
    }
}

pub(crate) const NOT_JOINED: Refusal = Refusal::new(ErrorCode::WrongState, "join a room first");

/// As many rooms or connections as the server takes.
pub(crate) const SERVER_BUSY: Refusal = Refusal::retry(
    ErrorCode::ServerBusy,
    "the server takes no more for now",
    Duration::from_secs(10),
);
pub(crate) const BAD_TICKET: Refusal = Refusal::new(
    ErrorCode::BadTicket,
    "the ticket is not valid here; join without it",
);
pub(crate) const REMOVED: Refusal = Refusal::new(
    ErrorCode::Removed,
    "a host removed you, and only a host can let you in again",
);
pub(crate) const TOO_LARGE: Refusal =
    Refusal::new(ErrorCode::TooLarge, "a field is longer than it may be");
pub(crate) const NO_SUCH_PARTICIPANT: Refusal = Refusal::new(
    ErrorCode::NoSuchParticipant,
    "the room has no such other participant",
);
