//! The person's own microphone, camera, screen and speaker.

use protocol::Media;

use super::listing::{self, Listing};
use super::screen::OwnScreen;
use super::source::{Arrival, Refusal, Source};
use super::wishes::{Wish, Wishes};
use crate::interface::{
    Allowed, CameraRequest, Device, DeviceKind, Encodings, Level, MediaError, MediaOp, Memory,
    MicrophoneRequest, RequestId, ScreenContent,
};
use crate::outbox::Outbox;
use crate::view::{Devices, Found, MediaAccess, NoticeKind};

/// What the person has and wants to send.
#[derive(Debug, Clone)]
pub(crate) struct LocalMedia {
    /// Lobby or call: devices may be open.
    pub(super) in_use: bool,
    microphone: Source,
    camera: Source,
    screen: OwnScreen,
    pub(crate) muted: bool,
    pub(super) camera_on: bool,
    music: bool,
    microphone_id: Option<String>,
    camera_id: Option<String>,
    speaker_id: Option<String>,
    /// The speaker that plays: the chosen one as long as it is there, otherwise the system's.
    speaker: Option<String>,
    /// The ids of cameras that could not be opened because another program uses them.
    busy_cameras: Vec<String>,
    faces_away: bool,
    listing: Listing,
    /// Nothing is sent until the person looks at the page.
    pub(crate) held: bool,
    /// No pictures are sent or received.
    pub(crate) only_sound: bool,
    /// Changes with each change of the tracks.
    tracks: u32,
    pub(crate) level: Level,
}

impl LocalMedia {
    pub(crate) fn new(memory: &Memory) -> Self {
        Self {
            in_use: false,
            microphone: Source::default(),
            camera: Source::default(),
            screen: OwnScreen::default(),
            muted: memory.microphone_off,
            camera_on: !memory.camera_off,
            music: memory.music,
            microphone_id: memory.microphone_id.clone(),
            camera_id: memory.camera_id.clone(),
            speaker_id: memory.speaker_id.clone(),
            speaker: None,
            busy_cameras: Vec::new(),
            faces_away: false,
            listing: Listing::default(),
            held: false,
            only_sound: false,
            tracks: 0,
            level: Level::default(),
        }
    }

    /// The lobby was entered: opens what the person had on the last time.
    pub(crate) fn start(&mut self, out: &mut Outbox) {
        if std::mem::replace(&mut self.in_use, true) {
            return;
        }
        self.use_speaker(self.speaker_id.clone(), out);
        out.media(MediaOp::ListDevices);
        self.open(true, self.camera_on, out);
    }

    /// Nothing is sent any more: closes everything.
    pub(crate) fn stop(&mut self, out: &mut Outbox) {
        if !std::mem::replace(&mut self.in_use, false) {
            return;
        }
        if self.microphone.open.is_some() {
            out.media(MediaOp::CloseMicrophone);
        }
        if self.camera.open.is_some() {
            out.media(MediaOp::CloseCamera);
        }
        self.screen.stop(out);
        self.microphone = Source::default();
        self.camera = Source::default();
        self.only_sound = false;
        self.busy_cameras.clear();
        self.level = Level::default();
        self.changed();
    }

    /// Tries again what is not open and should be.
    pub(crate) fn retry(&mut self, out: &mut Outbox) {
        self.busy_cameras.clear();
        let microphone = self.microphone.open.is_none();
        let camera = self.camera.open.is_none() && self.camera_on;
        self.open(microphone, camera, out);
    }

    pub(crate) fn open(&mut self, microphone: bool, camera: bool, out: &mut Outbox) {
        let camera = camera && !self.only_sound;
        if !self.in_use || !(microphone || camera) {
            return;
        }
        let request = out.new_request();
        if microphone {
            self.microphone.request = Some(request);
        }
        if camera {
            self.camera.request = Some(request);
        }
        let lost_microphone = self.microphone.replaces;
        let lost_camera = self.camera.replaces;
        let other = self.other_camera().map(|it| it.id.clone());
        out.media(MediaOp::Open {
            request,
            microphone: microphone.then(|| MicrophoneRequest {
                device_id: self.microphone_id.clone().filter(|_| !lost_microphone),
                music: self.music,
            }),
            camera: camera.then(|| CameraRequest {
                device_id: other.or_else(|| self.camera_id.clone().filter(|_| !lost_camera)),
            }),
        });
    }

    pub(crate) fn set_microphone(&mut self, on: bool, out: &mut Outbox) {
        self.muted = !on;
        if self.microphone.open.is_some() {
            let on = on && !self.held;
            out.media(MediaOp::EnableMicrophone { on });
        } else if on && self.microphone.request.is_none() {
            self.open(true, false, out);
        }
    }

    pub(crate) fn set_camera(&mut self, on: bool, out: &mut Outbox) {
        self.camera_on = on;
        self.busy_cameras.clear();
        if on {
            // Who turns the camera on wants pictures.
            self.only_sound = false;
            if self.camera.open.is_none() && self.camera.request.is_none() {
                self.open(false, true, out);
            }
            return;
        }
        self.close_camera(out);
    }

    /// Closes the camera. A camera that is just being opened is closed when it arrives.
    pub(super) fn close_camera(&mut self, out: &mut Outbox) {
        if self.camera.open.is_some() {
            out.media(MediaOp::CloseCamera);
        }
        self.camera = Source::default();
        self.changed();
    }

    pub(crate) fn set_music(&mut self, on: bool, out: &mut Outbox) {
        if std::mem::replace(&mut self.music, on) != on && self.microphone.is_wanted() {
            self.open(true, false, out);
        }
    }

    pub(crate) fn set_screen(&mut self, on: bool, out: &mut Outbox) {
        if on && self.in_use {
            self.screen.start(out);
        } else if !on {
            self.screen.stop(out);
            self.changed();
        }
    }

    pub(crate) fn set_screen_content(&mut self, content: ScreenContent, out: &mut Outbox) {
        self.screen.set_content(content, out);
    }

    pub(crate) fn screen_content(&self) -> Option<ScreenContent> {
        self.screen.content()
    }

    /// Chooses a device, by what it is for.
    pub(crate) fn choose(&mut self, kind: DeviceKind, device_id: Option<String>, out: &mut Outbox) {
        match kind {
            DeviceKind::Microphone => {
                self.microphone_id = device_id;
                self.microphone.replaces = false;
                if self.microphone.is_wanted() {
                    self.open(true, false, out);
                }
            }
            DeviceKind::Camera => {
                self.camera_id = device_id;
                self.busy_cameras.clear();
                self.camera.replaces = false;
                if self.camera_on && self.camera.is_wanted() {
                    self.open(false, true, out);
                }
            }
            DeviceKind::Speaker => {
                self.speaker_id.clone_from(&device_id);
                self.use_speaker(device_id, out);
            }
        }
    }

    /// What was asked for is open.
    pub(crate) fn opened(
        &mut self,
        request: RequestId,
        microphone: Option<String>,
        camera: Option<String>,
        out: &mut Outbox,
    ) -> Vec<NoticeKind> {
        let mut notices = Vec::new();
        if let Some(id) = microphone {
            match self.microphone.arrived(request, id) {
                Arrival::Unwanted => out.media(MediaOp::CloseMicrophone),
                Arrival::InPlaceOfLost => notices.push(NoticeKind::DeviceSwitched {
                    kind: DeviceKind::Microphone,
                }),
                Arrival::Expected | Arrival::Overtaken => {}
            }
            // Before it is given to anybody.
            let on = !self.muted && !self.held;
            out.media(MediaOp::EnableMicrophone { on });
        }
        if let Some(id) = camera {
            let other = self.other_camera().filter(|it| it.id == id);
            notices.extend(other.map(|it| NoticeKind::OtherCamera {
                label: it.label.clone(),
            }));
            match self.camera.arrived(request, id) {
                Arrival::Unwanted => out.media(MediaOp::CloseCamera),
                Arrival::InPlaceOfLost => notices.push(NoticeKind::DeviceSwitched {
                    kind: DeviceKind::Camera,
                }),
                Arrival::Expected | Arrival::Overtaken => {}
            }
        }
        if self.held {
            self.close_camera(out);
        }
        out.media(MediaOp::ListDevices);
        self.changed();
        notices
    }

    /// Nothing of what was asked for could be opened.
    pub(crate) fn open_failed(
        &mut self,
        request: RequestId,
        error: MediaError,
        allowed: Allowed,
        out: &mut Outbox,
    ) -> Vec<NoticeKind> {
        let microphone = self.microphone.request == Some(request);
        let camera = self.camera.request == Some(request);
        let mut notices = Vec::new();
        if microphone {
            self.microphone.request = None;
        }
        if camera {
            self.camera.request = None;
        }
        let (mut microphone, mut camera) = (microphone, camera);
        if microphone && camera && error != MediaError::Insecure {
            // One of the two may be there and allowed. A person who has just said no is not asked
            // again.
            let denied = error == MediaError::Denied;
            if !denied || allowed.microphone {
                self.open(true, false, out);
                microphone = false;
            }
            if !denied || allowed.camera {
                self.open(false, true, out);
                camera = false;
            }
        }
        if microphone {
            notices.push(match self.microphone.refused(error) {
                Refusal::OfAnother => NoticeKind::DeviceGone {
                    kind: DeviceKind::Microphone,
                },
                Refusal::OfAll => NoticeKind::MicrophoneFailed(error),
            });
        }
        if camera {
            if error == MediaError::Busy && self.camera.open.take().is_some() {
                // Many phones open one camera at a time.
                out.media(MediaOp::CloseCamera);
                self.changed();
                self.open(false, true, out);
                return notices;
            }
            notices.push(match self.camera.refused(error) {
                Refusal::OfAnother => NoticeKind::DeviceGone {
                    kind: DeviceKind::Camera,
                },
                Refusal::OfAll => NoticeKind::CameraFailed(error),
            });
            if self.try_other_camera(out) {
                notices.pop();
            }
        }
        self.changed();
        notices
    }

    pub(crate) fn screen_opened(&mut self, request: RequestId, sound: bool, out: &mut Outbox) {
        if self.screen.opened(request, sound, out) {
            // Pictures are wanted again.
            self.only_sound = false;
            self.changed();
        }
    }

    /// True if it was this request that failed.
    pub(crate) fn screen_failed(&mut self, request: RequestId) -> bool {
        self.screen.failed(request)
    }

    /// A device ended by itself: the default one takes its place if it can.
    pub(crate) fn ended(&mut self, kind: DeviceKind, out: &mut Outbox) {
        let source = match kind {
            DeviceKind::Microphone => &mut self.microphone,
            DeviceKind::Camera => &mut self.camera,
            DeviceKind::Speaker => return,
        };
        if source.open.take().is_none() {
            return;
        }
        let idle = source.request.is_none();
        source.replaces |= idle;
        source.silenced = false;
        let microphone = kind == DeviceKind::Microphone;
        out.media(if microphone {
            MediaOp::CloseMicrophone
        } else {
            MediaOp::CloseCamera
        });
        self.changed();
        if idle {
            self.open(microphone, !microphone, out);
        }
    }

    /// Takes the list of devices that there are now. Returns notices, and devices to offer.
    pub(crate) fn listed(
        &mut self,
        all: Vec<Device>,
        out: &mut Outbox,
    ) -> (Vec<NoticeKind>, Option<Found>) {
        let found = self.listing.update(all).filter(|_| self.in_use);
        let mut notices = Vec::new();
        if self.in_use {
            // Firefox goes on playing to a speaker that was unplugged, where nobody hears it.
            let speaker = self.listing.speaker(self.speaker_id.as_ref());
            if self.speaker.is_some() && speaker.is_none() {
                notices.push(NoticeKind::DeviceSwitched {
                    kind: DeviceKind::Speaker,
                });
            }
            self.use_speaker(speaker, out);
            self.try_other_camera(out);
        }
        let found = found.and_then(|it| listing::without_speaker(it, self.speaker.as_ref()));
        (notices, found)
    }

    fn use_speaker(&mut self, device_id: Option<String>, out: &mut Outbox) {
        if self.speaker != device_id {
            self.speaker.clone_from(&device_id);
            out.media(MediaOp::SetSpeaker { device_id });
        }
    }

    /// The camera to try instead of those that another program uses.
    fn other_camera(&self) -> Option<&Device> {
        if self.busy_cameras.is_empty() {
            return None;
        }
        self.listing.other_camera(&self.busy_cameras)
    }

    /// If another program uses the camera that was asked for, tries the next one, which may be
    /// free. Returns whether one is tried.
    fn try_other_camera(&mut self, out: &mut Outbox) -> bool {
        let is_busy = self.camera.error == Some(MediaError::Busy) && self.camera_on && !self.held;
        if !is_busy || self.camera.open.is_some() || self.camera.request.is_some() {
            return false;
        }
        let busy = match self.other_camera() {
            Some(other) => Some(other.id.clone()),
            None if !self.busy_cameras.is_empty() => None,
            None => {
                let first = self.listing.first_camera().map(|it| it.id.clone());
                self.camera_id.clone().or(first)
            }
        };
        let Some(busy) = busy.filter(|id| !id.is_empty()) else {
            return false;
        };
        self.busy_cameras.push(busy);
        let another = self.other_camera().is_some();
        if another {
            self.open(false, true, out);
        }
        another
    }

    /// The system, a key or a lid has cut off a device, or no longer does.
    pub(crate) fn silence(&mut self, kind: DeviceKind, silenced: bool) {
        match kind {
            DeviceKind::Microphone => self.microphone.silenced = silenced,
            DeviceKind::Camera => self.camera.silenced = silenced,
            DeviceKind::Speaker => {}
        }
    }

    pub(crate) fn is_silenced(&self, kind: DeviceKind) -> bool {
        let source = match kind {
            DeviceKind::Microphone => &self.microphone,
            DeviceKind::Camera => &self.camera,
            DeviceKind::Speaker => return false,
        };
        source.open.is_some() && source.silenced
    }

    /// Whether the person has turned this device on.
    pub(crate) fn is_wanted(&self, kind: DeviceKind) -> bool {
        match kind {
            DeviceKind::Microphone => !self.muted,
            DeviceKind::Camera => self.camera_on,
            DeviceKind::Speaker => true,
        }
    }

    pub(crate) fn set_faces_away(&mut self, faces_away: bool) {
        self.faces_away = faces_away;
    }

    pub(crate) fn faces_away(&self) -> bool {
        self.faces_away
    }

    fn changed(&mut self) {
        self.tracks = self.tracks.wrapping_add(1);
    }

    /// What is or would be sent.
    pub(crate) fn media(&self) -> Media {
        Media {
            microphone: self.microphone.gives() && !self.muted && !self.held,
            camera: self.camera.gives(),
            screen: self.screen.is_on(),
            screen_sound: self.screen.has_sound(),
        }
    }

    /// What connections should be negotiated for, with the encodings that go with the number of
    /// people.
    pub(crate) fn wishes(&self, encodings: Encodings) -> Wishes {
        let microphone = if self.microphone.is_coming() {
            Wish::Send
        } else {
            Wish::Receive
        };
        let camera = if self.camera.is_coming() {
            Wish::Send
        } else if self.camera.error.is_none() {
            Wish::Keep
        } else {
            Wish::Receive
        };
        let shared = |on| if on { Wish::Send } else { Wish::Keep };
        Wishes {
            microphone,
            camera,
            screen: shared(self.screen.is_on()),
            screen_sound: shared(self.screen.has_sound()),
            pictures: !self.only_sound,
            encodings,
            tracks: self.tracks,
        }
    }

    /// The browser is being asked for devices.
    pub(crate) fn is_asking(&self) -> bool {
        let asking = |it: &Source| it.request.is_some() && it.open.is_none();
        asking(&self.microphone) || asking(&self.camera)
    }

    pub(crate) fn microphone_access(&self) -> MediaAccess {
        self.microphone.access(MediaAccess::NotAsked)
    }

    pub(crate) fn camera_access(&self) -> MediaAccess {
        self.camera.access(if self.camera_on && !self.only_sound {
            MediaAccess::NotAsked
        } else {
            MediaAccess::Off
        })
    }

    pub(crate) fn devices(&self) -> Devices {
        let used = |source: &Source, chosen: &Option<String>| {
            let open = source.open.clone().filter(|id| !id.is_empty());
            open.or_else(|| chosen.clone())
        };
        Devices {
            all: self.listing.all().to_vec(),
            microphone_id: used(&self.microphone, &self.microphone_id),
            camera_id: used(&self.camera, &self.camera_id),
            speaker_id: self.speaker.clone(),
        }
    }

    /// Writes what is to be kept for the next visit.
    pub(crate) fn remember(&self, memory: &mut Memory) {
        memory.microphone_id.clone_from(&self.microphone_id);
        memory.camera_id.clone_from(&self.camera_id);
        memory.speaker_id.clone_from(&self.speaker_id);
        memory.microphone_off = self.muted;
        memory.camera_off = !self.camera_on;
        memory.music = self.music;
    }

    pub(crate) fn is_music(&self) -> bool {
        self.music
    }
}
