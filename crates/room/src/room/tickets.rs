//! The tickets of the participants of a room. Each says what is true of the room at that moment.

use protocol::{ParticipantId, ServerMessage, Ticket};

use super::context::Context;
use super::state::Room;
use crate::Claims;

impl Room {
    /// A ticket for a participant.
    pub(super) fn ticket(&mut self, context: &Context<'_>, me: &ParticipantId) -> Option<Ticket> {
        let issued = context.unix_seconds();
        let call = self.call();
        let member = self.members.get_mut(me)?;
        member.ticket_issued = issued;
        context.key.issue(&Claims {
            room: self.id.clone(),
            participant: me.clone(),
            standing: member.standing,
            issued,
            arrived: member.arrived,
            expires: issued.saturating_add(context.config.ticket_lifetime.as_secs()),
            counting: member.history.counting(),
            call,
        })
    }

    /// Gives everyone who can be reached a new ticket, for the old ones tell what was.
    pub(crate) fn renew_tickets(&mut self, context: &Context<'_>) {
        let members: Vec<_> = self.members.keys().cloned().collect();
        for me in members {
            self.renew_ticket(context, &me);
        }
    }

    /// Gives a participant a new ticket when half of the old one's time is over.
    pub(crate) fn renew_old_ticket(&mut self, context: &Context<'_>, me: &ParticipantId) {
        let Some(member) = self.members.get(me) else {
            return;
        };
        let age = context.unix_seconds().saturating_sub(member.ticket_issued);
        if age >= context.config.ticket_lifetime.as_secs() / 2 {
            self.renew_ticket(context, me);
        }
    }

    /// Gives a participant who can be reached a new ticket.
    pub(super) fn renew_ticket(&mut self, context: &Context<'_>, me: &ParticipantId) {
        let connection = self.members.get(me).and_then(|it| it.connection());
        if let Some(connection) = connection
            && let Some(ticket) = self.ticket(context, me)
        {
            self.send(connection, ServerMessage::Ticket { ticket });
        }
    }
}
