//! What participants write to each other. The room keeps none of it, but for what a participant has
//! not got yet (see [`super::history`]).

use std::time::Duration;

use protocol::{ChatText, ParticipantId, ServerMessage};

use super::context::Context;
use super::inflow;
use super::state::Room;
use crate::Config;
use crate::rate::Rate;
use crate::refusal::{NO_SUCH_PARTICIPANT, NOT_JOINED, Refusal};

/// How many texts a participant may write at once.
const BURST: u32 = 40;
/// How many texts a participant may write in the long run.
const PER_SECOND: u32 = 1;

/// How often a participant may write.
fn rate(config: &Config) -> Rate {
    let limited = config.messages_per_second > 0;
    let per_second = if limited { PER_SECOND } else { 0 };
    Rate::new(per_second, Duration::from_secs(1), BURST)
}

impl Room {
    /// Passes a text on to the others, or only to `to`.
    pub(super) fn chat(
        &mut self,
        context: &Context<'_>,
        me: &ParticipantId,
        number: u64,
        text: ChatText,
        to: Option<&ParticipantId>,
    ) -> Result<(), Refusal> {
        if to.is_some_and(|to| to == me || !self.members.contains_key(to)) {
            return Err(NO_SUCH_PARTICIPANT);
        }
        let own = self.members.get_mut(me).ok_or(NOT_JOINED)?;
        own.chats
            .take(rate(context.config), context.now)
            .map_err(Refusal::slow_down)?;
        let is_for = |other: &ParticipantId| other != me && to.is_none_or(|to| to == other);
        let rate = inflow::rate(context.config);
        // Either everyone gets it, or it is refused.
        for (_, member) in self.members.iter().filter(|(other, _)| is_for(other)) {
            let room_for_it = member.inflow.check_chat(rate, &text, context.now);
            room_for_it.map_err(Refusal::slow_down)?;
        }
        for (_, member) in self.members.iter_mut().filter(|(other, _)| is_for(other)) {
            member.inflow.take_chat(rate, &text, context.now);
        }
        let message = ServerMessage::Chat {
            from: me.clone(),
            id: number,
            text,
        };
        self.tell_those(|other, _| is_for(other), message);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_document() {
        let document = include_str!("../../../../PROTOCOL.md");
        let row = format!("{BURST} at once, {PER_SECOND} a second in the long run |");
        assert!(document.contains(&row), "{row}");
    }
}
