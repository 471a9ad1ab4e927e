//! What a person reads of the test.

mod languages;

use std::time::Duration;

use diagnosis::{Line, Link, Measured, Reason, State, Verdict, View};
use signalling::{Obstacle, SignallingWay};

use languages::{DE, EN, Words};

/// The words of a language.
#[derive(Debug, Clone, Copy)]
pub struct Language(&'static Words);

/// What stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not known yet.
    Waiting,
    /// It works.
    Good,
    /// It works, with something to know; or it is not needed.
    Note,
    /// It does not work.
    Bad,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    pub mark: Mark,
    pub title: &'static str,
    /// How it is.
    pub seen: String,
    /// What that means and what to do.
    pub advice: Option<String>,
}

impl Language {
    /// The language for a tag such as `de-AT`.
    pub fn of(tag: &str) -> Self {
        Self(if tag.starts_with("de") { &DE } else { &EN })
    }

    pub fn title(self) -> &'static str {
        self.0.title
    }

    pub fn close(self) -> &'static str {
        self.0.close
    }

    pub fn copy(self) -> &'static str {
        self.0.copy
    }

    pub fn again(self) -> &'static str {
        self.0.again
    }

    pub fn copied(self, done: bool) -> &'static str {
        if done {
            self.0.copied
        } else {
            self.0.not_copied
        }
    }

    /// What a mark says to who does not see it, behind the title.
    pub fn mark(self, mark: Mark) -> String {
        let mark = match mark {
            Mark::Waiting => self.0.mark_waiting,
            Mark::Good => self.0.mark_good,
            Mark::Note => self.0.mark_note,
            Mark::Bad => self.0.mark_bad,
        };
        [" (", mark, ")"].concat()
    }

    /// What it comes to.
    pub fn status(self, view: &View) -> &'static str {
        match view.verdict {
            None => self.0.testing,
            Some(Verdict::Good) => self.0.good,
            Some(Verdict::Weak) => self.0.weak,
            Some(Verdict::ThroughTcp) => self.0.through_tcp,
            Some(Verdict::DirectOnly) => self.0.direct_only,
            Some(Verdict::NoWay) => self.0.no_way,
            Some(Verdict::NoServer) => self.0.no_server,
        }
    }

    /// All lines. `host` is what the page came from.
    pub fn lines(self, view: &View, host: &str) -> Vec<Drawn> {
        let lines = view.lines.iter();
        lines.map(|line| self.line(line, view, host)).collect()
    }

    /// The same as text, for somebody who knows more.
    pub fn text(self, view: &View, host: &str) -> String {
        let mut text = [self.0.title, ": ", host, "\n", self.status(view), "\n"].concat();
        for line in self.lines(view, host) {
            let mark = self.mark(line.mark);
            text.push_str(&[line.title, &mark, ": ", &line.seen, "\n"].concat());
            if let Some(advice) = line.advice {
                text.push_str(&["    ", &advice, "\n"].concat());
            }
        }
        text
    }

    fn line(self, line: &Line, view: &View, host: &str) -> Drawn {
        let words = self.0;
        let title = match line.link {
            Link::Signalling => words.server,
            Link::Udp => words.udp,
            Link::RelayUdp => words.relay_udp,
            Link::RelayTcp => words.relay_tcp,
            Link::RelayTls => words.relay_tls,
        };
        let (mark, seen, advice) = match &line.state {
            State::Waiting => (Mark::Waiting, words.waiting.to_owned(), None),
            State::Trying => (Mark::Waiting, words.trying.to_owned(), None),
            State::Untried => (Mark::Note, words.untried.to_owned(), None),
            State::NotOffered => self.not_offered(line.link),
            State::Good(measured) => self.good(line.link, measured, host),
            State::Failed(reason) => self.failed(line, *reason, view, host),
        };
        Drawn {
            mark,
            title,
            seen,
            advice,
        }
    }

    fn good(self, link: Link, measured: &Measured, host: &str) -> (Mark, String, Option<String>) {
        let words = self.0;
        let trip = measured.round_trip.map(milliseconds).unwrap_or_default();
        let (seen, advice) = match (link, measured.way) {
            (Link::Udp, _) => return (Mark::Good, words.udp_good.to_owned(), None),
            (Link::Signalling, Some(SignallingWay::Fallback)) => (
                fill(words.by_requests, &trip, ""),
                Some(fill(words.web_sockets_advice, host, "")),
            ),
            (Link::Signalling, _) => (fill(words.by_web_socket, &trip, ""), None),
            _ if measured.lost == 0 => (fill(words.nothing_lost, &trip, ""), None),
            _ => {
                let (lost, of) = (u32::from(measured.lost), u32::from(measured.of).max(1));
                // Rounded up: something is lost.
                let percent = (lost * 100).div_ceil(of).to_string();
                (fill(words.some_lost, &trip, &percent), None)
            }
        };
        let advice = if measured.is_lossy() {
            Some(words.lossy_advice.to_owned())
        } else if measured.is_long() {
            Some(words.long_advice.to_owned())
        } else {
            advice
        };
        let mark = if advice.is_some() {
            Mark::Note
        } else {
            Mark::Good
        };
        (mark, seen, advice)
    }

    fn not_offered(self, link: Link) -> (Mark, String, Option<String>) {
        // Once is enough: UDP and the relay by UDP are the same setting.
        let advice = (link == Link::Udp).then(|| self.0.no_udp_advice.to_owned());
        (Mark::Note, self.0.not_offered.to_owned(), advice)
    }

    fn failed(
        self,
        line: &Line,
        reason: Reason,
        view: &View,
        host: &str,
    ) -> (Mark, String, Option<String>) {
        let words = self.0;
        let works = |link| {
            let mut lines = view.lines.iter();
            lines.any(|line| line.link == link && matches!(line.state, State::Good(_)))
        };
        let (host, port) = match &line.place {
            Some(place) => (place.host.as_str(), place.port.to_string()),
            None => (host, String::new()),
        };
        let seen = match (line.link, reason) {
            (_, Reason::Busy) => words.busy.to_owned(),
            (_, Reason::Blocked(Obstacle::WrongOrigin(_))) => words.wrong_origin.to_owned(),
            (_, Reason::Blocked(_)) => words.in_its_place.to_owned(),
            (_, Reason::Refused(Some(code))) => fill(words.refused_with, &code.to_string(), ""),
            (_, Reason::Refused(None)) => words.refused.to_owned(),
            (_, Reason::NothingArrived) => words.nothing_arrived.to_owned(),
            (Link::Signalling, Reason::NoAnswer) => words.no_answer.to_owned(),
            (_, Reason::NoAnswer) => words.not_through.to_owned(),
        };
        let by_tcp = works(Link::RelayTcp) || works(Link::RelayTls);
        let advice = match (line.link, reason) {
            (_, Reason::Busy) => words.busy_advice,
            (_, Reason::Blocked(Obstacle::Login)) => words.login_advice,
            (_, Reason::Blocked(_)) => words.operator_advice,
            (_, Reason::Refused(_)) => words.operator_advice,
            (Link::Signalling, _) => words.offline_advice,
            (Link::Udp, _) if by_tcp => words.udp_advice,
            (Link::Udp, _) => words.udp_advice_alone,
            // Said of UDP already.
            (Link::RelayUdp, Reason::NoAnswer) if !works(Link::Udp) => "",
            (Link::RelayUdp, _) => words.operator_advice,
            (Link::RelayTcp, _) if works(Link::RelayTls) => words.tls_instead,
            (Link::RelayTls, _) if works(Link::RelayTcp) => words.tcp_instead,
            (_, _) if works(Link::RelayUdp) => words.udp_instead,
            (Link::RelayTcp, _) => "",
            (Link::RelayTls, _) => words.tls_advice,
        };
        let advice = (!advice.is_empty()).then(|| fill(advice, host, &port));
        (Mark::Bad, seen, advice)
    }
}

/// Puts values into the places `{x}` and `{y}` of a text.
fn fill(text: &str, x: &str, y: &str) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (value, rest) = match part.split_once('}') {
            Some(("x", rest)) => (x, rest),
            Some(("y", rest)) => (y, rest),
            _ => ("{", part),
        };
        filled.push_str(value);
        filled.push_str(rest);
    }
    filled
}

fn milliseconds(time: Duration) -> String {
    // A browser's clock is coarse: less than a millisecond is what it is too coarse for.
    let ms = time.as_secs().saturating_mul(1_000) + u64::from(time.subsec_millis());
    [&ms.max(1).to_string(), "\u{a0}ms"].concat()
}

#[cfg(test)]
mod tests {
    use diagnosis::{MESSAGES, Place};
    use protocol::WrongOrigin;

    use super::*;

    const HOST: &str = "call.example";

    fn good(trip_ms: u64, lost: u16) -> State {
        State::Good(Measured {
            way: None,
            round_trip: Some(Duration::from_millis(trip_ms)),
            lost,
            of: MESSAGES,
        })
    }

    fn view(states: [State; 5], verdict: Verdict) -> View {
        let links = [
            Link::Signalling,
            Link::Udp,
            Link::RelayUdp,
            Link::RelayTcp,
            Link::RelayTls,
        ];
        let place = |port| Place {
            host: HOST.to_owned(),
            port,
        };
        let lines = links.into_iter().zip(states).map(|(link, state)| Line {
            link,
            place: match link {
                Link::Signalling => None,
                Link::Udp | Link::RelayUdp => Some(place(3478)),
                Link::RelayTcp | Link::RelayTls => Some(place(443)),
            },
            state,
        });
        View {
            lines: lines.collect(),
            verdict: Some(verdict),
        }
    }

    fn by(way: SignallingWay) -> State {
        State::Good(Measured {
            way: Some(way),
            round_trip: Some(Duration::from_millis(20)),
            ..Measured::default()
        })
    }

    fn marks(lines: &[Drawn]) -> Vec<Mark> {
        lines.iter().map(|line| line.mark).collect()
    }

    fn silent() -> State {
        State::Failed(Reason::NoAnswer)
    }

    #[test]
    fn where_everything_works_there_is_nothing_to_do() {
        let udp = State::Good(Measured::default());
        let states = [
            by(SignallingWay::WebSocket),
            udp,
            good(12, 0),
            good(13, 1),
            good(0, 0),
        ];
        let view = view(states, Verdict::Good);
        let language = Language::of("en-GB");
        let lines = language.lines(&view, HOST);
        assert_eq!(marks(&lines), [Mark::Good; 5]);
        assert!(lines.iter().all(|line| line.advice.is_none()));
        assert_eq!(lines[2].seen, "12\u{a0}ms there and back, nothing lost.");
        assert_eq!(lines[3].seen, "13\u{a0}ms there and back, 2\u{a0}% lost.");
        assert_eq!(
            language.text(&view, HOST).lines().nth(1),
            Some("Calls connect from here.")
        );
    }

    #[test]
    fn blocked_udp_is_named_once_with_port_and_host_and_what_works_instead() {
        let states = [
            by(SignallingWay::WebSocket),
            silent(),
            silent(),
            good(30, 0),
            good(31, 0),
        ];
        let view = view(states, Verdict::ThroughTcp);
        let lines = Language::of("en").lines(&view, HOST);
        assert_eq!(
            marks(&lines),
            [Mark::Good, Mark::Bad, Mark::Bad, Mark::Good, Mark::Good]
        );
        let advice = lines[1].advice.as_deref().unwrap();
        assert!(advice.contains("through TCP"), "{advice}");
        assert!(advice.contains("UDP port 3478 to call.example"), "{advice}");
        assert_eq!(lines[2].advice, None);
        let german = Language::of("de-AT").lines(&view, HOST);
        let advice = german[1].advice.as_deref().unwrap();
        assert!(advice.contains("UDP-Port 3478 zu call.example"), "{advice}");
    }

    #[test]
    fn every_failure_says_what_it_means_in_every_language() {
        let reasons = [
            Reason::NoAnswer,
            Reason::Busy,
            Reason::Refused(None),
            Reason::Refused(Some(401)),
            Reason::NothingArrived,
            Reason::Blocked(Obstacle::Login),
            Reason::Blocked(Obstacle::NotPassedOn { status: 404 }),
            Reason::Blocked(Obstacle::WrongOrigin(WrongOrigin::ProxyHost)),
        ];
        for tag in ["en", "de"] {
            for reason in reasons {
                let all = [(); 5].map(|()| State::Failed(reason));
                let view = view(all, Verdict::NoWay);
                let lines = Language::of(tag).lines(&view, HOST);
                for line in &lines {
                    assert_eq!(line.mark, Mark::Bad);
                    assert!(!line.seen.is_empty());
                    assert!(!line.seen.contains('{'), "{line:?}");
                    assert!(!line.advice.iter().any(|it| it.contains('{')), "{line:?}");
                }
                assert!(lines.iter().any(|line| line.advice.is_some()));
            }
        }
    }

    #[test]
    fn what_works_badly_has_advice() {
        let udp = State::Good(Measured::default());
        let requests = by(SignallingWay::Fallback);
        let states = [requests, udp, good(20, 10), good(500, 0), State::NotOffered];
        let lines = Language::of("en").lines(&view(states, Verdict::Weak), HOST);
        assert_eq!(
            marks(&lines),
            [Mark::Note, Mark::Good, Mark::Note, Mark::Note, Mark::Note]
        );
        assert!(lines[0].seen.contains("HTTP requests"));
        assert!(lines[0].advice.as_deref().unwrap().contains(HOST));
        assert!(lines[2].seen.contains("20\u{a0}% lost"));
        assert!(lines[3].advice.is_some());
    }

    #[test]
    fn no_address_of_a_person_is_in_the_text() {
        let states = [
            by(SignallingWay::WebSocket),
            State::Good(Measured::default()),
            good(1, 0),
            good(1, 0),
            good(1, 0),
        ];
        let text = Language::of("en").text(&view(states, Verdict::Good), HOST);
        assert!(
            text.starts_with("Connection test: call.example\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 7, "{text}");
    }
}
