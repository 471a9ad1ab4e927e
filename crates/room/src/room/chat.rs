//! What participants write to each other. The room keeps none of it, but for what a participant has
//! not got yet (see [`crate::history`]).

use std::time::Duration;

use protocol::{ChatText, ErrorCode, ParticipantId, RoomId, ServerMessage};
use web_time::Instant;

use crate::Config;
use crate::rate::Rate;
use crate::relay::NO_SUCH_PARTICIPANT;
use crate::rooms::{NOT_JOINED, Refusal, Rooms};

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

impl Rooms {
    /// Passes a text on to the others in the room, or only to `to`.
    pub(crate) fn chat(
        &mut self,
        now: Instant,
        id: &RoomId,
        me: &ParticipantId,
        number: u64,
        text: &ChatText,
        to: Option<&ParticipantId>,
    ) -> Result<(), Refusal> {
        let chat_rate = rate(&self.config);
        let room = self.rooms.get_mut(id).ok_or(NOT_JOINED)?;
        if to.is_some_and(|to| to == me || !room.members.contains_key(to)) {
            return Err(NO_SUCH_PARTICIPANT);
        }
        let own = room.members.get_mut(me).ok_or(NOT_JOINED)?;
        own.chats.take(chat_rate, now).map_err(slow_down)?;
        let is_for = |other: &ParticipantId| other != me && to.is_none_or(|to| to == other);
        let rate = self.inflow_rate;
        // Either everyone gets it, or it is refused.
        for (_, member) in room.members.iter().filter(|(other, _)| is_for(other)) {
            let room_for_it = member.inflow.check_chat(rate, text, now);
            room_for_it.map_err(slow_down)?;
        }
        for (_, member) in room.members.iter_mut().filter(|(other, _)| is_for(other)) {
            member.inflow.take_chat(rate, text, now);
        }
        self.tell_those(id, is_for, || ServerMessage::Chat {
            from: me.clone(),
            id: number,
            text: text.clone(),
        });
        Ok(())
    }
}

fn slow_down(wait: Duration) -> Refusal {
    Refusal::retry(ErrorCode::TooManyMessages, "slow down", wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_document() {
        let document = include_str!("../../../PROTOCOL.md");
        let row = format!("{BURST} at once, {PER_SECOND} a second in the long run |");
        assert!(document.contains(&row), "{row}");
    }
}
