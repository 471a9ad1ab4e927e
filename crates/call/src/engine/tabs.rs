//! What the other tabs of this browser say and keep.

use super::call::{Call, Stage};
use crate::interface::{Effect, Memory, TabMessage};
use crate::view::EndReason;

impl Call {
    /// Another tab of this browser has said something.
    pub(super) fn tab(&mut self, message: TabMessage) {
        match (message, &mut self.stage) {
            (TabMessage::Asks { room }, Stage::Call(session)) if session.about.room == room => {
                self.out.push(Effect::TellTabs(TabMessage::Here { room }));
            }
            (TabMessage::Wants { room }, Stage::Call(session)) if session.about.room == room => {
                let pass = session.pass();
                self.out.push(Effect::TellTabs(TabMessage::Gives { pass }));
                self.end(EndReason::Replaced);
            }
            (TabMessage::Here { room }, Stage::Lobby(lobby)) if lobby.room == room => {
                lobby.set_elsewhere(true);
            }
            (TabMessage::Gone { room }, Stage::Lobby(lobby)) if lobby.room == room => {
                lobby.set_elsewhere(false);
            }
            (TabMessage::Gives { pass }, Stage::Lobby(lobby)) if lobby.room == pass.room => {
                let given = lobby.takes_over().then_some(pass);
                self.pass = given.or(self.pass.take());
            }
            _ => {}
        }
    }

    /// Takes over what another tab has changed of what the device keeps. This tab keeps its choice
    /// of devices. In a lobby or call, where others may know them, it also keeps its name and
    /// whether it uses the relay only.
    pub(super) fn remembered(&mut self, heard: &Memory) {
        let alone = matches!(self.stage, Stage::Home(_) | Stage::Ended(_));
        for memory in [&mut self.memory, &mut self.shell.memory] {
            memory.recent.clone_from(&heard.recent);
            memory.device.clone_from(&heard.device);
            memory.limit();
            if alone {
                memory.name.clone_from(&heard.name);
                memory.relay_only = heard.relay_only;
            }
            memory.bell_off = heard.bell_off;
            memory.notify = heard.notify;
        }
        if let Stage::Lobby(lobby) = &mut self.stage
            && lobby.secret.is_none()
        {
            lobby.secret = self.memory.secret_of(&lobby.room);
        }
    }
}
