//! Before the call: looking for a room, looking into it, and asking to be let in.

use std::time::Duration;

use protocol::{
    CallCode, ClientMessage, Error, ErrorCode, IceServer, Media, Name, RoomId, RoomSecret, Sdp,
};
use signalling::Line;
use web_time::Instant;

use super::find::Unread;
use crate::connection::Connection;
use crate::interface::ConnectionId;
use crate::media::Wishes;
use crate::outbox::Outbox;
use crate::view::{Log, Problem, Waiting};

/// How often a call that cannot be joined yet is tried.
const RETRY: Duration = Duration::from_secs(2);
/// The same after a minute.
const LATER_RETRY: Duration = Duration::from_secs(5);
const RETRY_SLOWS: Duration = Duration::from_secs(60);
/// A connection that was prepared longer ago may have candidates that no longer work.
const STALE: Duration = Duration::from_secs(60);
/// So many failed tries to reach the server are worth telling.
const OFFLINE_AFTER: u32 = 3;
/// A tab that was asked to give its call over is waited for no longer than this.
const MOVES_WITHIN: Duration = Duration::from_secs(1);
/// More names than this are not kept.
const MAX_NAMES: usize = 64;

/// The home screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    /// The code that is being looked up.
    pub(crate) finding: Option<CallCode>,
    pub(crate) problem: Option<Problem>,
    /// The link that was typed, if it leads to another server.
    pub(crate) elsewhere: Option<String>,
}

impl Home {
    /// What was typed leads to no call of this server. The new state says why.
    pub(crate) fn unread(unread: Unread) -> Self {
        let (problem, elsewhere) = match unread {
            Unread::Nothing => (Problem::NothingTyped, None),
            Unread::CodeLength { digits } => (Problem::CodeLength { digits }, None),
            Unread::BrokenLink => (Problem::BrokenLink, None),
            Unread::Elsewhere { link } => (Problem::Elsewhere, Some(link)),
            Unread::Neither => (Problem::NotACodeOrLink, None),
        };
        Self {
            finding: None,
            problem: Some(problem),
            elsewhere,
        }
    }

    /// A look-up was refused.
    pub(crate) fn refused(&mut self, error: &Error) {
        if self.finding.take().is_some() {
            self.problem = Some(problem(error).unwrap_or(Problem::WrongCode));
        }
    }

    /// What is wrong, given how it is with the server.
    pub(crate) fn problem(&self, line: &Line) -> Option<Problem> {
        let finding = self.finding.as_ref();
        self.problem.or(finding.and_then(|_| out_of_reach(line)))
    }
}

/// How far entering has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Just looking.
    Looking,
    /// Asked for; the server is to be told, or was ([`Lobby::asked`]).
    Asking,
    /// Refused for now; asked again at that time.
    Waiting { again: Instant },
}

/// The lobby of a room.
#[derive(Debug, Clone)]
pub(crate) struct Lobby {
    pub(crate) room: RoomId,
    pub(crate) secret: Option<RoomSecret>,
    pub(crate) names: Option<Vec<Name>>,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) entry: Entry,
    /// A request to enter was sent and is not answered, whether or not the person still wants it.
    pub(crate) asked: bool,
    pub(crate) problem: Option<Problem>,
    /// What entering waits for, if it was refused for now.
    pub(crate) waits_for: Option<Waiting>,
    /// This device is in the call already, in another tab.
    pub(crate) elsewhere: bool,
    /// The other tab was asked to give the call over. Its answer is waited for until then.
    moving_until: Option<Instant>,
    /// What was said with the request to enter: media and name.
    pub(crate) announced: (Media, Name),
    /// Since when entering was tried.
    pub(crate) since: Option<Instant>,
    /// A connection with an offer and candidates, of which nobody knows yet.
    prepared: Option<Connection>,
    /// The prepared connection whose offer went with the request to enter.
    offered: Option<ConnectionId>,
    /// That offer may have come to somebody in vain: it is of no more use.
    spent: bool,
    /// Preparing failed: not before then again.
    prepare_at: Option<Instant>,
}

impl Lobby {
    pub(crate) fn new(room: RoomId, secret: Option<RoomSecret>) -> Self {
        Self {
            room,
            secret,
            names: None,
            ice_servers: Vec::new(),
            entry: Entry::Looking,
            asked: false,
            problem: None,
            waits_for: None,
            elsewhere: false,
            moving_until: None,
            announced: (Media::default(), Name::default()),
            since: None,
            prepared: None,
            offered: None,
            spent: false,
            prepare_at: None,
        }
    }

    /// The person pressed "Join now". Returns whether another tab is to be asked to give the call
    /// over.
    pub(crate) fn join(&mut self, now: Instant) -> bool {
        if self.entry != Entry::Looking {
            return false;
        }
        self.problem = None;
        self.since = Some(now);
        self.entry = Entry::Asking;
        self.moving_until = self.elsewhere.then(|| now + MOVES_WITHIN);
        self.elsewhere
    }

    pub(crate) fn stop_waiting(&mut self) {
        self.entry = Entry::Looking;
        self.waits_for = None;
        self.since = None;
        self.moving_until = None;
    }

    /// Another tab is in the call, or is no longer in it.
    pub(crate) fn set_elsewhere(&mut self, elsewhere: bool) {
        self.elsewhere = elsewhere;
        if !elsewhere {
            self.moving_until = None;
        }
    }

    /// Whether the server is to be asked now to let this person in.
    pub(crate) fn is_to_ask(&self) -> bool {
        self.entry == Entry::Asking && !self.asked && self.moving_until.is_none()
    }

    /// Another tab gives the call over. Returns whether it was asked to.
    pub(crate) fn takes_over(&mut self) -> bool {
        let asked = self.moving_until.is_some();
        if asked {
            self.set_elsewhere(false);
        }
        asked
    }

    /// Takes what the server says of the room. Returns the name of somebody who is there now, if
    /// nobody was there before.
    pub(crate) fn looked(&mut self, mut names: Vec<Name>) -> Option<Name> {
        names.truncate(MAX_NAMES);
        // Somebody is there: the call has begun.
        if matches!(self.entry, Entry::Waiting { .. }) && !names.is_empty() {
            self.entry = Entry::Asking;
        }
        if self.problem == Some(Problem::ServerBusy) {
            self.problem = None;
        }
        let came = names.first().cloned();
        let before = self.names.replace(names);
        came.filter(|_| before.is_some_and(|before| before.is_empty()))
    }

    /// The servers to gather from have changed, or their credentials.
    pub(crate) fn set_ice_servers(&mut self, ice_servers: Vec<IceServer>, out: &mut Outbox) {
        if self.ice_servers != ice_servers {
            if let Some(prepared) = &mut self.prepared {
                prepared.set_ice_servers(&ice_servers, out);
            }
            self.ice_servers = ice_servers;
        }
    }

    /// The server did not let in.
    pub(crate) fn refused(&mut self, now: Instant, error: &Error) {
        let asked = std::mem::take(&mut self.asked);
        if !asked || self.entry != Entry::Asking {
            return;
        }
        match error.code {
            ErrorCode::Unavailable => {
                let waited = self
                    .since
                    .map_or(Duration::ZERO, |it| now.saturating_duration_since(it));
                let retry = if waited < RETRY_SLOWS {
                    RETRY
                } else {
                    LATER_RETRY
                };
                self.wait(Waiting::Call, now + retry);
            }
            ErrorCode::Full => self.wait(Waiting::Room, now + retry_after(error)),
            ErrorCode::TooManyMessages => self.wait(Waiting::Server, now + retry_after(error)),
            _ => {
                self.stop_waiting();
                self.problem = Some(problem(error).unwrap_or(Problem::Refused));
            }
        }
    }

    fn wait(&mut self, waits_for: Waiting, again: Instant) {
        self.entry = Entry::Waiting { again };
        self.waits_for = Some(waits_for);
    }

    /// The socket is open: what to say on it.
    pub(crate) fn hello(&mut self) -> ClientMessage {
        if self.entry != Entry::Looking {
            self.entry = Entry::Asking;
        }
        let room = self.room.clone();
        ClientMessage::Peek { room }
    }

    /// The socket is lost; what was asked on it is not answered any more.
    pub(crate) fn lost(&mut self) {
        self.asked = false;
        self.spend_offer();
    }

    /// The offer to go with the request to enter, if it is ready. Somebody who comes back sends
    /// none, because the server would drop it.
    pub(crate) fn offer(&mut self, comes_back: bool) -> Option<Sdp> {
        self.offered = None;
        if comes_back {
            return None;
        }
        let connection = self.prepared.as_mut()?;
        let offer = connection.unsent_offer()?;
        self.offered = Some(connection.id());
        Some(offer)
    }

    /// Whoever got the offer may still answer it, but to somebody who is not there.
    pub(crate) fn spend_offer(&mut self) {
        self.spent |= self.offered.take().is_some();
    }

    /// The server was asked, with the offer of the prepared connection.
    fn has_offered(&self) -> bool {
        self.offered.is_some() && self.asked && self.entry == Entry::Asking
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        if let Entry::Waiting { again } = self.entry
            && again <= now
        {
            self.entry = Entry::Asking;
        }
        if self.prepare_at.is_some_and(|at| at <= now) {
            self.prepare_at = None;
        }
        if self.moving_until.is_some_and(|at| at <= now) {
            self.set_elsewhere(false);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let waiting = match self.entry {
            Entry::Waiting { again } => Some(again),
            Entry::Looking | Entry::Asking => None,
        };
        let ages = !self.has_offered();
        let stale = self.prepared.as_ref().filter(|_| ages);
        let stale = stale.map(|it| it.born() + STALE);
        [waiting, stale, self.prepare_at, self.moving_until]
            .into_iter()
            .flatten()
            .min()
    }

    /// Has a connection ready while somebody is there: with its certificate, offer and
    /// candidates, so that entering costs no more than the way to the other.
    pub(crate) fn prepare(
        &mut self,
        now: Instant,
        start: Instant,
        wishes: Wishes,
        relay_only: bool,
        out: &mut Outbox,
    ) {
        let offered = self.has_offered();
        let wanted = offered || self.names.as_ref().is_some_and(|it| !it.is_empty());
        let fits = |it: &Connection| {
            // What has changed since it was offered is negotiated when it has been answered.
            let fitting = offered || (it.fits(wishes) && now < it.born() + STALE);
            fitting && it.is_relay_only() == relay_only
        };
        let spent = std::mem::take(&mut self.spent);
        if spent || !wanted || self.prepared.as_ref().is_some_and(|it| !fits(it)) {
            self.drop_prepared(out);
        }
        if wanted && self.prepared.is_none() && self.prepare_at.is_none() {
            let log = Log::new(start);
            let mut connection = Connection::create(now, &self.ice_servers, relay_only, log, out);
            connection.request_offer();
            self.prepared = Some(connection);
        }
        if let Some(connection) = &mut self.prepared {
            connection.drive(now, wishes, true, out);
        }
    }

    /// From when on it is plain that there is no way for media, for want of UDP.
    pub(crate) fn lacks_udp_at(&self) -> Option<Instant> {
        self.prepared.as_ref()?.lacks_udp_at()
    }

    pub(crate) fn prepared(&mut self) -> Option<&mut Connection> {
        self.prepared.as_mut()
    }

    /// The prepared connection, and whether the offer that went with the request is its own.
    pub(crate) fn take_prepared(&mut self) -> (Option<Connection>, bool) {
        let offered = self.offered.take();
        let own = self.prepared.as_ref().map(|it| it.id()) == offered;
        (self.prepared.take(), own)
    }

    pub(crate) fn drop_prepared(&mut self, out: &mut Outbox) {
        if let Some(connection) = self.prepared.take() {
            let _log = connection.close(out);
        }
    }

    /// The browser could not do what was asked for the prepared connection.
    pub(crate) fn preparing_failed(&mut self, now: Instant, out: &mut Outbox) {
        self.drop_prepared(out);
        self.prepare_at = Some(now + STALE);
    }

    /// What is wrong, given how it is with the server.
    pub(crate) fn problem(&self, line: &Line) -> Option<Problem> {
        self.problem.or(out_of_reach(line))
    }
}

/// Why the server is not reached, if that is worth telling.
fn out_of_reach(line: &Line) -> Option<Problem> {
    // How many tries there were is known for some time after the one that succeeded.
    let offline = line.attempt() >= OFFLINE_AFTER && !line.is_open();
    let blocked = line.obstacle().map(Problem::Blocked);
    blocked.or(offline.then_some(Problem::Offline))
}

/// When a refused message may be sent again.
pub(crate) fn retry_after(error: &Error) -> Duration {
    let ms = error.retry_after_ms.unwrap_or(2_000);
    Duration::from_millis(ms.clamp(100, 60_000))
}

fn problem(error: &Error) -> Option<Problem> {
    match error.code {
        ErrorCode::TooManyMessages => Some(Problem::TooManyTries {
            retry_after: retry_after(error),
        }),
        ErrorCode::Removed => Some(Problem::Removed),
        ErrorCode::ServerBusy => Some(Problem::ServerBusy),
        ErrorCode::Unavailable => Some(Problem::WrongCode),
        _ => None,
    }
}
