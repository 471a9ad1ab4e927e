//! What the model consists of: people, calls, tickets, and how somebody enters.

use protocol::{Media, Name, ParticipantId};
use room::{SocketId, Standing};

use crate::waiting::Waiting;

pub const HOLD_MS: u64 = 60_000;
pub const SETTLE_MS: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: ParticipantId,
    pub room: usize,
    pub standing: Standing,
    /// When it arrived.
    pub arrived: u64,
    pub name: Name,
    /// The last one that it showed.
    pub device: Option<char>,
    pub media: Media,
    /// The connection, or how it was lost.
    pub link: Result<SocketId, Lost>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    pub since: u64,
    pub until: u64,
    /// It said that it goes away.
    pub away: bool,
}

/// Somebody who was removed, and by what that person is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub id: ParticipantId,
    pub name: Name,
    pub device: Option<char>,
}

/// Why somebody is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    Left,
    Removed,
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Fresh { since: u64 },
    Idle,
    Lobby { room: usize },
    Joined,
}

/// A ticket that was given: for whom, when, and what it tells of the call.
#[derive(Debug, Clone)]
pub struct Given {
    pub room: usize,
    pub id: ParticipantId,
    pub standing: Standing,
    pub at: u64,
    pub arrived: u64,
    pub call: Call,
    pub removed: Vec<Removed>,
    pub left: Vec<ParticipantId>,
}

/// The call in a room.
#[derive(Debug, Clone)]
pub struct Call {
    pub room: usize,
    pub opened: u64,
    pub version: u64,
    pub locked: bool,
    pub origin: Origin,
    /// Until when it takes no newcomers.
    pub settles: Option<u64>,
    /// Until when its host is waited for.
    pub host_until: Option<u64>,
    /// There was more than one in it at a time.
    pub has_met: bool,
    /// Takes tickets of people who were not seen since the start.
    pub recalls: bool,
    pub last_arrival: u64,
    pub waiting: Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Made,
    GoesOn,
    BroughtBack,
}

/// A call that is over, and what is left of it.
#[derive(Debug, Clone)]
pub struct Over {
    pub room: usize,
    pub until: u64,
    pub opened: u64,
    pub locked: bool,
    pub removed: Vec<Removed>,
}

/// How somebody asks to enter.
#[derive(Debug, Clone)]
pub enum How {
    Host,
    Guest,
    WrongSecret,
    Ticket(Box<Given>),
}

/// How somebody entered.
#[derive(Debug)]
pub struct Entered {
    /// Who it was before; a newcomer's id is the server's to choose.
    pub id: Option<ParticipantId>,
    pub standing: Standing,
    pub resumed: bool,
    pub replaced: Option<SocketId>,
    pub arrived: u64,
}

impl Given {
    /// The call as it is where this ticket comes first.
    pub fn brought_back(&self, now: u64) -> Call {
        Call {
            origin: Origin::BroughtBack,
            settles: Some(now + SETTLE_MS),
            host_until: Some(now + HOLD_MS),
            has_met: true,
            recalls: true,
            last_arrival: 0,
            waiting: Waiting::default(),
            ..self.call.clone()
        }
    }
}
