//! One participant's call as a pure state machine: commands of the person, messages of the
//! server, results of the browser and time go in; effects and a view come out.
//!
//! The shell (the page, a bot, a simulated world) calls [`Call::handle`] with every
//! [`Input`], then drains [`Call::poll_output`], then draws [`Call::view`] and arms a timer for
//! [`Call::poll_timeout`]. The engine has no clock, socket or randomness of its own.

#![forbid(unsafe_code)]

mod allowance;
mod answer;
mod bounded;
mod browser;
mod chat;
mod command;
mod commands;
mod connection;
mod context;
mod description;
mod details;
mod device_token;
mod devices;
mod draw;
mod effect;
mod engine;
mod event;
mod find;
mod gathering;
mod hearing;
mod hold;
mod ids;
mod invitation;
mod listing;
mod lobby;
mod log;
mod media;
mod memory;
mod mend;
mod messages;
mod negotiation;
mod negotiation_state;
mod notices;
mod only_sound;
mod outbox;
mod pair;
mod passing;
mod peer;
mod pulse;
mod quality;
#[cfg(test)]
mod samples;
mod scout;
mod screen;
mod search;
mod sending;
mod session;
mod signal;
mod source;
mod states;
mod statistics;
mod tabs;
mod view;
mod wishes;
mod writing;

pub use command::{Command, Input};
pub use details::{Details, LogEntry, LogLine, Path, Sample};
pub use devices::{Allowed, Device, DeviceKind, Hearing, Level, MediaError, ScreenContent};
pub use effect::{
    CameraRequest, ConnectionOp, Direction, Directions, Effect, Encoding, Encodings, MediaOp,
    MicrophoneRequest, SdpKind,
};
pub use engine::{Call, Config};
pub use event::{Completion, ConnectionEvent, Event, MediaEvent, OpError, PageEvent};
pub use find::room_in_path;
pub use ids::{ConnectionId, RequestId};
pub use memory::{Change, Memory, Recent};
pub use signalling::{
    Listen, Obstacle, Outcome, Post, Signalling, SignallingWay, SocketEvent, SocketId, SocketOp,
};
pub use states::{ConnectionState, GatheringState, IceState, SignalingState};
pub use statistics::{CandidateKind, CandidatePair, CandidateSummary, Codec, StatsReport};
pub use tabs::{Numbered, Pass, TabMessage};
pub use view::{
    Bell, ChatMessage, ChatView, CodeView, Devices, EndReason, Found, Link, Me, MediaAccess,
    Notice, NoticeKind, Person, Problem, Quality, QualityReason, RoomView, Screen, Status, View,
    Waiting,
};
