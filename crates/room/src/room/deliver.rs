//! Messages from one participant to another: offers, answers, candidates and errors of ICE.

use protocol::{ClientMessage, ParticipantId, Sdp, ServerMessage, clean_text, limits};

use super::context::Context;
use super::inflow;
use super::state::Room;
use crate::refusal::{NO_SUCH_PARTICIPANT, Refusal, TOO_LARGE};

impl Room {
    /// Delivers an offer, answer, candidate or ICE error. Gives back a message that is none of these.
    pub(super) fn deliver(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        message: ClientMessage,
    ) -> Result<Option<ClientMessage>, Refusal> {
        let Some(to) = addressee(&message).cloned() else {
            return Ok(Some(message));
        };
        if too_large(&message) {
            return Err(TOO_LARGE);
        }
        let member = self.members.get_mut(&to).filter(|_| to != *me);
        let member = member.ok_or(NO_SUCH_PARTICIPANT)?;
        let rate = inflow::rate(context.config);
        let taken = member.inflow.take(rate, &message, context.now);
        taken.map_err(Refusal::slow_down)?;
        let from = me.clone();
        let message = match message {
            ClientMessage::Offer {
                connection, sdp, ..
            } => ServerMessage::Offer {
                from,
                connection,
                sdp,
            },
            ClientMessage::Answer {
                connection, sdp, ..
            } => ServerMessage::Answer {
                from,
                connection,
                sdp,
            },
            ClientMessage::Candidate {
                connection,
                candidate,
                ..
            } => ServerMessage::Candidate {
                from,
                connection,
                candidate,
            },
            ClientMessage::IceError {
                connection,
                code,
                text,
                ..
            } => ServerMessage::IceError {
                from,
                connection,
                code,
                text: clean_text(&text, limits::ERROR_TEXT_CHARS),
            },
            message => return Ok(Some(message)),
        };
        self.tell(&to, message);
        Ok(None)
    }
}

/// Whom a message is to be passed on to.
fn addressee(message: &ClientMessage) -> Option<&ParticipantId> {
    match message {
        ClientMessage::Offer { to, .. }
        | ClientMessage::Answer { to, .. }
        | ClientMessage::Candidate { to, .. }
        | ClientMessage::IceError { to, .. } => Some(to),
        _ => None,
    }
}

/// Whether a field of the message is too long. Too long a text of an ICE error is no fault: it is cut.
fn too_large(message: &ClientMessage) -> bool {
    let long = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.len() > limits::CANDIDATE_BYTES)
    };
    match message {
        ClientMessage::Offer { sdp, .. } | ClientMessage::Answer { sdp, .. } => is_too_long(sdp),
        ClientMessage::Candidate {
            candidate: Some(it),
            ..
        } => {
            it.candidate.len() > limits::CANDIDATE_BYTES
                || long(&it.sdp_mid)
                || long(&it.username_fragment)
        }
        _ => false,
    }
}

/// Whether a description is beyond its limit.
pub(crate) fn is_too_long(sdp: &Sdp) -> bool {
    sdp.bytes() > limits::SDP_BYTES
}
