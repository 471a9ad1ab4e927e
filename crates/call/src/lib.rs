//! One participant's call as a pure state machine: commands of the person, messages of the
//! server, results of the browser and time go in; effects and a view come out.
//!
//! The shell (the page, a bot, a simulated world) calls [`Call::handle`] with every
//! [`Input`], then drains [`Call::poll_output`], then draws [`Call::view`] and arms a timer for
//! [`Call::poll_timeout`]. The engine has no clock, socket or randomness of its own.

#![forbid(unsafe_code)]

mod allowance;
mod browser;
mod chat;
pub mod check;
mod command;
mod commands;
mod connection;
mod delivery;
mod details;
mod device;
mod draw;
mod effect;
mod engine;
mod event;
mod event_stream;
mod fallback;
mod find;
mod gathering;
mod hearing;
mod hold;
mod invitation;
mod jitter;
mod listing;
mod lobby;
mod log;
mod media;
mod memory;
mod mend;
mod messages;
mod negotiation;
mod notices;
mod only_sound;
mod outbox;
mod pair;
mod passing;
mod peer;
mod pulse;
mod quality;
mod reply;
mod scout;
mod screen;
mod search;
mod sending;
mod session;
mod signalling;
mod source;
mod tabs;
mod view;
mod ways;
mod writing;

pub use command::{Command, Input};
pub use details::{
    CandidateKind, CandidatePair, CandidateSummary, Codec, Details, LogEntry, LogLine, Path, Sample,
};
pub use effect::{
    CameraRequest, ConnectionOp, Direction, Directions, Effect, Encoding, Encodings, Listen,
    MediaOp, MicrophoneRequest, Post, ScreenContent, SdpKind, SocketOp,
};
pub use engine::{Call, Config};
pub use event::{
    Allowed, Completion, ConnectionEvent, ConnectionState, Event, GatheringState, IceState, Level,
    MediaError, MediaEvent, OpError, Outcome, PageEvent, SignalingState, SocketEvent, StatsReport,
};
pub use event_stream::{EventStream, StreamEvent, TooLong};
pub use find::room_in_path;
pub use memory::{Change, Memory, Recent};
pub use reply::{Obstacle, Reply};
pub use tabs::{Numbered, Pass, TabMessage};
pub use view::{
    Bell, ChatMessage, ChatView, CodeView, Device, DeviceKind, Devices, EndReason, Found, Hearing,
    Link, Me, MediaAccess, Notice, NoticeKind, Person, Problem, Quality, QualityReason, RoomView,
    Screen, Signalling, SignallingWay, Status, View, Waiting,
};

/// A peer connection of this page, numbered by the engine; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A WebSocket or a session of the fallback, numbered by the engine; never used twice, so that a late event of
/// an old one is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A request to open devices, numbered by the engine; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);
