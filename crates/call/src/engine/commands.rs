//! What the person wants.

use protocol::{ClientMessage, Name, RoomId, RoomSecret};

use super::call::{Call, Ended, Stage};
use crate::interface::{Command, DeviceKind, Effect, MediaOp, TabMessage};
use crate::roster::Hearings;
use crate::stage::{Found, Home, Lobby, read_code_or_link};
use crate::view::{Bell, EndReason};

impl Call {
    pub(crate) fn command(&mut self, command: Command) {
        // Whoever presses a button is still there.
        self.closing = false;
        match command {
            Command::StartCall { secret } => self.start_call(secret),
            Command::Find { text } => self.find(&text),
            Command::OpenRoom { room } => self.open_room(room),
            Command::Went { room } => self.went(room),
            Command::Join => {
                if let Stage::Lobby(lobby) = &mut self.stage
                    && lobby.join(self.now)
                {
                    let room = lobby.room.clone();
                    self.out.push(Effect::TellTabs(TabMessage::Wants { room }));
                }
            }
            Command::StopWaiting => {
                if let Stage::Lobby(lobby) = &mut self.stage {
                    lobby.stop_waiting();
                    // By this the server knows that nobody waits here any more.
                    let room = lobby.room.clone();
                    self.line.send(self.now, ClientMessage::Peek { room });
                }
            }
            Command::Leave => match &self.stage {
                Stage::Call(_) => {
                    self.send_to_room(ClientMessage::Leave {});
                    self.end(EndReason::Left);
                }
                Stage::Lobby(_) => self.go_home(),
                Stage::Home(_) | Stage::Ended(_) => {}
            },
            Command::CallAgain => {
                if let Stage::Ended(ended) = &self.stage {
                    let room = ended.room.clone();
                    self.go_to_lobby(room, None);
                }
            }
            Command::GoHome => self.go_home(),
            Command::ForgetRecent { room } => self.memory.recent.retain(|it| it.room != room),
            Command::ForgetRecents => self.memory.recent.clear(),
            Command::SetName { name } => self.memory.name = Name::clean(&name),
            Command::SetMicrophone { on } => {
                self.media.set_microphone(on, &mut self.out);
                self.notify_silenced(DeviceKind::Microphone, on);
            }
            Command::SetCamera { on } => {
                self.media.set_camera(on, &mut self.out);
                self.notify_silenced(DeviceKind::Camera, on);
            }
            Command::ChooseMicrophone { device_id } => {
                self.media
                    .choose(DeviceKind::Microphone, device_id, &mut self.out);
            }
            Command::ChooseCamera { device_id } => {
                self.media
                    .choose(DeviceKind::Camera, device_id, &mut self.out);
            }
            Command::ChooseSpeaker { device_id } => {
                self.media
                    .choose(DeviceKind::Speaker, device_id, &mut self.out);
            }
            Command::TestSpeaker => self.out.media(MediaOp::TestSpeaker),
            Command::SetMusic { on } => self.media.set_music(on, &mut self.out),
            Command::SetBell { on } => self.memory.bell_off = !on,
            Command::SetNotify { on } => self.memory.notify = on,
            Command::SetRelayOnly { on } => {
                // The connections of a call were made as it was.
                if !matches!(self.stage, Stage::Call(_)) {
                    self.memory.relay_only = on;
                }
            }
            Command::SetScreen { on } => self.media.set_screen(on, &mut self.out),
            Command::SetScreenContent { content } => {
                self.media.set_screen_content(content, &mut self.out);
            }
            Command::SetOnlySound { on } => self.media.set_only_sound(on, &mut self.out),
            Command::RetryMedia => self.media.retry(&mut self.out),
            Command::AllowPlayback => self.out.media(MediaOp::Play),
            Command::Write { text } => self.write(&text),
            Command::OpenChat { open } => self.open_chat(open),
            Command::Hear {
                participant,
                hearing,
            } => self.hearings.choose(participant, hearing),
            Command::RequestCode => self.request_code(),
            Command::Remove { participant } => {
                self.send_to_room(ClientMessage::Remove { participant })
            }
            Command::Readmit { participant } => {
                self.send_to_room(ClientMessage::Readmit { participant })
            }
            Command::MakeHost { participant } => {
                self.send_to_room(ClientMessage::MakeHost { participant });
            }
            Command::SetLocked { locked } => self.send_to_room(ClientMessage::Lock { locked }),
            Command::DismissNotice { id } => self.notices.dismiss(id),
            Command::UseFound { notice } => {
                if let Some(found) = self.notices.take_offer(notice) {
                    for (kind, id) in [
                        (DeviceKind::Microphone, found.microphone_id),
                        (DeviceKind::Camera, found.camera_id),
                        (DeviceKind::Speaker, found.speaker_id),
                    ] {
                        if id.is_some() {
                            self.media.choose(kind, id, &mut self.out);
                        }
                    }
                }
            }
        }
    }

    fn start_call(&mut self, secret: RoomSecret) {
        if matches!(self.stage, Stage::Call(_)) {
            return;
        }
        if let Some(room) = signalling::room_of(&secret) {
            self.go_to_lobby(room, Some(secret));
        }
    }

    fn find(&mut self, text: &str) {
        if matches!(self.stage, Stage::Call(_)) {
            return;
        }
        match read_code_or_link(text, &self.origins) {
            Ok(Found::Room(room)) => self.go_to_lobby(room, None),
            Ok(Found::Code(code)) => {
                let find = ClientMessage::Find { code: code.clone() };
                self.leave_stage(Stage::Home(Home {
                    finding: Some(code),
                    ..Home::default()
                }));
                self.media.stop(&mut self.out);
                self.line.send(self.now, find);
            }
            Err(unread) => {
                if let Stage::Home(home) = &mut self.stage {
                    *home = Home::unread(unread);
                }
            }
        }
    }

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

    fn request_code(&mut self) {
        let now = self.now;
        let known = match &self.stage {
            Stage::Call(session) => session.code.as_ref().is_some_and(|it| it.expires > now),
            _ => true,
        };
        if !known {
            self.send_to_room(ClientMessage::Code {});
        }
    }
}
