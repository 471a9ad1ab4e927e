//! The state of the engine, and what its parts ask of the whole.

use std::time::Duration;

use protocol::{ClientMessage, RoomId};
use signalling::Line;
use web_time::Instant;

use crate::context::Context;
use crate::interface::{DeviceKind, MediaOp, Memory, Pass};
use crate::media::{LocalMedia, Wishes, encodings};
use crate::outbox::Outbox;
use crate::roster::Hearings;
use crate::stage::{Home, Lobby, Presence, Session};
use crate::view::{Bell, EndReason, NoticeKind, Notices, Problem};

/// What an engine begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Fresh random bytes: spread the waits between tries to reach the server.
    pub seed: [u8; 32],
    /// The time of day at the start, in milliseconds since 1970, for the list of recent calls.
    pub unix_ms: u64,
    /// What the device kept from the last visit.
    pub memory: Memory,
    /// The pass that this tab kept from the page before a reload.
    pub pass: Option<Pass>,
    /// The room of the address that the page was opened with.
    pub room: Option<RoomId>,
    /// Scheme, host and port of this page, as in `https://host:8443`.
    pub origin: String,
}

/// One participant's call.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) now: Instant,
    pub(super) start: Instant,
    /// The time of day when the engine was made, in milliseconds since 1970.
    pub(super) start_unix_ms: u64,
    /// The addresses of this server. The first one is that of the page.
    pub(super) origins: Vec<String>,
    pub(super) out: Outbox,
    pub(super) line: Line,
    pub(super) media: LocalMedia,
    pub(super) stage: Stage,
    pub(super) notices: Notices,
    pub(super) hearings: Hearings,
    pub(super) memory: Memory,
    /// With this pass a page enters the call as the participant that this page is, or that it was
    /// before a reload.
    pub(super) pass: Option<Pass>,
    pub(super) playback_blocked: bool,
    pub(super) backs: u32,
    /// Nobody looks at the page.
    pub(super) hidden: bool,
    pub(super) bell: Option<Bell>,
    /// What keeps this browser from connecting to anybody.
    pub(super) web_rtc: Option<Problem>,
    /// The page is going away, or lies in the browser's cache.
    pub(super) closing: bool,
    /// What the shell was told last.
    pub(super) shell: ShellState,
}

/// Where the person is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Home(Home),
    Lobby(Box<Lobby>),
    Call(Box<Session>),
    Ended(Ended),
}

/// After a call.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) room: RoomId,
    pub(super) reason: EndReason,
    pub(super) lasted: Duration,
}

/// What the shell was told last.
#[derive(Debug, Clone)]
pub(super) struct ShellState {
    pub(super) memory: Memory,
    pub(super) pass: Option<Pass>,
    pub(super) wake_lock: bool,
    pub(super) address: Address,
}

/// What the address bar shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) room: Option<RoomId>,
    pub(super) in_call: bool,
}

impl Call {
    /// The time of day, in milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        let since_start = self.now.saturating_duration_since(self.start);
        let since_start_ms = u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX);
        self.start_unix_ms.saturating_add(since_start_ms)
    }

    /// From when on the person should be told that the server is away; a moment without it is
    /// nobody's concern.
    pub(super) fn server_missed_at(&self) -> Option<Instant> {
        let in_call = matches!(self.stage, Stage::Call(_));
        let since = self.line.lost_since().filter(|_| in_call)?;
        Some(since + Duration::from_secs(1))
    }

    /// From when on the person should be told that there is no way for media, for want of UDP.
    pub(super) fn lacks_udp_at(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Lobby(lobby) => lobby.lacks_udp_at(),
            Stage::Call(session) => session.lacks_udp_at(),
            Stage::Home(_) | Stage::Ended(_) => None,
        }
    }

    /// Whether UDP does not get out of the network, and the server offers no other way for media.
    pub(super) fn lacks_udp(&self) -> bool {
        self.lacks_udp_at().is_some_and(|at| at <= self.now)
    }

    /// What connections should be negotiated for.
    pub(crate) fn wishes(&self) -> Wishes {
        let (others, is_screen_shared) = match &self.stage {
            Stage::Call(session) => {
                let mut people = session.peers.iter();
                let is_shared = people.any(|it| it.about.media.screen);
                (session.peers.len(), is_shared || self.media.media().screen)
            }
            _ => (1, false),
        };
        self.media.wishes(encodings(others, is_screen_shared))
    }

    /// Runs something on the call with what it needs from around it.
    pub(crate) fn in_call<R>(
        &mut self,
        f: impl FnOnce(&mut Session, &mut Context<'_>) -> R,
    ) -> Option<R> {
        let wishes = self.wishes();
        let Stage::Call(session) = &mut self.stage else {
            return None;
        };
        let ice_servers = session.ice_servers.clone();
        let mut cx = Context {
            now: self.now,
            start: self.start,
            out: &mut self.out,
            ice_servers: &ice_servers,
            relay_only: self.memory.relay_only,
            wishes,
            online: self.line.is_open() && session.presence == Presence::Here,
        };
        Some(f(session, &mut cx))
    }

    /// Tells of something that has happened, if nobody looks at the page.
    pub(super) fn ring(&mut self, bell: Bell) {
        if self.hidden {
            self.bell = Some(bell);
            if !self.memory.bell_off {
                self.out.media(MediaOp::Ring);
            }
        }
    }

    /// Says something to the room, now or when it can be reached again.
    pub(super) fn send_to_room(&mut self, message: ClientMessage) {
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        session.delivery.say(&message);
        if session.presence == Presence::Here {
            self.line.send(self.now, message);
        }
    }

    /// Adds a notice if the person wants a device to be on that the system, a key or a lid cuts
    /// off.
    pub(super) fn notify_silenced(&mut self, kind: DeviceKind, wanted: bool) {
        if wanted && self.media.is_silenced(kind) && self.media.is_wanted(kind) {
            let kind = NoticeKind::DeviceSilenced { kind };
            self.notices.add(self.now, kind);
        }
    }
}
