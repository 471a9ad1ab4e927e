//! The person's own microphone, camera, screen and speaker.

use protocol::Media;

use crate::connection::{Wish, Wishes};
use crate::outbox::Outbox;
use crate::{
    CameraRequest, Device, DeviceKind, Devices, Level, MediaAccess, MediaError, MediaOp, Memory,
    MicrophoneRequest, NoticeKind, RequestId,
};

/// More devices than this are not listed.
const MAX_DEVICES: usize = 64;

/// One kind of device.
#[derive(Debug, Clone, Default)]
struct Source {
    /// The id of the one that is open.
    open: Option<String>,
    /// The request that may open it.
    request: Option<RequestId>,
    error: Option<MediaError>,
    /// It ended by itself and another one is being looked for.
    replaces: bool,
}

/// The screen, which goes out in the camera's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScreenShare {
    Off,
    Asking(RequestId),
    On,
}

/// What the person has and wants to send.
#[derive(Debug, Clone)]
pub(crate) struct LocalMedia {
    /// Lobby or call: devices may be open.
    in_use: bool,
    microphone: Source,
    camera: Source,
    screen: ScreenShare,
    muted: bool,
    camera_on: bool,
    music: bool,
    microphone_id: Option<String>,
    camera_id: Option<String>,
    speaker_id: Option<String>,
    all: Vec<Device>,
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
            screen: ScreenShare::Off,
            muted: memory.microphone_off,
            camera_on: !memory.camera_off,
            music: memory.music,
            microphone_id: memory.microphone_id.clone(),
            camera_id: memory.camera_id.clone(),
            speaker_id: memory.speaker_id.clone(),
            all: Vec::new(),
            tracks: 0,
            level: Level::default(),
        }
    }

    /// The lobby was entered: opens what the person had on the last time.
    pub(crate) fn start(&mut self, out: &mut Outbox) {
        if std::mem::replace(&mut self.in_use, true) {
            return;
        }
        if let Some(device_id) = self.speaker_id.clone() {
            let device_id = Some(device_id);
            out.media(MediaOp::SetSpeaker { device_id });
        }
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
        if self.screen == ScreenShare::On {
            out.media(MediaOp::CloseScreen);
        }
        self.microphone = Source::default();
        self.camera = Source::default();
        self.screen = ScreenShare::Off;
        self.level = Level::default();
        self.changed();
    }

    /// Tries again what is not open and should be.
    pub(crate) fn retry(&mut self, out: &mut Outbox) {
        let microphone = self.microphone.open.is_none();
        let camera = self.camera.open.is_none() && self.camera_on;
        self.open(microphone, camera, out);
    }

    fn open(&mut self, microphone: bool, camera: bool, out: &mut Outbox) {
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
        out.media(MediaOp::Open {
            request,
            microphone: microphone.then(|| MicrophoneRequest {
                device_id: self.microphone_id.clone().filter(|_| !lost_microphone),
                music: self.music,
            }),
            camera: camera.then(|| CameraRequest {
                device_id: self.camera_id.clone().filter(|_| !lost_camera),
            }),
        });
    }

    pub(crate) fn set_microphone(&mut self, on: bool, out: &mut Outbox) {
        self.muted = !on;
        if self.microphone.open.is_some() {
            out.media(MediaOp::EnableMicrophone { on });
        } else if on && self.microphone.request.is_none() {
            self.open(true, false, out);
        }
    }

    pub(crate) fn set_camera(&mut self, on: bool, out: &mut Outbox) {
        self.camera_on = on;
        if on {
            if self.camera.open.is_none() && self.camera.request.is_none() {
                self.open(false, true, out);
            }
            return;
        }
        // A result that is still to come finds that it is not wanted any more.
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
        if on && self.in_use && self.screen == ScreenShare::Off {
            let request = out.new_request();
            self.screen = ScreenShare::Asking(request);
            out.media(MediaOp::OpenScreen { request });
        } else if !on {
            if self.screen == ScreenShare::On {
                out.media(MediaOp::CloseScreen);
            }
            self.screen = ScreenShare::Off;
            self.changed();
        }
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
                self.camera.replaces = false;
                if self.camera_on && self.camera.is_wanted() {
                    self.open(false, true, out);
                }
            }
            DeviceKind::Speaker => {
                self.speaker_id = device_id.clone();
                out.media(MediaOp::SetSpeaker { device_id });
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
            out.media(MediaOp::EnableMicrophone { on: !self.muted });
        }
        if let Some(id) = camera {
            match self.camera.arrived(request, id) {
                Arrival::Unwanted => out.media(MediaOp::CloseCamera),
                Arrival::InPlaceOfLost => notices.push(NoticeKind::DeviceSwitched {
                    kind: DeviceKind::Camera,
                }),
                Arrival::Expected | Arrival::Overtaken => {}
            }
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
        if microphone && camera && error != MediaError::Insecure {
            // One of the two may be there and allowed.
            self.open(true, false, out);
            self.open(false, true, out);
            return notices;
        }
        if microphone {
            notices.push(self.microphone.refused(error).map_or(
                NoticeKind::MicrophoneFailed(error),
                |()| NoticeKind::DeviceGone {
                    kind: DeviceKind::Microphone,
                },
            ));
        }
        if camera {
            if error == MediaError::Busy && self.camera.open.take().is_some() {
                // Many phones open one camera at a time.
                out.media(MediaOp::CloseCamera);
                self.changed();
                self.open(false, true, out);
                return notices;
            }
            notices.push(self.camera.refused(error).map_or(
                NoticeKind::CameraFailed(error),
                |()| NoticeKind::DeviceGone {
                    kind: DeviceKind::Camera,
                },
            ));
        }
        self.changed();
        notices
    }

    pub(crate) fn screen_opened(&mut self, request: RequestId, out: &mut Outbox) {
        if self.screen == ScreenShare::Asking(request) {
            self.screen = ScreenShare::On;
            self.changed();
        } else if self.screen != ScreenShare::On {
            out.media(MediaOp::CloseScreen);
        }
    }

    /// True if it was this request that failed.
    pub(crate) fn screen_failed(&mut self, request: RequestId) -> bool {
        let asked = self.screen == ScreenShare::Asking(request);
        if asked {
            self.screen = ScreenShare::Off;
        }
        asked
    }

    pub(crate) fn screen_ended(&mut self) {
        if self.screen == ScreenShare::On {
            self.screen = ScreenShare::Off;
            self.changed();
        }
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
        self.changed();
        if idle {
            let microphone = kind == DeviceKind::Microphone;
            self.open(microphone, !microphone, out);
        }
    }

    pub(crate) fn listed(&mut self, mut all: Vec<Device>) {
        all.truncate(MAX_DEVICES);
        self.all = all;
    }

    fn changed(&mut self) {
        self.tracks = self.tracks.wrapping_add(1);
    }

    /// What is or would be sent.
    pub(crate) fn media(&self) -> Media {
        Media {
            microphone: self.microphone.open.is_some() && !self.muted,
            camera: self.camera.open.is_some(),
            screen: self.screen == ScreenShare::On,
        }
    }

    /// What connections should be negotiated for.
    pub(crate) fn wishes(&self) -> Wishes {
        let audio = if self.microphone.is_coming() {
            Wish::Send
        } else {
            Wish::Receive
        };
        let video = if self.camera.is_coming() || self.screen == ScreenShare::On {
            Wish::Send
        } else if self.camera.error.is_none() {
            Wish::Keep
        } else {
            Wish::Receive
        };
        Wishes {
            audio,
            video,
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
        self.camera.access(if self.camera_on {
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
            all: self.all.clone(),
            microphone_id: used(&self.microphone, &self.microphone_id),
            camera_id: used(&self.camera, &self.camera_id),
            speaker_id: self.speaker_id.clone(),
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

/// How an opened device stands to what was asked for.
enum Arrival {
    Expected,
    /// Expected, after another one had ended by itself.
    InPlaceOfLost,
    /// A later request is under way, or came first.
    Overtaken,
    /// Turned off meanwhile.
    Unwanted,
}

impl Source {
    fn arrived(&mut self, request: RequestId, id: String) -> Arrival {
        if self.request == Some(request) {
            self.request = None;
            self.error = None;
            self.open = Some(id);
            return if std::mem::take(&mut self.replaces) {
                Arrival::InPlaceOfLost
            } else {
                Arrival::Expected
            };
        }
        // The shell holds one device of a kind: this is the one now.
        if self.request.is_some() || self.open.is_some() {
            self.open = Some(id);
            Arrival::Overtaken
        } else {
            Arrival::Unwanted
        }
    }

    /// Some(()) if it was to take the place of a lost one.
    fn refused(&mut self, error: MediaError) -> Option<()> {
        // What was open before still is.
        if self.open.is_none() {
            self.error = Some(error);
        }
        std::mem::take(&mut self.replaces).then_some(())
    }

    fn is_coming(&self) -> bool {
        self.open.is_some() || self.request.is_some()
    }

    /// It is open, or it was tried to open it.
    fn is_wanted(&self) -> bool {
        self.is_coming() || self.error.is_some()
    }

    fn access(&self, otherwise: MediaAccess) -> MediaAccess {
        if self.open.is_some() {
            MediaAccess::Open
        } else if self.request.is_some() {
            MediaAccess::Opening
        } else {
            self.error.map_or(otherwise, MediaAccess::Failed)
        }
    }
}
