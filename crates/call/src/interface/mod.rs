//! The contract between the engine and its shell: commands and events go in, effects come out. These
//! are types without behaviour, on which all other folders build.

mod command;
mod devices;
mod effect;
mod event;
mod ids;
mod memory;
mod states;
mod statistics;
mod tabs;

pub use command::{Command, Input};
pub use devices::{Allowed, Device, DeviceKind, Hearing, Level, MediaError, ScreenContent};
pub use effect::{
    CameraRequest, ConnectionOp, Direction, Directions, Effect, Encoding, Encodings, MediaOp,
    MicrophoneRequest, SdpKind,
};
pub use event::{Completion, ConnectionEvent, Event, MediaEvent, OpError, PageEvent};
pub use ids::{ConnectionId, RequestId};
pub use memory::{Change, Memory, Recent};
pub use states::{ConnectionState, GatheringState, IceState, SignalingState};
pub use statistics::{CandidateKind, CandidatePair, CandidateSummary, Codec, StatsReport};
pub use tabs::{Numbered, Pass, TabMessage};
