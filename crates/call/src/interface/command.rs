//! What the person wants.

use super::devices::{Hearing, ScreenContent};
use super::event::Event;
use protocol::{ParticipantId, RoomId, RoomSecret};

/// Everything that goes into the engine.
#[derive(Debug, Clone)]
pub enum Input {
    /// The person did something.
    Command(Command),
    /// The world did something.
    Event(Event),
}

/// What the person wants. A command that makes no sense now does nothing.
#[derive(Debug, Clone)]
pub enum Command {
    /// Start a call: goes to the lobby of a new room as its host. The secret is fresh and random.
    StartCall { secret: RoomSecret },
    /// Go to the call that was typed or pasted: a call code, a link of this server, or a bare room
    /// id, with any words around it. If it cannot be read, home shows a [`crate::Problem`].
    Find { text: String },
    /// Go to a room's lobby (the page was opened by a link, or a recent call was chosen).
    OpenRoom { room: RoomId },
    /// The person went back or forward in the history, to the address of this room, or of no room.
    /// During a call this only counts up [`crate::View::backs`].
    Went { room: Option<RoomId> },
    /// Enter the room from the lobby.
    Join,
    /// Stop waiting in the lobby for a call that has not begun.
    StopWaiting,
    /// Leave the call, or the lobby.
    Leave,
    /// From the screen after a call: the same room's lobby again.
    CallAgain,
    /// From anywhere: home. Leaves what there is to leave.
    GoHome,
    /// Forget a recent call.
    ForgetRecent { room: RoomId },
    /// Forget all recent calls.
    ForgetRecents,
    /// Take this name (remembered; sent to the others when in a call).
    SetName { name: String },
    /// Mute or unmute. Asks for the microphone if there is none yet.
    SetMicrophone { on: bool },
    /// Camera on or off. Off stops the device, so that its light goes out.
    SetCamera { on: bool },
    /// Use this device from now on (remembered). None: the system's default.
    ChooseMicrophone { device_id: Option<String> },
    /// See `ChooseMicrophone`.
    ChooseCamera { device_id: Option<String> },
    /// See `ChooseMicrophone`.
    ChooseSpeaker { device_id: Option<String> },
    /// Play a test sound on the chosen speaker.
    TestSpeaker,
    /// Sound as it is, for music: echo cancellation, noise suppression and gain control off.
    SetMusic { on: bool },
    /// Hide the own address from the others: media goes through the server only (remembered).
    /// For calls that are joined after it.
    SetRelayOnly { on: bool },
    /// Ring when something happens on a page that nobody looks at (remembered).
    SetBell { on: bool },
    /// Show a notification of the system when something happens on a page that nobody looks at
    /// (remembered). The page has asked the browser for permission before.
    SetNotify { on: bool },
    /// Share the screen beside the camera, or stop sharing.
    SetScreen { on: bool },
    /// Say what the shared screen shows. Before this, the engine supposes it from whether there is sound.
    SetScreenContent { content: ScreenContent },
    /// Stop sending and receiving pictures, as is good on a poor link, or start again.
    SetOnlySound { on: bool },
    /// Ask once more for camera and microphone, after they were refused or missing.
    RetryMedia,
    /// The person has just pressed a button: what autoplay refused may play now.
    AllowPlayback,
    /// Write a text to the others. Nobody gets it while [`crate::ChatView::may_write`] is false, or
    /// nobody else is in the call.
    Write { text: String },
    /// The chat was opened or closed.
    OpenChat { open: bool },
    /// Set how loud somebody is heard here, or mute somebody, until the call ends.
    Hear {
        participant: ParticipantId,
        hearing: Hearing,
    },
    /// Ask the server for the short call code (the invitation was opened).
    RequestCode,
    /// Remove someone (host).
    Remove { participant: ParticipantId },
    /// Let somebody who was removed come in again (host).
    Readmit { participant: ParticipantId },
    /// Make somebody a host (host).
    MakeHost { participant: ParticipantId },
    /// Lock or unlock the room (host).
    SetLocked { locked: bool },
    /// Use the devices that this notice offers. They were just plugged in.
    UseFound { notice: u32 },
    /// A notice was read and closed.
    DismissNotice { id: u32 },
}
