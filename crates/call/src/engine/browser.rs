//! What the browser did: connections, devices, page.

use std::time::Duration;

use protocol::ClientMessage;

use super::call::{Call, Stage};
use crate::connection::Step;
use crate::interface::{
    Completion, ConnectionEvent, ConnectionId, DeviceKind, GatheringState, Level, MediaError,
    MediaEvent, OpError, PageEvent,
};
use crate::repair::FlowChange;
use crate::roster;
use crate::stage::MAX_PEOPLE;
use crate::view::{EndReason, NoticeKind, Problem};

/// Louder than this is speech.
const SPEECH: f32 = 0.12;
/// A pause between words is shorter than this.
const TALKING_HOLD: Duration = Duration::from_millis(900);

impl Call {
    pub(crate) fn connection(&mut self, id: ConnectionId, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Completed(result) => self.completed(id, result),
            ConnectionEvent::Stats(report) => {
                let now = self.now;
                let change = self.in_call(|session, cx| {
                    let change = session.peer_of(id)?.report(*report, cx);
                    session.probe.is_wanted |= change == Some(FlowChange::Stalled);
                    change
                });
                if change.flatten() == Some(FlowChange::Missed) {
                    self.line.doubt(now);
                }
            }
            event => self.happened(id, event),
        }
    }

    fn completed(&mut self, id: ConnectionId, result: Result<Completion, OpError>) {
        let (now, wishes) = (self.now, self.wishes());
        if let Stage::Lobby(lobby) = &mut self.stage {
            let step = lobby
                .prepared()
                .filter(|it| it.id() == id)
                .map(|it| it.completed(now, result, wishes, &mut self.out));
            if step == Some(Step::Broken) {
                lobby.preparing_failed(now, &mut self.out);
            }
            return;
        }
        self.in_call(|session, cx| {
            if let Some(peer) = session.peer_of(id) {
                peer.completed(result, cx);
            } else if let Some(probe) = session.unowned(id)
                && probe.completed(cx.now, result, cx.wishes, cx.out) == Step::Broken
            {
                session.probe.drop(cx.out);
            }
        });
    }

    /// What happened to a connection of itself.
    fn happened(&mut self, id: ConnectionId, event: ConnectionEvent) {
        let now = self.now;
        let in_lobby = matches!(self.stage, Stage::Lobby(_));
        let connection = match &mut self.stage {
            Stage::Lobby(lobby) => lobby.prepared().filter(|it| it.id() == id),
            Stage::Call(session) => {
                if session.unowned(id).is_some() {
                    session.unowned(id)
                } else {
                    session.peer_of(id).and_then(|it| it.connection.as_mut())
                }
            }
            Stage::Home(_) | Stage::Ended(_) => None,
        };
        let Some(connection) = connection else {
            return;
        };
        if matches!(event, ConnectionEvent::Gathered(Some(_)))
            && self.web_rtc == Some(Problem::WebRtcConfined)
        {
            self.web_rtc = None;
        }
        let is_complete = matches!(event, ConnectionEvent::Gathering(GatheringState::Complete));
        connection.happened(now, event);
        // Every device has an address of its own, even where no relay can be reached. If there is no
        // candidate at all, the browser does not let WebRTC use a network.
        let nothing = is_complete && connection.found_nothing() && !connection.is_relay_only();
        if in_lobby && nothing {
            self.web_rtc.get_or_insert(Problem::WebRtcConfined);
        }
    }

    pub(super) fn media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Opened {
                request,
                microphone,
                camera,
                faces_away,
            } => {
                if camera.is_some() {
                    self.media.set_faces_away(faces_away);
                }
                let notices = self
                    .media
                    .opened(request, microphone, camera, &mut self.out);
                self.note(notices);
            }
            MediaEvent::OpenFailed {
                request,
                error,
                allowed,
            } => {
                let out = &mut self.out;
                let notices = self.media.open_failed(request, error, allowed, out);
                self.note(notices);
            }
            MediaEvent::ScreenOpened { request, sound } => {
                self.media.screen_opened(request, sound, &mut self.out);
            }
            MediaEvent::ScreenFailed { request, error } => {
                // It is no failure that the person closes the browser's question which screen to
                // share.
                if self.media.screen_failed(request) && error != MediaError::Denied {
                    self.note(vec![NoticeKind::ScreenFailed(error)]);
                }
            }
            MediaEvent::MicrophoneEnded => {
                self.media.ended(DeviceKind::Microphone, &mut self.out);
            }
            MediaEvent::CameraEnded => self.media.ended(DeviceKind::Camera, &mut self.out),
            MediaEvent::ScreenEnded => self.media.set_screen(false, &mut self.out),
            MediaEvent::MicrophoneSilenced { silenced } => {
                self.media.silence(DeviceKind::Microphone, silenced);
                self.notify_silenced(DeviceKind::Microphone, silenced);
            }
            MediaEvent::CameraSilenced { silenced } => {
                self.media.silence(DeviceKind::Camera, silenced);
                self.notify_silenced(DeviceKind::Camera, silenced);
            }
            MediaEvent::Devices(devices) => {
                let (notices, found) = self.media.listed(devices, &mut self.out);
                self.note(notices);
                if let Some(found) = found {
                    self.notices.offer(self.now, found);
                }
            }
            MediaEvent::Levels { own, remote } => self.levels(own, remote),
            MediaEvent::PlaybackBlocked => self.playback_blocked = true,
            MediaEvent::PlaybackAllowed => self.playback_blocked = false,
        }
    }

    /// Tells of devices in a call; the lobby shows how it stands with them anyway.
    fn note(&mut self, notices: Vec<NoticeKind>) {
        if matches!(self.stage, Stage::Call(_)) {
            for notice in notices {
                self.notices.add(self.now, notice);
            }
        }
    }

    fn levels(&mut self, own: Level, remote: Vec<(ConnectionId, Level)>) {
        self.media.level = own;
        let now = self.now;
        let speaks = own.0 > SPEECH && self.media.media().microphone;
        self.in_call(|session, _| {
            if speaks {
                session.talking_until = Some(now + TALKING_HOLD);
            }
            for (id, level) in remote.into_iter().take(MAX_PEOPLE) {
                let Some(peer) = session.peer_of(id) else {
                    continue;
                };
                if level.0 > SPEECH && peer.about.media.microphone {
                    peer.talking_until = Some(now + TALKING_HOLD);
                }
            }
        });
    }

    pub(crate) fn page(&mut self, event: PageEvent) {
        self.hidden = match event {
            PageEvent::Visible => false,
            PageEvent::Hidden => true,
            _ => self.hidden,
        };
        if event == PageEvent::Visible {
            self.bell = None;
            if let Stage::Call(session) = &mut self.stage {
                session.chat.look(true);
            }
            self.media.release(&mut self.out);
        }
        match event {
            PageEvent::Visible | PageEvent::Online | PageEvent::NetworkChanged => {
                // A page that comes back from the browser's cache had closed its devices.
                let back = std::mem::take(&mut self.closing);
                if back && matches!(self.stage, Stage::Lobby(_)) {
                    self.media.start(&mut self.out);
                }
                self.line.wake(self.now);
                if event != PageEvent::Visible {
                    self.line.doubt(self.now);
                    self.in_call(|session, cx| roster::restart_ice(&mut session.peers, cx.now));
                }
            }
            PageEvent::Hidden | PageEvent::Offline => {}
            PageEvent::NoWebRtc => self.web_rtc = Some(Problem::WebRtcOff),
            PageEvent::Closing => self.closing(),
        }
    }

    /// Leaves at once: there may be no other moment for it.
    fn closing(&mut self) {
        self.closing = true;
        match &mut self.stage {
            Stage::Call(_) => {
                // The page may only be reloading, so the server is asked to hold its place for a
                // moment.
                self.line.send(self.now, ClientMessage::Away {});
                self.end(EndReason::Left);
            }
            Stage::Lobby(lobby) => {
                lobby.drop_prepared(&mut self.out);
                if std::mem::take(&mut lobby.asked) {
                    self.line.send(self.now, ClientMessage::Leave {});
                }
                lobby.stop_waiting();
                self.media.stop(&mut self.out);
            }
            Stage::Home(_) | Stage::Ended(_) => {}
        }
    }
}
