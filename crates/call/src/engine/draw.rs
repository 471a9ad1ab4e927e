//! What there is to draw, derived from the state.

use protocol::{ParticipantId, Role};

use super::call::{Call, Stage};
use crate::interface::DeviceKind;
use crate::roster::Peer;
use crate::stage::{Entry, Lobby, Session};
use crate::view::{
    ChatView, Details, Link, Me, Person, Problem, RoomView, Screen, Status, View, Waiting,
};

/// Before the server says how many a room takes.
const ROOM_FOR: u32 = 4;

impl Call {
    pub(super) fn draw(&self) -> View {
        let people = match &self.stage {
            Stage::Call(session) => {
                let peers = session.peers.iter();
                peers
                    .map(|it| Person {
                        hearing: self.hearings.of(&it.about.id),
                        ..it.person()
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        View {
            screen: self.screen(),
            status: self.status(),
            signalling: self.line.view(),
            me: self.me(),
            devices: self.media.devices(),
            room: self.room(),
            people,
            chat: self.chat(),
            notices: self.notices.list(),
            recent: self.memory.offered(),
            playback_blocked: self.playback_blocked,
            backs: self.backs,
            bell: self.bell.clone(),
        }
    }

    fn screen(&self) -> Screen {
        match &self.stage {
            Stage::Home(home) => Screen::Home {
                finding: home.finding.is_some(),
                problem: home.problem(&self.line),
                elsewhere: home.elsewhere.clone(),
            },
            Stage::Lobby(lobby) => Screen::Lobby {
                names: lobby.names.clone(),
                joining: lobby.entry == Entry::Asking && lobby.waits_for.is_none(),
                waiting: lobby.waits_for,
                elsewhere: lobby.elsewhere,
                problem: lobby
                    .problem(&self.line)
                    .or(self.web_rtc)
                    .or(self.lacks_udp().then_some(Problem::NoUdp)),
            },
            Stage::Call(session) => Screen::Call {
                since: session.since,
            },
            Stage::Ended(ended) => Screen::Ended {
                reason: ended.reason,
                lasted: ended.lasted,
            },
        }
    }

    fn status(&self) -> Status {
        match &self.stage {
            Stage::Home(_) => Status::Quiet,
            Stage::Lobby(lobby) => self.status_in_lobby(lobby),
            Stage::Call(session) => self.status_in_call(session),
            Stage::Ended(ended) => Status::Ended {
                reason: ended.reason,
            },
        }
    }

    fn status_in_lobby(&self, lobby: &Lobby) -> Status {
        match (lobby.entry, lobby.waits_for) {
            (Entry::Asking | Entry::Waiting { .. }, Some(Waiting::Room)) => Status::Full,
            (Entry::Asking | Entry::Waiting { .. }, Some(_)) => Status::WaitingForCall,
            (Entry::Asking | Entry::Waiting { .. }, None) => Status::Joining,
            (Entry::Looking, _) if self.media.is_asking() => Status::AskingForDevices,
            (Entry::Looking, _) => Status::Ready,
        }
    }

    /// What is worst comes first.
    fn status_in_call(&self, session: &Session) -> Status {
        if self.server_missed_at().is_some_and(|at| at <= self.now) {
            let blocked = self.line.obstacle().map(Status::Blocked);
            return blocked.unwrap_or(Status::ServerLost);
        }
        if session.peers.is_empty() {
            return Status::WaitingForOthers;
        }
        if self.lacks_udp() {
            return Status::NoUdp;
        }
        let first = |link| {
            let peer = session.peers.iter().find(|it| it.link() == link);
            peer.map(|it| it.about.name.clone())
        };
        if let Some(peer) = session.peers.iter().find(|it| it.link() == Link::Failed) {
            let name = peer.about.name.clone();
            return if peer.was_up() {
                Status::NothingComes { name }
            } else {
                Status::CannotConnect { name }
            };
        }
        if let Some(name) = first(Link::Reconnecting) {
            return Status::Reconnecting { name };
        }
        if let Some(name) = first(Link::Dropped) {
            return Status::TheyDropped { name };
        }
        if let Some(name) = first(Link::Connecting) {
            return Status::Connecting { name };
        }
        let bad = |it: &&Peer| it.quality().bars == 1;
        session
            .peers
            .iter()
            .find(bad)
            .map_or(Status::Connected, |it| Status::Unstable {
                name: it.about.name.clone(),
            })
    }

    fn chat(&self) -> ChatView {
        match &self.stage {
            Stage::Call(session) => session.chat.view(self.now),
            _ => ChatView::default(),
        }
    }

    fn me(&self) -> Me {
        let (participant, role) = match &self.stage {
            Stage::Call(session) => (Some(session.about.participant.clone()), session.about.role),
            Stage::Lobby(lobby) if lobby.secret.is_some() => (None, Role::Host),
            _ => (None, Role::Guest),
        };
        let talking = match &self.stage {
            Stage::Call(session) => session.talking_until.is_some(),
            _ => false,
        };
        Me {
            participant,
            name: self.memory.name.clone(),
            role,
            media: self.media.media(),
            microphone: self.media.microphone_access(),
            camera: self.media.camera_access(),
            microphone_silenced: self.media.is_silenced(DeviceKind::Microphone),
            camera_silenced: self.media.is_silenced(DeviceKind::Camera),
            camera_faces_away: self.media.faces_away(),
            screen_content: self.media.screen_content(),
            only_sound: self.media.is_only_sound(),
            talking,
            music: self.media.is_music(),
            relay_only: self.memory.relay_only,
            bell: !self.memory.bell_off,
            notify: self.memory.notify,
        }
    }

    fn room(&self) -> Option<RoomView> {
        match &self.stage {
            Stage::Lobby(lobby) => Some(RoomView {
                id: lobby.room.clone(),
                locked: false,
                max_participants: ROOM_FOR,
                code: None,
                kept_out: Vec::new(),
            }),
            Stage::Call(session) => Some(RoomView {
                id: session.about.room.clone(),
                locked: session.about.locked,
                max_participants: session.about.max_participants,
                code: session.code.clone(),
                kept_out: session.kept_out.clone(),
            }),
            Stage::Home(_) | Stage::Ended(_) => None,
        }
    }

    pub(super) fn draw_details(&self, participant: &ParticipantId) -> Option<Details> {
        let Stage::Call(session) = &self.stage else {
            return None;
        };
        let peer = session
            .peers
            .iter()
            .find(|it| it.about.id == *participant)?;
        Some(peer.details())
    }
}
