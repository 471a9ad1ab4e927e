//! Camera, microphone and screen.

use std::collections::VecDeque;

use call::{Allowed, MediaError, MediaEvent, MediaOp};
use protocol::TrackKind;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It is there and allowed.
    Granted,
    /// It cannot be opened.
    Refused(MediaError),
}

/// A track, told from all others of this page; 0 is none.
pub type TrackId = u32;

/// Camera, microphone and screen of one page.
#[derive(Debug, Clone)]
pub struct Devices {
    /// What becomes of requests for a microphone.
    pub microphone_permission: Permission,
    /// What becomes of requests for a camera.
    pub camera_permission: Permission,
    /// What becomes of requests for a screen.
    pub screen_permission: Permission,
    /// The open microphone's track.
    pub microphone: TrackId,
    /// The open camera's track.
    pub camera: TrackId,
    /// The shared screen's track.
    pub screen: TrackId,
    /// The track of what is heard on the shared screen.
    pub screen_sound: TrackId,
    /// Whoever shares a screen shares what is heard there.
    pub shares_sound: bool,
    /// The microphone's track is enabled.
    pub enabled: bool,
    last_track: TrackId,
    asked: VecDeque<MediaOp>,
    events: VecDeque<MediaEvent>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            microphone_permission: Permission::Granted,
            camera_permission: Permission::Granted,
            screen_permission: Permission::Granted,
            microphone: 0,
            camera: 0,
            screen: 0,
            screen_sound: 0,
            shares_sound: false,
            enabled: true,
            last_track: 0,
            asked: VecDeque::new(),
            events: VecDeque::new(),
        }
    }
}

impl Devices {
    /// The open track of this kind; 0 for none.
    pub fn track(&self, kind: TrackKind) -> TrackId {
        match kind {
            TrackKind::Microphone => self.microphone,
            TrackKind::Camera => self.camera,
            TrackKind::Screen => self.screen,
            TrackKind::ScreenSound => self.screen_sound,
        }
    }

    /// Anything is open.
    pub fn is_any_open(&self) -> bool {
        TrackKind::ALL.into_iter().any(|kind| self.track(kind) > 0)
    }

    /// Does what the engine wants; true if a track may have ended.
    pub(super) fn effect(&mut self, op: &MediaOp) -> bool {
        match op {
            MediaOp::Open { .. } | MediaOp::OpenScreen { .. } => {
                self.asked.push_back(op.clone());
                return false;
            }
            MediaOp::EnableMicrophone { on } => {
                self.enabled = *on;
                return false;
            }
            // One that has just ended by itself may be closed once more.
            MediaOp::CloseMicrophone => self.microphone = 0,
            MediaOp::CloseCamera => self.camera = 0,
            MediaOp::CloseScreen => (self.screen, self.screen_sound) = (0, 0),
            MediaOp::ListDevices
            | MediaOp::SetScreenContent(_)
            | MediaOp::SetSpeaker { .. }
            | MediaOp::Hear { .. }
            | MediaOp::TestSpeaker
            | MediaOp::Ring
            | MediaOp::Play => return false,
        }
        true
    }

    /// The microphone is unplugged.
    pub fn unplug_microphone(&mut self) {
        if std::mem::take(&mut self.microphone) > 0 {
            self.events.push_back(MediaEvent::MicrophoneEnded);
        }
    }

    /// The camera is unplugged.
    pub fn unplug_camera(&mut self) {
        if std::mem::take(&mut self.camera) > 0 {
            self.events.push_back(MediaEvent::CameraEnded);
        }
    }

    /// The person stops sharing by the browser's own button.
    pub fn stop_screen(&mut self) {
        self.screen_sound = 0;
        if std::mem::take(&mut self.screen) > 0 {
            self.events.push_back(MediaEvent::ScreenEnded);
        }
    }

    pub(super) fn has_event(&self) -> bool {
        !self.events.is_empty() || !self.asked.is_empty()
    }

    pub(super) fn next_event(&mut self) -> Option<MediaEvent> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        match self.asked.pop_front()? {
            MediaOp::Open {
                request,
                microphone,
                camera,
            } => {
                let wanted = [
                    (microphone.is_some(), self.microphone_permission),
                    (camera.is_some(), self.camera_permission),
                ];
                for (wanted, permission) in wanted {
                    if let (true, Permission::Refused(error)) = (wanted, permission) {
                        return Some(MediaEvent::OpenFailed {
                            request,
                            error,
                            allowed: Allowed {
                                microphone: self.microphone_permission == Permission::Granted,
                                camera: self.camera_permission == Permission::Granted,
                            },
                        });
                    }
                }
                if microphone.is_some() {
                    self.microphone = self.new_track();
                }
                if camera.is_some() {
                    self.camera = self.new_track();
                }
                Some(MediaEvent::Opened {
                    request,
                    microphone: microphone.map(|_| format!("m{}", self.microphone)),
                    camera: camera.map(|_| format!("c{}", self.camera)),
                    faces_away: false,
                })
            }
            MediaOp::OpenScreen { request } => Some(match self.screen_permission {
                Permission::Granted => {
                    self.screen = self.new_track();
                    if self.shares_sound {
                        self.screen_sound = self.new_track();
                    }
                    let sound = self.screen_sound > 0;
                    MediaEvent::ScreenOpened { request, sound }
                }
                Permission::Refused(error) => MediaEvent::ScreenFailed { request, error },
            }),
            _ => None,
        }
    }

    fn new_track(&mut self) -> TrackId {
        self.last_track += 1;
        self.last_track
    }
}
