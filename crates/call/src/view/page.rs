//! What there is to draw. No words: the page has them.

use std::sync::Arc;
use std::time::Duration;

use protocol::{CallCode, ChatText, KeptOut, Media, Name, ParticipantId, Role, RoomId};
use signalling::{Obstacle, Signalling};
use web_time::Instant;

use crate::interface::{
    ConnectionId, Device, DeviceKind, Hearing, MediaError, Recent, ScreenContent,
};

/// Everything there is to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub screen: Screen,
    /// The one line that says what is going on.
    pub status: Status,
    pub signalling: Signalling,
    pub me: Me,
    pub devices: Devices,
    /// The room, in lobby and call.
    pub room: Option<RoomView>,
    /// The others, in the order they came.
    pub people: Vec<Person>,
    /// What was written in the call.
    pub chat: ChatView,
    /// Short messages, oldest first, at most four.
    pub notices: Vec<Notice>,
    pub recent: Vec<Recent>,
    /// The browser plays no sound until the person presses a button.
    pub playback_blocked: bool,
    /// How often the person went back in the history during a call. Each time the page closes what
    /// is open, or asks whether to leave.
    pub backs: u32,
    /// What has happened since somebody last looked at the page.
    pub bell: Option<Bell>,
}

/// Which screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    Home {
        /// A code is being looked up.
        finding: bool,
        problem: Option<Problem>,
        /// With [`Problem::Elsewhere`]: the link to follow instead.
        elsewhere: Option<String>,
    },
    Lobby {
        /// Who is there; none while it is not known yet. A call that has not begun has nobody.
        names: Option<Vec<Name>>,
        /// "Join now" was pressed.
        joining: bool,
        /// What joining waits for, if it waits. It then goes on by itself.
        waiting: Option<Waiting>,
        /// This device is in the call already, in another tab. Joining moves the call here.
        elsewhere: bool,
        problem: Option<Problem>,
    },
    Call {
        since: Instant,
    },
    Ended {
        reason: EndReason,
        lasted: Duration,
    },
}

/// What has happened on a page in the background that is worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bell {
    /// The person waited in the lobby, and was let in.
    LetIn,
    /// Somebody came.
    Came { name: Name },
    /// Somebody has written, for the first time since the person read the chat.
    Wrote { name: Name },
    /// Somebody waits outside of the locked call.
    Waiting,
}

/// What joining waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The call has not begun, or is locked.
    Call,
    /// The call is full.
    Room,
    /// The server has asked for a pause.
    Server,
}

/// Why something that was asked for did not work. Nothing typed is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was typed.
    NothingTyped,
    /// What was typed is neither a code nor a link of a call.
    NotACodeOrLink,
    /// What was typed has this many digits, and a code has another number.
    CodeLength { digits: usize },
    /// What was typed is a link of a call, but part of it is missing, or something was added.
    BrokenLink,
    /// What was typed is a link of a call on another server.
    Elsewhere,
    /// No call has this code (now).
    WrongCode,
    /// Too many tries.
    TooManyTries { retry_after: Duration },
    /// The server cannot be reached; it is being tried.
    Offline,
    /// The server cannot be reached, because something is in the way. It is being tried all the same.
    Blocked(Obstacle),
    /// The server takes nobody more.
    ServerBusy,
    /// The browser has no WebRTC, or it is switched off, so that it can connect to nobody.
    WebRtcOff,
    /// The browser has WebRTC, but lets it use no network at all.
    WebRtcConfined,
    /// UDP does not get out of this network, and the server offers no other way for media.
    NoUdp,
    /// A host removed this person, and only a host can let them in again.
    Removed,
    /// Anything else the server refused.
    Refused,
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    Left,
    Removed,
    /// The same participant goes on in another page.
    Replaced,
    /// The server came back without the call and it could not be joined again.
    Lost,
}

/// The line that says what is going on; the page has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Home, or nothing to say.
    Quiet,
    /// The browser asks for camera and microphone.
    AskingForDevices,
    /// The lobby, ready to join.
    Ready,
    Joining,
    /// The call has not begun or is locked: waiting to be let in.
    WaitingForCall,
    Full,
    /// Alone in the call.
    WaitingForOthers,
    Connecting {
        name: Name,
    },
    /// Everyone is seen and heard.
    Connected,
    /// Connected, but the quality is bad.
    Unstable {
        name: Name,
    },
    /// Media to this person is interrupted and being repaired.
    Reconnecting {
        name: Name,
    },
    /// This person's own connection to the server dropped and may come back.
    TheyDropped {
        name: Name,
    },
    /// No way to this person was found; it is tried again.
    CannotConnect {
        name: Name,
    },
    /// No way to somebody was found, because UDP does not get out of this network, and the server
    /// offers no other way for media.
    NoUdp,
    /// There was a connection, but nothing has come over it for long. Connecting is tried again.
    NothingComes {
        name: Name,
    },
    /// The own connection to the server dropped; the call goes on meanwhile.
    ServerLost,
    /// The same, and something is in the way of another one.
    Blocked(Obstacle),
    Ended {
        reason: EndReason,
    },
}

/// The person here.
#[derive(Debug, Clone, PartialEq)]
pub struct Me {
    /// None before joining.
    pub participant: Option<ParticipantId>,
    pub name: Name,
    pub role: Role,
    /// What is or would be sent.
    pub media: Media,
    pub microphone: MediaAccess,
    pub camera: MediaAccess,
    /// The microphone is open, but the system, a key or a lid cuts it off.
    pub microphone_silenced: bool,
    /// The same for the camera.
    pub camera_silenced: bool,
    /// The camera looks away from the person, so its picture is not mirrored.
    pub camera_faces_away: bool,
    /// What the shared screen shows; none if none is shared.
    pub screen_content: Option<ScreenContent>,
    /// No pictures are sent or received.
    pub only_sound: bool,
    /// Speaks (with some hold, so that it doesn't flicker).
    pub talking: bool,
    pub music: bool,
    /// Media goes through the server only.
    pub relay_only: bool,
    /// A sound is played when something happens on a page that nobody looks at.
    pub bell: bool,
    /// The system shows a notification when something happens on a page that nobody looks at.
    pub notify: bool,
}

/// How it stands with one kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaAccess {
    /// Never asked.
    NotAsked,
    /// The browser is asking or opening.
    Opening,
    Open,
    /// Closed because the person turned it off.
    Off,
    Failed(MediaError),
}

/// Devices that were plugged in together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub label: String,
    pub microphone_id: Option<String>,
    pub camera_id: Option<String>,
    pub speaker_id: Option<String>,
}

/// The devices there are and the ones in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Devices {
    pub all: Vec<Device>,
    pub microphone_id: Option<String>,
    pub camera_id: Option<String>,
    pub speaker_id: Option<String>,
}

/// The room.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomView {
    pub id: RoomId,
    pub locked: bool,
    pub max_participants: u32,
    pub code: Option<CodeView>,
    /// Who was removed and is kept out. Only hosts are told.
    pub kept_out: Vec<KeptOut>,
}

/// The short call code.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeView {
    pub code: CallCode,
    pub expires: Instant,
}

/// Somebody else in the call.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub id: ParticipantId,
    pub name: Name,
    pub role: Role,
    pub media: Media,
    /// Whose stream to draw in the tile.
    pub connection: Option<ConnectionId>,
    pub link: Link,
    /// A frame of the camera has been painted on the present connection.
    pub has_picture: bool,
    /// The same for the screen.
    pub has_screen: bool,
    pub quality: Quality,
    /// Is heard speaking (with some hold, so that it doesn't flicker).
    pub talking: bool,
    pub hearing: Hearing,
}

/// How it stands with the media of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Connected,
    /// The connection is interrupted and being repaired.
    Reconnecting,
    /// Not found any way; tried again.
    Failed,
    /// The person's connection to the server is lost (media may still flow).
    Dropped,
}

/// Three bars: how well the person is received, and why not better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quality {
    /// 0 unknown, 1 bad, 2 fair, 3 good.
    pub bars: u8,
    pub reason: Option<QualityReason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityReason {
    Loss,
    RoundTrip,
    LowBitrate,
    Frozen,
}

/// What was written in the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatView {
    /// Oldest first, at most 500.
    pub messages: Arc<Vec<ChatMessage>>,
    /// How many of the others' messages the person has not seen yet.
    pub unread: u32,
    /// False while too much was written: [`crate::Command::Write`] takes nothing now.
    pub may_write: bool,
}

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Counts the messages of the call on this page.
    pub number: u32,
    /// Who wrote it; none for this person.
    pub from: Option<ParticipantId>,
    /// What the writer calls it.
    pub id: u64,
    /// The writer's name at that time.
    pub name: Name,
    pub text: ChatText,
    /// When it was written here, or came, in milliseconds since 1970.
    pub at_unix_ms: u64,
    /// It waits for the connection to the server.
    pub waits: bool,
}

/// A short message that goes away by itself or by the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub id: u32,
    pub kind: NoticeKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    Joined {
        name: Name,
    },
    Left {
        name: Name,
    },
    RemovedByHost {
        name: Name,
    },
    Locked {
        locked: bool,
    },
    /// So many people wait outside because the call is locked. It stays for as long as somebody
    /// waits.
    Waiting {
        count: u32,
    },
    /// Somebody else has become a host, or is no longer one.
    Role {
        name: Name,
        role: Role,
    },
    /// This person has become a host, or is no longer one.
    OwnRole {
        role: Role,
    },
    MicrophoneFailed(MediaError),
    CameraFailed(MediaError),
    ScreenFailed(MediaError),
    /// The device in use went away; another one is used.
    DeviceSwitched {
        kind: DeviceKind,
    },
    DeviceGone {
        kind: DeviceKind,
    },
    /// Devices were plugged in that could be used.
    DeviceFound(Found),
    /// Another program uses the camera that was asked for. This one is used instead.
    OtherCamera {
        label: String,
    },
    /// The system, a key or a lid has cut the device off.
    DeviceSilenced {
        kind: DeviceKind,
    },
    /// Somebody has written while the chat was closed.
    Chat {
        name: Name,
        /// The beginning of the text, in one line.
        beginning: String,
    },
    /// The server is restarting.
    ServerRestarting,
    Refused,
}
