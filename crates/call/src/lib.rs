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
mod command;
mod commands;
mod connection;
mod details;
mod device;
mod draw;
mod effect;
mod engine;
mod event;
mod find;
mod gathering;
mod hearing;
mod hold;
mod invitation;
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
mod scout;
mod screen;
mod search;
mod sending;
mod session;
mod source;
mod tabs;
mod view;
mod writing;

pub use command::{Command, Input};
pub use details::{
    CandidateKind, CandidatePair, CandidateSummary, Codec, Details, LogEntry, LogLine, Path, Sample,
};
pub use effect::{
    CameraRequest, ConnectionOp, Direction, Directions, Effect, Encoding, Encodings, MediaOp,
    MicrophoneRequest, ScreenContent, SdpKind,
};
pub use engine::{Call, Config};
pub use event::{
    Allowed, Completion, ConnectionEvent, ConnectionState, Event, GatheringState, IceState, Level,
    MediaError, MediaEvent, OpError, PageEvent, SignalingState, StatsReport,
};
pub use find::room_in_path;
pub use memory::{Change, Memory, Recent};
pub use signalling::{
    Listen, Obstacle, Outcome, Post, Signalling, SignallingWay, SocketEvent, SocketId, SocketOp,
};
pub use tabs::{Numbered, Pass, TabMessage};
pub use view::{
    Bell, ChatMessage, ChatView, CodeView, Device, DeviceKind, Devices, EndReason, Found, Hearing,
    Link, Me, MediaAccess, Notice, NoticeKind, Person, Problem, Quality, QualityReason, RoomView,
    Screen, Status, View, Waiting,
};

/// A peer connection of this page, numbered by the engine; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// A request to open devices, numbered by the engine; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);
