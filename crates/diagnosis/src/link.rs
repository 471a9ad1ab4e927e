//! The links of the way to a call, and how each is.

use std::time::Duration;

use signalling::{Obstacle, SignallingWay};

/// More of the messages lost than this, in percent, is heard and seen.
const LOSSY_PERCENT: u32 = 5;
/// A longer way there and back makes people talk over each other.
const LONG: Duration = Duration::from_millis(300);

/// One link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The server itself: how a call's messages go.
    Signalling,
    /// Datagrams to the server and back (STUN, RFC 8489): what a direct way needs.
    Udp,
    /// The server's relay (TURN, RFC 8656) by datagrams.
    RelayUdp,
    /// By TCP.
    RelayTcp,
    /// By TLS.
    RelayTls,
}

impl Link {
    /// Those that are tried once the server has let us in.
    pub(super) const PROBED: [Self; 4] =
        [Self::Udp, Self::RelayUdp, Self::RelayTcp, Self::RelayTls];
}

/// A link, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub link: Link,
    /// Where it leads to, once that is known.
    pub place: Option<Place>,
    pub state: State,
}

/// A port of a host, as an administrator has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A name or an address; one of IPv6 in brackets.
    pub host: String,
    pub port: u16,
}

/// How a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// It is being tried.
    Trying,
    /// It works.
    Good(Measured),
    /// It does not.
    Failed(Reason),
    /// The server does not offer it.
    NotOffered,
    /// The test ended before its turn came.
    Untried,
}

impl State {
    pub(super) fn is_over(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Trying)
    }
}

/// What was seen of a link that works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    /// By which way, for [`Link::Signalling`].
    pub way: Option<SignallingWay>,
    /// There and back, in the middle.
    pub round_trip: Option<Duration>,
    /// How many messages did not come back.
    pub lost: u16,
    /// Of how many.
    pub of: u16,
}

impl Measured {
    /// Whether more is lost than a call bears well.
    pub fn is_lossy(&self) -> bool {
        u32::from(self.lost) * 100 > u32::from(self.of) * LOSSY_PERCENT
    }

    /// Whether it takes so long there and back that people notice.
    pub fn is_long(&self) -> bool {
        self.round_trip.is_some_and(|it| it > LONG)
    }

    pub(super) fn is_weak(&self) -> bool {
        self.is_lossy() || self.is_long()
    }
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing came back in time, or the way is closed.
    NoAnswer,
    /// Something is in the way of the server, which answers in its place.
    Blocked(Obstacle),
    /// The server takes no more for now.
    Busy,
    /// It was refused, with the code of STUN (RFC 8489, section 14.8) where there is one.
    Refused(Option<u16>),
    /// It was made, and nothing came through.
    NothingArrived,
}
