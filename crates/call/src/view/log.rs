//! What happened to the connection with one participant, in order.

use std::collections::VecDeque;
use std::fmt;

use web_time::Instant;

use super::details::{LogEntry, LogLine};
use crate::interface::{CandidateKind, CandidateSummary};

/// How many entries are kept.
const MAX_ENTRIES: usize = 200;
/// Longer texts from outside are cut to this many characters.
const MAX_CHARS: usize = 256;

/// The last things that happened, oldest first.
#[derive(Clone)]
pub(crate) struct Log {
    start: Instant,
    entries: VecDeque<LogEntry>,
}

// The state of an engine is what it will do; how it came there is left out of its Debug, so that
// states can be compared by it.
impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log(..)")
    }
}

impl Log {
    /// An empty one; its entries are dated from `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            entries: VecDeque::new(),
        }
    }

    pub(crate) fn add(&mut self, now: Instant, line: LogLine) {
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_front();
        }
        let at = now.saturating_duration_since(self.start);
        self.entries.push_back(LogEntry { at, line });
    }

    pub(crate) fn entries(&self) -> &VecDeque<LogEntry> {
        &self.entries
    }

    /// Puts what happened before in front of what happened here.
    pub(crate) fn prepend(&mut self, mut earlier: Self) {
        earlier.entries.append(&mut self.entries);
        let surplus = earlier.entries.len().saturating_sub(MAX_ENTRIES);
        earlier.entries.drain(..surplus);
        self.entries = earlier.entries;
    }
}

/// Cuts a text from outside.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// Reads a candidate attribute (RFC 8839, section 5.1) as far as people care.
pub(crate) fn summary(candidate: &str) -> Option<CandidateSummary> {
    let mut words = candidate.split_ascii_whitespace();
    let protocol = words.nth(2)?;
    let address = words.nth(1)?;
    let port = words.next()?;
    if words.next()? != "typ" {
        return None;
    }
    let kind = match words.next()? {
        "host" => CandidateKind::Host,
        "srflx" => CandidateKind::ServerReflexive,
        "prflx" => CandidateKind::PeerReflexive,
        "relay" => CandidateKind::Relayed,
        _ => return None,
    };
    let address = if address.contains(':') {
        ["[", address, "]:", port].concat()
    } else {
        [address, ":", port].concat()
    };
    Some(CandidateSummary {
        kind,
        protocol: cut(&protocol.to_ascii_lowercase()),
        address: cut(&address),
        relay_protocol: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_read_as_far_as_people_care() {
        let host = summary("candidate:1 1 UDP 2122 192.0.2.1 5000 typ host generation 0").unwrap();
        assert_eq!(host.kind, CandidateKind::Host);
        assert_eq!(host.protocol, "udp");
        assert_eq!(host.address, "192.0.2.1:5000");
        let relayed = summary("candidate:1 1 udp 1 2001:db8::1 9 typ relay raddr ::").unwrap();
        assert_eq!(relayed.kind, CandidateKind::Relayed);
        assert_eq!(relayed.address, "[2001:db8::1]:9");
        for bad in [
            "",
            "candidate:1",
            "candidate:1 1 udp 1 a 1 typ moon",
            "a b c d e f g h",
        ] {
            assert_eq!(summary(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_last_entries_are_kept() {
        let start = Instant::now();
        let mut log = Log::new(start);
        for _ in 0..300 {
            log.add(start, LogLine::OfferSent);
        }
        let mut later = Log::new(start);
        later.add(start, LogLine::Rollback);
        later.prepend(log);
        assert_eq!(later.entries().len(), MAX_ENTRIES);
        assert_eq!(later.entries().back().unwrap().line, LogLine::Rollback);
    }
}
