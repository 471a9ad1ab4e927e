//! The messages of a participant to its room.

use protocol::{ClientMessage, LeaveReason, Media, Name, ParticipantId, ServerMessage};

use super::context::Context;
use super::state::Room;
use crate::refusal::Refusal;

impl Room {
    /// Takes a message that only a participant may send.
    pub(crate) fn says(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        message: ClientMessage,
    ) -> Result<(), Refusal> {
        let message = match self.deliver(context, me, message)? {
            None => return Ok(()),
            Some(message) => message,
        };
        match message {
            ClientMessage::Media { media } => self.set_media(me, media),
            ClientMessage::Rename { name } => self.rename(me, name),
            ClientMessage::Chat { id, text, to } => {
                return self.chat(context, me, id, text, to.as_ref());
            }
            ClientMessage::Remove { participant } => {
                return self.remove(context, me, &participant);
            }
            ClientMessage::Readmit { participant } => {
                return self.readmit(context, me, &participant);
            }
            ClientMessage::MakeHost { participant } => {
                return self.make_host(context, me, &participant);
            }
            ClientMessage::Lock { locked } => return self.lock(context, me, locked),
            ClientMessage::Received { count } => self.arrived(me, count),
            ClientMessage::Leave {} => self.goes(context, me, LeaveReason::Left),
            // The others were delivered above, or are for the desk.
            _ => {}
        }
        Ok(())
    }

    /// Counts a message of a participant that is of a counted kind.
    pub(crate) fn count(&mut self, me: &ParticipantId) {
        if let Some(member) = self.members.get_mut(me) {
            member.history.hear();
        }
    }

    pub(super) fn set_media(&mut self, me: &ParticipantId, media: Media) {
        let Some(member) = self.members.get_mut(me) else {
            return;
        };
        if std::mem::replace(&mut member.media, media) != media {
            let from = me.clone();
            self.tell_others(me, ServerMessage::Media { from, media });
        }
    }

    pub(super) fn rename(&mut self, me: &ParticipantId, name: Name) {
        let Some(member) = self.members.get_mut(me) else {
            return;
        };
        if member.name != name {
            member.name = name.clone();
            let from = me.clone();
            self.tell_others(me, ServerMessage::Renamed { from, name });
        }
    }

    /// A participant has got so many counted messages: they need not be kept.
    fn arrived(&mut self, me: &ParticipantId, count: u64) {
        let Some(member) = self.members.get_mut(me) else {
            return;
        };
        member.history.arrived(count);
        let count = member.history.heard();
        self.tell(me, ServerMessage::Received { count });
    }
}
