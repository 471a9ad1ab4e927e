//! How far the browser has come with gathering candidates, and what it has found.

use std::time::Duration;

use protocol::{Candidate, IceLink, IceServer, IceUri, Sdp};
use web_time::Instant;

use super::description::fragment;
use crate::interface::CandidateKind;
use crate::view::summary;

/// A server that UDP leads to has answered by then; a browser waits for longer before it gives up.
const SERVER_WITHIN: Duration = Duration::from_secs(5);
/// `icecandidateerror` with this code tells that a server could not be reached. With any other one,
/// the server has answered.
const UNREACHED: u16 = 701;

/// How far the browser has come with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathering {
    /// The user fragment that the last candidate belongs to.
    fragment: Option<String>,
    /// Since when something is known: the first candidate of whatever kind, or the end of them.
    since: Option<Instant>,
    /// At least one candidate was gathered, of whatever kind.
    found: bool,
    complete: bool,
    /// The servers to gather from are reached by UDP alone.
    by_udp_alone: bool,
    /// One of them has answered.
    answered: bool,
}

impl Gathering {
    /// For a connection that gathers from these servers.
    pub(crate) fn from(ice_servers: &[IceServer]) -> Self {
        let mut gathering = Self::default();
        gathering.set_servers(ice_servers);
        gathering
    }

    /// It gathers from these servers from now on.
    pub(super) fn set_servers(&mut self, ice_servers: &[IceServer]) {
        let urls = ice_servers.iter().flat_map(|it| &it.urls);
        let mut relays = urls
            .filter_map(|url| IceUri::parse(url))
            .filter(|it| it.link != IceLink::Stun)
            .peekable();
        // An address of this device itself is not reached from its other addresses, and that says
        // nothing of the network.
        let leads_out = |it: IceUri| it.link == IceLink::TurnUdp && !it.is_loopback();
        self.by_udp_alone = relays.peek().is_some() && relays.all(leads_out);
    }

    /// Another candidate.
    pub(super) fn goes_on(&mut self, now: Instant, candidate: &Candidate) {
        self.fragment.clone_from(&candidate.username_fragment);
        self.since.get_or_insert(now);
        self.found = true;
        self.complete = false;
        let kind = summary(&candidate.candidate).map(|it| it.kind);
        self.answered |= kind.is_some_and(|it| it != CandidateKind::Host);
    }

    /// There are no more.
    pub(super) fn complete(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        self.complete = true;
    }

    /// Gathering from a server failed with this code.
    pub(crate) fn failed(&mut self, code: u16) {
        self.answered |= code != UNREACHED;
    }

    /// From when on it is plain that UDP does not get out of the network, and that the server offers
    /// no other way for media. Nothing but this device's own addresses was found then.
    pub(crate) fn lacks_udp_at(&self, relay_only: bool) -> Option<Instant> {
        let lacks = self.by_udp_alone && !self.answered && (self.found || relay_only);
        let since = self.since.filter(|_| lacks)?;
        Some(if self.complete {
            since
        } else {
            since + SERVER_WITHIN
        })
    }

    /// Whether gathering has ended without any candidate.
    pub(crate) fn found_nothing(&self) -> bool {
        self.complete && !self.found
    }

    /// All is gathered that belongs to this description.
    pub(super) fn is_done(&self, sdp: &Sdp) -> bool {
        let other = match (self.fragment.as_deref(), fragment(sdp)) {
            (Some(gathered), Some(described)) => gathered != described,
            _ => false,
        };
        self.complete && !other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::samples::{candidate, sdp};

    #[test]
    fn gathering_is_done_for_the_generation_that_it_was_done_for() {
        let mut gathering = Gathering::default();
        let now = Instant::now();
        gathering.goes_on(now, &candidate(0, "abcd"));
        assert!(!gathering.is_done(&sdp()));
        gathering.complete(now);
        assert!(gathering.is_done(&sdp()));
        assert!(!gathering.is_done(&Sdp::new(sdp().as_str().replace("abcd", "after a restart"))));
    }

    /// Servers of these addresses.
    fn servers(urls: &[&str]) -> [IceServer; 1] {
        [IceServer {
            urls: urls.iter().map(|it| (*it).to_owned()).collect(),
            username: None,
            credential: None,
        }]
    }

    #[test]
    fn without_an_answer_by_udp_there_is_no_way_out_if_no_other_is_offered() {
        let now = Instant::now();
        let lacks_at = |urls: &[&str], what: fn(&mut Gathering, Instant)| {
            let mut gathering = Gathering::from(&servers(urls));
            gathering.goes_on(now, &candidate(0, "abcd"));
            what(&mut gathering, now);
            gathering.lacks_udp_at(false)
        };
        let udp = ["stun:a.example", "turn:a.example:3478?transport=udp"];
        assert_eq!(lacks_at(&udp, |_, _| {}), Some(now + SERVER_WITHIN));
        assert_eq!(lacks_at(&udp, |it, now| it.complete(now)), Some(now));
        assert_eq!(lacks_at(&udp, |it, _| it.failed(401)), None);
        let unreached = lacks_at(&udp, |it, now| {
            it.failed(UNREACHED);
            it.complete(now);
        });
        assert_eq!(unreached, Some(now));
        let answered = |it: &mut Gathering, now| {
            let mut relayed = candidate(0, "abcd");
            relayed.candidate = relayed.candidate.replace("typ host", "typ relay");
            it.goes_on(now, &relayed);
            it.complete(now);
        };
        assert_eq!(lacks_at(&udp, answered), None);
        for others in [
            &[
                "turn:a.example?transport=udp",
                "turns:a.example?transport=tcp",
            ][..],
            &[
                "turn:a.example?transport=udp",
                "turn:a.example:80?transport=tcp",
            ],
            &["turn:localhost:3478?transport=udp"],
            &["turn:[::1]:3478?transport=udp"],
            &["stun:a.example"],
            &[],
        ] {
            assert_eq!(
                lacks_at(others, |it, now| it.complete(now)),
                None,
                "{others:?}"
            );
        }
    }

    #[test]
    fn who_hides_the_own_address_finds_none_and_is_told_the_same() {
        let now = Instant::now();
        let mut gathering = Gathering::from(&servers(&["turn:a.example?transport=udp"]));
        assert_eq!(gathering.lacks_udp_at(true), None);
        gathering.complete(now);
        assert_eq!(gathering.lacks_udp_at(true), Some(now));
        // The browser lets it use no network at all, which is something else.
        assert_eq!(gathering.lacks_udp_at(false), None);
    }
}
