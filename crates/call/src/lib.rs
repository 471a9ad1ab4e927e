//! One participant's call as a pure state machine: commands of the person, messages of the
//! server, results of the browser and time go in; effects and a view come out.
//!
//! The shell (the page, a bot, a simulated world) calls [`Call::handle`] with every
//! [`Input`], then drains [`Call::poll_output`], then draws [`Call::view`] and arms a timer for
//! [`Call::poll_timeout`]. The engine has no clock, socket or randomness of its own.

#![forbid(unsafe_code)]

mod bounded;
mod connection;
mod context;
mod engine;
mod interface;
mod media;
mod outbox;
mod repair;
mod roster;
mod stage;
mod view;

pub use engine::{Call, Config};
pub use interface::{
    Allowed, CameraRequest, CandidateKind, CandidatePair, CandidateSummary, Change, Codec, Command,
    Completion, ConnectionEvent, ConnectionId, ConnectionOp, ConnectionState, Device, DeviceKind,
    Direction, Directions, Effect, Encoding, Encodings, Event, GatheringState, Hearing, IceState,
    Input, Level, MediaError, MediaEvent, MediaOp, Memory, MicrophoneRequest, Numbered, OpError,
    PageEvent, Pass, Recent, RequestId, ScreenContent, SdpKind, SignalingState, StatsReport,
    TabMessage,
};
pub use signalling::{
    Listen, Obstacle, Outcome, Post, Signalling, SignallingWay, SocketEvent, SocketId, SocketOp,
};
pub use stage::room_in_path;
pub use view::{
    Bell, ChatMessage, ChatView, CodeView, Details, Devices, EndReason, Found, Link, LogEntry,
    LogLine, Me, MediaAccess, Notice, NoticeKind, Path, Person, Problem, Quality, QualityReason,
    RoomView, Sample, Screen, Status, View, Waiting,
};
