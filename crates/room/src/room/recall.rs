//! What a server that was started anew learns from the tickets it is shown.
//!
//! It has forgotten every room. The first ticket of a room makes it again as that ticket tells of
//! it, and each later one may know better: a lock that was changed later, somebody that was
//! removed. Because the first may be the one that knows least, such a room takes no newcomers
//! until a host is back or everyone has had the time to come back.

use std::cmp::Ordering;

use protocol::{LeaveReason, RoomId, ServerMessage};

use super::context::Context;
use super::state::{Origin, Room};
use crate::refusal::{BAD_TICKET, REMOVED, Refusal};
use crate::{CallState, Claims};

/// What a ticket shows of its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recalled {
    /// The ticket is of the call that goes on, so its holder may enter.
    ThisCall,
    /// The ticket is of a later call than the one that was restored, and that call takes its place.
    LaterCall,
}

/// Whether the ticket may say something that the server does not know: it was issued before the
/// server was started.
fn is_news(context: &Context<'_>, claims: &Claims) -> bool {
    claims.issued <= context.anchor.unix_ms / 1_000
}

/// Whether a ticket is of a call that began before the server was started, and comes while that call
/// can still be brought back.
pub(crate) fn is_earlier(context: &Context<'_>, claims: &Claims) -> bool {
    let began_before = claims.call.opened < context.anchor.unix_ms;
    is_news(context, claims) && began_before && !context.comes_late()
}

impl Room {
    /// A room as a ticket tells of it.
    pub(crate) fn bring_back(id: RoomId, context: &Context<'_>, call: CallState) -> Self {
        let settles = context.now + context.config.settle;
        let host_until = context.now + context.config.hold;
        Self::as_told(id, context.now, call, settles, host_until)
    }

    /// Restores what a ticket says of the room, and says whether its holder may enter.
    pub(crate) fn recall(
        &mut self,
        context: &Context<'_>,
        claims: &Claims,
    ) -> Result<Recalled, Refusal> {
        let Claims { call, .. } = claims;
        // A call that was opened in the future means that the clock was set back since.
        let is_of_now = call.opened <= context.unix_ms();
        let mut outdated = false;
        let was_locked = self.locked;
        match call.opened.cmp(&self.opened) {
            Ordering::Equal => {}
            // A host came before anyone with a ticket, and had none itself: the room was taken
            // for a new one. That is over when everyone has had the time to come.
            // Unless a host has locked the room since: then nobody else may come in.
            Ordering::Less
                if is_earlier(context, claims) && self.origin == Origin::Made && !self.locked =>
            {
                self.opened = call.opened;
                self.origin = Origin::GoesOn;
                self.recalls = true;
                if self.version == 0 {
                    self.locked = call.locked;
                }
                self.version = self.version.saturating_add(call.version);
                outdated = true;
            }
            Ordering::Less => return Err(BAD_TICKET),
            // Those who are here showed tickets of an earlier call.
            Ordering::Greater if is_of_now && self.origin == Origin::BroughtBack => {
                return Ok(Recalled::LaterCall);
            }
            Ordering::Greater => return Err(BAD_TICKET),
        }
        let mut expelled = Vec::new();
        if is_news(context, claims) {
            for removed in call.removed.iter().filter(|it| self.kept_out.learn(it)) {
                expelled.push((removed.participant.clone(), LeaveReason::Removed));
            }
            for left in &call.left {
                if self.note_gone(left, LeaveReason::Left) {
                    expelled.push((left.clone(), LeaveReason::Left));
                }
            }
        }
        outdated |= !expelled.is_empty();
        if call.version > self.version {
            self.version = call.version;
            self.locked = call.locked;
            outdated = true;
        }
        let is_removed = self.kept_out.names(&claims.participant);
        let is_good = self.contains(&claims.participant) || self.may_return(&claims.participant);
        for (participant, reason) in &expelled {
            self.expel(participant, *reason);
        }
        if outdated {
            self.renew_tickets(context);
        }
        if expelled
            .iter()
            .any(|(_, reason)| *reason == LeaveReason::Removed)
        {
            self.tell_kept_out();
        }
        if self.locked != was_locked {
            // Who shows the ticket hears of it when it is let in.
            let locked = self.locked;
            self.tell_others(&claims.participant, ServerMessage::Locked { locked });
            self.nobody_waits_if_open();
        }
        match (is_removed, is_good) {
            (true, _) => Err(REMOVED),
            (false, true) => Ok(Recalled::ThisCall),
            (false, false) => Err(BAD_TICKET),
        }
    }
}
