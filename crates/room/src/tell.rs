//! What is told to people in a room, now or when they are back.

use protocol::{ParticipantId, RoomId, ServerMessage};

use crate::Output;
use crate::rooms::Rooms;

impl Rooms {
    /// Sends to everyone in a room who can be reached but one.
    pub(crate) fn tell_others(
        &mut self,
        room: &RoomId,
        but: &ParticipantId,
        message: impl Fn() -> ServerMessage,
    ) {
        self.tell_those(room, |id| id != but, message);
    }

    /// Sends to everyone in a room who can be reached.
    pub(crate) fn tell_all(&mut self, room: &RoomId, message: impl Fn() -> ServerMessage) {
        self.tell_those(room, |_| true, message);
    }

    fn tell_those(
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

    /// Sends to a participant, when it can be reached.
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
