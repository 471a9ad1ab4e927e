//! From one stage to another: to the lobby, home, and out of a call.

use protocol::{ClientMessage, RoomId, RoomSecret};

use super::call::{Address, Call, Ended, Stage};
use crate::interface::{Effect, TabMessage};
use crate::roster::Hearings;
use crate::stage::{Home, Lobby};
use crate::view::{Bell, EndReason};

impl Call {
    pub(super) fn open_room(&mut self, room: RoomId) {
        let there = match &self.stage {
            Stage::Call(_) => true,
            Stage::Lobby(lobby) => lobby.room == room,
            Stage::Home(_) | Stage::Ended(_) => false,
        };
        if !there {
            self.go_to_lobby(room, None);
        }
    }

    /// To the lobby of a room; this device may be its host.
    pub(super) fn go_to_lobby(&mut self, room: RoomId, secret: Option<RoomSecret>) {
        if secret.is_some() {
            // The secret is kept at once, so that a reload does not take the call away from its
            // host.
            let at_unix_ms = self.unix_ms();
            self.memory.enter(&room, secret.clone(), at_unix_ms);
        }
        let secret = secret.or_else(|| self.memory.secret_of(&room));
        let lobby = Lobby::new(room.clone(), secret);
        self.leave_stage(Stage::Lobby(Box::new(lobby)));
        let asks = TabMessage::Asks { room: room.clone() };
        self.out.push(Effect::TellTabs(asks));
        self.media.start(&mut self.out);
        self.line.send(self.now, ClientMessage::Peek { room });
    }

    pub(super) fn go_home(&mut self) {
        if matches!(self.stage, Stage::Call(_)) {
            self.send_to_room(ClientMessage::Leave {});
        }
        self.leave_stage(Stage::Home(Home::default()));
        self.media.stop(&mut self.out);
    }

    /// The call is over.
    pub(crate) fn end(&mut self, reason: EndReason) {
        let Stage::Call(session) = &self.stage else {
            return;
        };
        let ended = Ended {
            room: session.about.room.clone(),
            reason,
            lasted: self.now.saturating_duration_since(session.since),
        };
        self.leave_stage(Stage::Ended(ended));
        self.media.stop(&mut self.out);
    }

    /// Goes on to another stage, and closes what belongs to the old one.
    pub(super) fn leave_stage(&mut self, next: Stage) {
        match std::mem::replace(&mut self.stage, next) {
            Stage::Lobby(mut lobby) => {
                lobby.drop_prepared(&mut self.out);
                // The answer may be on its way, and nobody would stay behind it.
                if lobby.asked {
                    self.line.send(self.now, ClientMessage::Leave {});
                }
            }
            Stage::Call(mut session) => {
                session.close(&mut self.out);
                let room = session.about.room;
                self.out.push(Effect::TellTabs(TabMessage::Gone { room }));
                // A page that is closing may only be reloading, so it keeps its pass.
                if !self.closing {
                    self.pass = None;
                }
                self.hearings = Hearings::default();
                // Notices about the call do not belong on the next screen.
                self.notices.clear();
                self.bell = self.bell.take().filter(|it| *it != Bell::Waiting);
            }
            Stage::Home(_) | Stage::Ended(_) => {}
        }
        self.playback_blocked = false;
    }

    /// The person went back or forward in the history. A call is not left by that: its address is
    /// shown again.
    pub(super) fn went(&mut self, room: Option<RoomId>) {
        self.shell.address = Address {
            room: room.clone(),
            in_call: false,
        };
        match (&self.stage, room) {
            (Stage::Call(_), _) => self.backs = self.backs.wrapping_add(1),
            (_, Some(room)) => self.open_room(room),
            (_, None) => self.go_home(),
        }
    }
}
