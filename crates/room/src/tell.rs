//! Sends messages to the participants of a room, and keeps them for those who are away.

use protocol::{ParticipantId, RoomId, ServerMessage};

use crate::Output;
use crate::rooms::Rooms;

impl Rooms {
    /// Tells everyone in a room but one.
    pub(crate) fn tell_others(
        &mut self,
        room: &RoomId,
        but: &ParticipantId,
        message: impl Fn() -> ServerMessage,
    ) {
        self.tell_those(room, |id| id != but, message);
    }

    /// Tells everyone in a room.
    pub(crate) fn tell_all(&mut self, room: &RoomId, message: impl Fn() -> ServerMessage) {
        self.tell_those(room, |_| true, message);
    }

    /// Tells those in a room whom `whom` names.
    pub(crate) fn tell_those(
        &mut self,
        room: &RoomId,
        whom: impl Fn(&ParticipantId) -> bool,
        message: impl Fn() -> ServerMessage,
    ) {
        let Some(room) = self.rooms.get_mut(room) else {
            return;
        };
        for (_, member) in room.members.iter_mut().filter(|(id, _)| whom(id)) {
            let message = message();
            member.history.note(&message);
            if let Some(to) = member.connection() {
                self.counters.message_out(&message);
                self.outputs.push_back(Output::Send { to, message });
            }
        }
    }

    /// Tells one participant.
    pub(crate) fn tell(&mut self, room: &RoomId, who: &ParticipantId, message: ServerMessage) {
        let room = self.rooms.get_mut(room);
        let Some(member) = room.and_then(|it| it.members.get_mut(who)) else {
            return;
        };
        member.history.note(&message);
        if let Some(to) = member.connection() {
            self.send(to, message);
        }
    }
}
