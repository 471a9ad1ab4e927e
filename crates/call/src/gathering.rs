//! Candidates go in the description itself where that costs next to nothing.
//!
//! Who answers is the controlled side of ICE, and its checks begin as soon as it has gathered. One
//! that comes out of its relayed address before that candidate was told makes it, for the
//! controlling side, a peer-reflexive one (RFC 8445, section 7.3.1.3), and its PRIORITY then says
//! more than that of an address behind a NAT. Chromium nominates the relay for that, gives up the
//! direct pair that worked already, and does not come back to it when the candidate is told at
//! last. Before it has the answer it can check nothing: so the answer brings the candidates along,
//! and waits for them for a moment. (They are there at once where the browser gathers beforehand.)

use std::collections::VecDeque;
use std::time::Duration;

use protocol::{Candidate, IceLink, IceServer, IceUri, Sdp, limits};
use web_time::Instant;

use crate::connection::{Connection, Signal};
use crate::log::summary;
use crate::{CandidateKind, LogLine};

/// How long an answer waits for candidates. A relay is reached within it by UDP, over any but the
/// longest ways; what comes later is told by itself.
const ANSWER_WAIT: Duration = Duration::from_millis(200);
/// A server that UDP leads to has answered by then; a browser waits for longer before it gives up.
const SERVER_WITHIN: Duration = Duration::from_secs(5);
/// `icecandidateerror` with this code tells that a server could not be reached. With any other one,
/// the server has answered.
const UNREACHED: u16 = 701;
/// Of a description from outside, so many candidates are logged.
const MAX_LOGGED: usize = 32;

/// An answer that is set and not said yet.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    sdp: Sdp,
    pub(crate) until: Instant,
}

impl Connection {
    /// The answer is set: says it, or holds it back until all is gathered.
    pub(crate) fn answer(&mut self, now: Instant, sdp: Sdp) {
        // Firefox does not err like this, and does not gather beforehand.
        let wait = if self.pair.other_is_firefox() {
            Duration::ZERO
        } else {
            ANSWER_WAIT
        };
        let until = now + wait;
        self.held = Some(Held { sdp, until });
        self.release(now);
    }

    /// Says the answer that was held back, if it is time for it.
    pub(crate) fn release(&mut self, now: Instant) {
        if let Some(held) = self
            .held
            .take_if(|it| it.until <= now || self.gathering.is_done(&it.sdp))
        {
            self.describe(Signal::Answer(held.sdp));
        }
    }

    /// Logs the candidates that a description from the other side brings along.
    pub(crate) fn log_candidates(&mut self, now: Instant, sdp: &Sdp) {
        let lines = sdp
            .as_str()
            .lines()
            .filter_map(|line| line.strip_prefix("a="));
        let candidates = lines.filter(|line| line.starts_with("candidate:"));
        for line in candidates.take(MAX_LOGGED) {
            self.log.add(now, LogLine::RemoteCandidate(summary(line)));
        }
    }
}

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
    pub(crate) fn set_servers(&mut self, ice_servers: &[IceServer]) {
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
    pub(crate) fn goes_on(&mut self, now: Instant, candidate: &Candidate) {
        self.fragment.clone_from(&candidate.username_fragment);
        self.since.get_or_insert(now);
        self.found = true;
        self.complete = false;
        let kind = summary(&candidate.candidate).map(|it| it.kind);
        self.answered |= kind.is_some_and(|it| it != CandidateKind::Host);
    }

    /// There are no more.
    pub(crate) fn complete(&mut self, now: Instant) {
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
    fn is_done(&self, sdp: &Sdp) -> bool {
        let other = match (self.fragment.as_deref(), fragment(sdp)) {
            (Some(gathered), Some(described)) => gathered != described,
            _ => false,
        };
        self.complete && !other
    }
}

/// Puts the candidates that are to be said next into the description before them.
pub(crate) fn take_along(sdp: &mut Sdp, signals: &mut VecDeque<Signal>) {
    while let Some(Signal::Candidate(Some(candidate))) = signals.front() {
        let Some(whole) = with(sdp, candidate) else {
            return;
        };
        *sdp = whole;
        signals.pop_front();
    }
}

/// The description with a candidate (RFC 8839, section 5.1) in the media section it belongs to.
/// None if there is none, or no room.
fn with(sdp: &Sdp, candidate: &Candidate) -> Option<Sdp> {
    let line = without_fragment(&candidate.candidate);
    let is_one_line = !line.contains(['\r', '\n']);
    let is_of_it = fragment(sdp)? == candidate.username_fragment.as_deref()?;
    if !is_one_line || !is_of_it {
        return None;
    }
    let line = ["a=", &line].concat();
    let text = sdp.as_str();
    if text.lines().any(|it| it == line) {
        return Some(sdp.clone());
    }
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut sections = lines.filter(|at| {
        let line = text.get(*at..);
        line.is_some_and(|line| line.starts_with("m="))
    });
    sections.nth(usize::from(candidate.sdp_m_line_index?))?;
    let (head, tail) = text.split_at(sections.next().unwrap_or(text.len()));
    let whole = [head, &line, "\r\n", tail].concat();
    (whole.len() <= limits::SDP_BYTES && head.ends_with('\n')).then_some(Sdp::new(whole))
}

/// The user fragment of a description: with one transport for all, that of its first section.
pub(crate) fn fragment(sdp: &Sdp) -> Option<&str> {
    let mut lines = sdp.as_str().lines();
    lines.find_map(|line| line.strip_prefix("a=ice-ufrag:"))
}

/// In a description, the fragment has a line of its own.
fn without_fragment(candidate: &str) -> String {
    let mut words = candidate.split(' ');
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "ufrag" {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Log;
    use crate::outbox::Outbox;

    const HEAD: &str = "v=0\r\ns=-\r\n";
    const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:abcd\r\na=mid:0\r\n";
    const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=mid:1\r\n";
    const HOST: &str = "candidate:1 1 udp 2122260223 192.0.2.7 54400 typ host generation 0";

    fn sdp() -> Sdp {
        Sdp::new(format!("{HEAD}{AUDIO}{VIDEO}"))
    }

    fn candidate(line: u16, fragment: &str) -> Candidate {
        Candidate {
            candidate: format!("{HOST} ufrag {fragment} network-cost 50"),
            sdp_mid: None,
            sdp_m_line_index: Some(line),
            username_fragment: Some(fragment.to_owned()),
        }
    }

    #[test]
    fn a_candidate_goes_at_the_end_of_its_section() {
        let line = format!("a={HOST} network-cost 50\r\n");
        let first = with(&sdp(), &candidate(0, "abcd")).unwrap();
        assert_eq!(first.as_str(), format!("{HEAD}{AUDIO}{line}{VIDEO}"));
        let second = with(&sdp(), &candidate(1, "abcd")).unwrap();
        assert_eq!(second.as_str(), format!("{HEAD}{AUDIO}{VIDEO}{line}"));
        // The browser had it in there already.
        assert_eq!(with(&first, &candidate(0, "abcd")), Some(first));
    }

    #[test]
    fn what_does_not_belong_there_stays_outside() {
        assert_eq!(with(&sdp(), &candidate(2, "abcd")), None);
        assert_eq!(with(&sdp(), &candidate(0, "of an older generation")), None);
        let two_lines = Candidate {
            candidate: format!("{HOST}\r\na=setup:active"),
            ..candidate(0, "abcd")
        };
        assert_eq!(with(&sdp(), &two_lines), None);
        let long = Sdp::new(format!("{}{}", sdp().as_str(), "a=x\r\n".repeat(9_800)));
        assert!(long.bytes() <= limits::SDP_BYTES);
        assert_eq!(with(&long, &candidate(0, "abcd")), None);
    }

    #[test]
    fn candidates_are_taken_along_up_to_the_first_that_is_not() {
        let mut signals = VecDeque::from([
            Signal::Candidate(Some(candidate(0, "abcd"))),
            Signal::Candidate(None),
            Signal::Candidate(Some(candidate(1, "abcd"))),
        ]);
        let mut whole = sdp();
        take_along(&mut whole, &mut signals);
        assert_eq!(whole.as_str().matches("a=candidate").count(), 1);
        assert!(matches!(signals.front(), Some(Signal::Candidate(None))));
        assert_eq!(signals.len(), 2);
    }

    #[test]
    fn an_offer_that_goes_with_the_join_brings_what_is_there() {
        let now = Instant::now();
        let mut connection =
            Connection::create(now, &[], false, Log::new(now), &mut Outbox::default());
        assert_eq!(connection.unsaid_offer(), None);
        connection.signals.push_back(Signal::Offer(sdp()));
        for number in 1..=2 {
            let mut candidate = candidate(0, "abcd");
            candidate.candidate = candidate.candidate.replace("54400", &number.to_string());
            connection
                .signals
                .push_back(Signal::Candidate(Some(candidate)));
            let offer = connection.unsaid_offer().unwrap();
            assert_eq!(offer.as_str().matches("a=candidate").count(), number);
        }
        connection.offer_was_said(now);
        assert!(connection.signals.is_empty());
    }

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
