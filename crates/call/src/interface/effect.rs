//! What the engine wants done.

use protocol::{Candidate, IceServer, RoomId, Sdp, TrackKind};
use signalling::{SocketId, SocketOp};

use super::devices::{Hearing, ScreenContent};
use super::ids::{ConnectionId, RequestId};
use super::memory::Change;
use super::tabs::{Pass, TabMessage};

/// What the engine wants done, in this order.
#[derive(Debug, Clone)]
pub enum Effect {
    Socket {
        socket: SocketId,
        op: SocketOp,
    },
    Connection {
        connection: ConnectionId,
        op: ConnectionOp,
    },
    /// Answered with [`crate::ConnectionEvent::Stats`]; may overlap with operations.
    GetStats {
        connection: ConnectionId,
    },
    Media(MediaOp),
    /// Keep the screen awake, or let it sleep.
    WakeLock {
        on: bool,
    },
    /// Show this room's address in the address bar (`/r/<room>`), or `/` for none. A call has an
    /// entry of its own in the history, so that Back does not lead out of the page at once.
    ShowAddress {
        room: Option<RoomId>,
        in_call: bool,
    },
    /// Keep this change on the device for the next visit. It is applied to what is stored there at
    /// that moment, which another tab may have changed.
    Remember(Box<Change>),
    /// Keep this pass as long as the tab is open, also when its page is reloaded. None: forget it.
    KeepPass(Option<Box<Pass>>),
    /// Send this message to the other tabs of this browser.
    TellTabs(TabMessage),
}

/// What to do with an RTCPeerConnection. Operations marked *answered* end with exactly one
/// [`crate::ConnectionEvent::Completed`]; the engine has at most one of them outstanding for each
/// connection.
#[derive(Debug, Clone)]
pub enum ConnectionOp {
    /// Make it. All connections of a page share one certificate, made early. With `relay_only` the
    /// other side learns no address but the relay's. A `fresh` one is made where the browser asks
    /// the device anew for its addresses.
    Create {
        ice_servers: Vec<IceServer>,
        relay_only: bool,
        fresh: bool,
    },
    /// *Answered.* See that it has transceivers of these directions, carrying the local tracks that there
    /// are. They are made if they are not there (an offer is being prepared); otherwise those of the
    /// remote offer are taken. The first audio and the first video transceiver are the microphone's and
    /// the camera's, and there always is one of each. The next ones are of the screen and of its sound;
    /// they are made only if their direction lets them send. Encoded transforms belong here, in the same
    /// turn as a transceiver is made.
    SetTransceivers {
        directions: Directions,
        encodings: Encodings,
    },
    /// *Answered* with the description: make an offer or answer and set it.
    SetLocalDescription(SdpKind),
    /// *Answered.*
    SetRemoteDescription { kind: SdpKind, sdp: Sdp },
    /// *Answered.* Back to stable from an own offer.
    Rollback,
    /// *Answered.* None is the end of candidates.
    AddCandidate(Option<Candidate>),
    /// *Answered.* Put the local tracks that there are now (or none) into the senders.
    ReplaceTracks,
    /// Send the own pictures like this from now on.
    SetEncodings(Encodings),
    /// Use these from now on for what is gathered.
    SetIceServers(Vec<IceServer>),
    /// Send no pictures for now.
    PauseVideo,
    /// Send pictures, and begin with a whole one (a key frame), whether or not they were paused.
    RefreshVideo,
    /// The next offer restarts ICE (RFC 8445, section 9).
    RestartIce,
    /// Close it and forget it; nothing more is expected from it.
    Close,
}

/// Offer or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdpKind {
    Offer,
    Answer,
}

/// The direction of a transceiver (RFC 8866, section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub(crate) fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// This side may send.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// This side is ready to receive.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// The directions of a connection's transceivers, by what this side sends over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directions {
    pub microphone: Direction,
    pub camera: Direction,
    pub screen: Direction,
    pub screen_sound: Direction,
}

impl Directions {
    /// That of the transceiver of this kind.
    pub fn of(self, kind: TrackKind) -> Direction {
        match kind {
            TrackKind::Microphone => self.microphone,
            TrackKind::Camera => self.camera,
            TrackKind::Screen => self.screen,
            TrackKind::ScreenSound => self.screen_sound,
        }
    }
}

/// How the own pictures are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encodings {
    pub camera: Encoding,
    pub screen: Encoding,
}

/// How one picture is sent (RTCRtpEncodingParameters).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// Width and height are divided by this.
    pub scale_down_by: u8,
    pub max_bits_per_second: u32,
}

/// What to do with devices. The shell holds the local tracks: at most one from a microphone, one from
/// a camera, one from a screen and one of what is heard there.
#[derive(Debug, Clone)]
pub enum MediaOp {
    /// Open devices by one getUserMedia; what is open of these kinds is replaced when it
    /// succeeds. Answered with `Opened` or `OpenFailed`. A device id that is gone falls back to
    /// the default (`ideal`, not `exact`).
    Open {
        request: RequestId,
        microphone: Option<MicrophoneRequest>,
        camera: Option<CameraRequest>,
    },
    /// Send silence or sound, at once, without touching the device.
    EnableMicrophone {
        on: bool,
    },
    /// Stop the microphone.
    CloseMicrophone,
    /// Stop the camera; its light goes out.
    CloseCamera,
    /// Answered with `ScreenOpened` or `ScreenFailed`.
    OpenScreen {
        request: RequestId,
    },
    /// The shared screen shows this.
    SetScreenContent(ScreenContent),
    /// Stop sharing the screen and its sound.
    CloseScreen,
    /// Answered with `Devices`.
    ListDevices,
    /// Play everything on this speaker; none is the default.
    SetSpeaker {
        device_id: Option<String>,
    },
    /// Play everything of this person so loud from now on, also what comes later.
    Hear {
        connection: ConnectionId,
        hearing: Hearing,
    },
    TestSpeaker,
    /// Play the sound of the speaker test, because something has happened on a page that nobody
    /// looks at.
    Ring,
    /// Try again to play what autoplay refused.
    Play,
}

/// How to open a microphone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicrophoneRequest {
    pub device_id: Option<String>,
    /// No echo cancellation, noise suppression and gain control.
    pub music: bool,
}

/// How to open a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraRequest {
    pub device_id: Option<String>,
}
