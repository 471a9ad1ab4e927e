//! What the panel "Call details" shows of one connection.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::ParticipantId;

use crate::interface::{
    CandidatePair, CandidateSummary, Codec, ConnectionState, GatheringState, IceState,
    SignalingState,
};

/// How media gets to the other person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// From browser to browser.
    Direct,
    /// Through the server's relay, by the transport to it.
    RelayUdp,
    RelayTcp,
    RelayTls,
}

/// One second of a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    pub send_kbps: f32,
    pub receive_kbps: f32,
    /// Of what should have arrived, 0 to 100.
    pub loss_percent: f32,
    pub round_trip_ms: Option<f32>,
    pub jitter_ms: Option<f32>,
    pub frames_per_second: f32,
}

/// Something that happened, for the list in time order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Since the page began.
    pub at: Duration,
    pub line: LogLine,
}

/// What happened. The page has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogLine {
    Ice(IceState),
    State(ConnectionState),
    Gathering(GatheringState),
    Signaling(SignalingState),
    LocalCandidate(Option<CandidateSummary>),
    RemoteCandidate(Option<CandidateSummary>),
    OfferSent,
    OfferReceived,
    AnswerSent,
    AnswerReceived,
    IceRestart,
    Rollback,
    FirstFrame,
    /// Gathering failed here or there: code and text of `icecandidateerror`.
    IceError {
        remote: bool,
        code: u16,
        text: String,
    },
    /// A browser operation failed: the DOMException.
    Failed {
        name: String,
        message: String,
    },
    Replaced,
}

/// What the panel "Call details" shows of the connection to one participant.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    pub participant: ParticipantId,
    pub path: Option<Path>,
    pub pair: Option<CandidatePair>,
    pub codecs: Vec<Codec>,
    /// Of the camera's picture as it is received.
    pub frame_width: u32,
    pub frame_height: u32,
    /// Of the shared screen as it is received; 0 if there is none.
    pub screen_width: u32,
    pub screen_height: u32,
    /// The last two minutes, oldest first, one a second.
    pub samples: VecDeque<Sample>,
    /// The last 200 things, oldest first.
    pub log: VecDeque<LogEntry>,
}
