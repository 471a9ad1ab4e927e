//! What the world did: socket, browser, devices, page.

use protocol::{Candidate, Sdp};
use signalling::{SocketEvent, SocketId};

use super::devices::{Allowed, Device, Level, MediaError};
use super::ids::{ConnectionId, RequestId};
use super::memory::Memory;
use super::states::{ConnectionState, GatheringState, IceState, SignalingState};
use super::statistics::StatsReport;
use super::tabs::TabMessage;

/// What the world did.
#[derive(Debug, Clone)]
pub enum Event {
    Socket {
        socket: SocketId,
        event: SocketEvent,
    },
    Connection {
        connection: ConnectionId,
        event: ConnectionEvent,
    },
    Media(MediaEvent),
    Page(PageEvent),
    /// Another tab has changed what the device keeps. This is everything that is kept now.
    Remembered(Box<Memory>),
    /// Another tab of this browser says something.
    Tab(TabMessage),
    /// More addresses of this server, as in `https://host:8443`. A link with one of them leads to a
    /// call of this server.
    OtherOrigins(Vec<String>),
}

/// What an RTCPeerConnection did.
#[derive(Debug, Clone)]
pub enum ConnectionEvent {
    /// The outstanding operation ended; exactly one per operation marked so in
    /// [`crate::ConnectionOp`].
    Completed(Result<Completion, OpError>),
    /// A candidate was gathered; none is the end of candidates.
    Gathered(Option<Candidate>),
    /// `icecandidateerror`: gathering from a server failed.
    GatherError {
        code: u16,
        text: String,
        url: String,
    },
    Ice(IceState),
    State(ConnectionState),
    Gathering(GatheringState),
    Signaling(SignalingState),
    /// The browser finds that the session must be negotiated anew.
    NegotiationNeeded,
    /// The first frame of the other side's camera, or screen, was painted.
    FirstFrame {
        screen: bool,
    },
    /// The answer to [`crate::Effect::GetStats`].
    Stats(Box<StatsReport>),
}

/// How an operation ended.
#[derive(Debug, Clone)]
pub enum Completion {
    Done,
    /// The local description that is now set.
    LocalDescription(Sdp),
}

/// How an operation failed: the DOMException's name and message.
#[derive(Debug, Clone)]
pub struct OpError {
    pub name: String,
    pub message: String,
}

/// What camera, microphone, speaker and screen did.
#[derive(Debug, Clone)]
pub enum MediaEvent {
    /// Everything that was asked for is open. The device ids are those really in use.
    Opened {
        request: RequestId,
        microphone: Option<String>,
        camera: Option<String>,
        /// The camera looks away from the person, as the one at a phone's back does.
        faces_away: bool,
    },
    /// Nothing of what was asked for is open.
    OpenFailed {
        request: RequestId,
        error: MediaError,
        allowed: Allowed,
    },
    /// The screen is shared.
    ScreenOpened {
        request: RequestId,
        /// With what is heard there.
        sound: bool,
    },
    ScreenFailed {
        request: RequestId,
        error: MediaError,
    },
    /// The microphone ended by itself (unplugged, permission taken back).
    MicrophoneEnded,
    CameraEnded,
    /// The person stopped sharing by the browser's own button.
    ScreenEnded,
    /// The system, a key or a lid has cut off the open device, or no longer does.
    MicrophoneSilenced {
        silenced: bool,
    },
    /// The same for the camera.
    CameraSilenced {
        silenced: bool,
    },
    /// The devices there are now: at the start (labels may be empty before permission), after
    /// opening, and on `devicechange`.
    Devices(Vec<Device>),
    /// How loud it is, about ten times a second while anything is heard.
    Levels {
        own: Level,
        remote: Vec<(ConnectionId, Level)>,
    },
    /// The browser refused to play sound before the person pressed a button.
    PlaybackBlocked,
    PlaybackAllowed,
}

/// What happened to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEvent {
    Visible,
    Hidden,
    Online,
    Offline,
    /// The device goes over another network now, as from Wi-Fi to mobile.
    NetworkChanged,
    /// The browser has no `RTCPeerConnection`.
    NoWebRtc,
    /// It is going away (`pagehide`): what is said now must be said at once.
    Closing,
}
