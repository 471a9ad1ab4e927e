//! What the parts of a call need from around them.

use protocol::IceServer;
use web_time::Instant;

use crate::media::Wishes;
use crate::outbox::Outbox;

/// The surroundings of a call at one moment.
pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    /// When the page began.
    pub(crate) start: Instant,
    pub(crate) out: &'a mut Outbox,
    pub(crate) ice_servers: &'a [IceServer],
    pub(crate) relay_only: bool,
    pub(crate) wishes: Wishes,
    /// This side is in the room and its socket is open.
    pub(crate) online: bool,
}
