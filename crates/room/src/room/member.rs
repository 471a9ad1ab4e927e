//! One participant, as its room knows it.

use protocol::{AddressGroup, LeaveReason, Media, Name, Participant, ParticipantId};
use web_time::Instant;

use super::history::History;
use super::inflow::Inflow;
use crate::rate::Bucket;
use crate::{Mark, RelayUser, SocketId, Standing};

/// A participant.
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) standing: Standing,
    pub(super) media: Media,
    pub(super) entered: Instant,
    /// When it arrived (unix milliseconds); people are listed in this order.
    pub(super) arrived: u64,
    /// The address of its last connection.
    pub(super) group: AddressGroup,
    /// The mark of its device, if it showed a device token.
    pub(super) device: Option<Mark>,
    pub(super) link: Link,
    /// Whom the relay knows it as.
    pub(super) relay: Option<RelayUser>,
    /// When its ticket was issued (unix seconds).
    pub(super) ticket_issued: u64,
    pub(super) history: History,
    /// How much more the others may say to it.
    pub(super) inflow: Inflow,
    /// How many more texts it may write.
    pub(super) chats: Bucket,
}

/// How a participant can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Connected(SocketId),
    /// Its connection was lost; its place is held until then.
    Lost {
        since: Instant,
        until: Instant,
        /// The reason that is given if it does not come back.
        reason: LeaveReason,
    },
}

impl Member {
    pub(super) fn connection(&self) -> Option<SocketId> {
        match self.link {
            Link::Connected(connection) => Some(connection),
            Link::Lost { .. } => None,
        }
    }

    /// Until when the place is held; none while the participant is connected.
    pub(super) fn held_until(&self) -> Option<Instant> {
        match self.link {
            Link::Connected(_) => None,
            Link::Lost { until, .. } => Some(until),
        }
    }

    pub(super) fn participant(&self, id: &ParticipantId) -> Participant {
        Participant {
            id: id.clone(),
            name: self.name.clone(),
            role: self.standing.role(),
            media: self.media,
            connected: self.connection().is_some(),
        }
    }
}
