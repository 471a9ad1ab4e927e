//! What the person wants.

use protocol::{ClientMessage, Name, RoomSecret};

use super::call::{Call, Stage};
use crate::interface::{Command, DeviceKind, Effect, MediaOp, TabMessage};
use crate::stage::{Found, Home, read_code_or_link};
use crate::view::EndReason;

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
