//! What a person reads of the test.

mod english;

use std::time::Duration;

use diagnosis::{Line, Link, Measured, Reason, State, Verdict, View};
use signalling::{Obstacle, SignallingWay};

/// The translations into one language, as they were loaded: lines in pairs, an English text and its
/// translation below it. It is empty for English.
#[derive(Debug, Clone, Default)]
pub struct Language(String);

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
    pub title: String,
    /// How it is.
    pub seen: String,
    /// What that means and what to do.
    pub advice: Option<String>,
}

impl Language {
    /// The language whose translations are in `lines`.
    pub fn of(lines: String) -> Self {
        Self(lines)
    }

    /// The translation of an English text, or the English text if there is none.
    fn say(&self, english: &'static str) -> &str {
        let mut lines = self.0.split('\n');
        while let (Some(known), Some(text)) = (lines.next(), lines.next()) {
            if known == english {
                return text;
            }
        }
        english
    }

    fn said(&self, english: &'static str) -> String {
        self.say(english).to_owned()
    }

    pub fn title(&self) -> &str {
        self.say(english::TITLE)
    }

    pub fn close(&self) -> &str {
        self.say(english::CLOSE)
    }

    pub fn copy(&self) -> &str {
        self.say(english::COPY)
    }

    pub fn again(&self) -> &str {
        self.say(english::AGAIN)
    }

    pub fn copied(&self, done: bool) -> &str {
        self.say(if done {
            english::COPIED
        } else {
            english::NOT_COPIED
        })
    }

    /// What a mark says to who does not see it, behind the title.
    pub fn mark(&self, mark: Mark) -> String {
        let mark = match mark {
            Mark::Waiting => english::MARK_WAITING,
            Mark::Good => english::MARK_GOOD,
            Mark::Note => english::MARK_NOTE,
            Mark::Bad => english::MARK_BAD,
        };
        [" (", self.say(mark), ")"].concat()
    }

    /// What it comes to.
    pub fn status(&self, view: &View) -> &str {
        self.say(match view.verdict {
            None => english::TESTING,
            Some(Verdict::Good) => english::GOOD,
            Some(Verdict::Weak) => english::WEAK,
            Some(Verdict::ThroughTcp) => english::THROUGH_TCP,
            Some(Verdict::DirectOnly) => english::DIRECT_ONLY,
            Some(Verdict::NoWay) => english::NO_WAY,
            Some(Verdict::NoServer) => english::NO_SERVER,
        })
    }

    /// All lines. `host` is what the page came from.
    pub fn lines(&self, view: &View, host: &str) -> Vec<Drawn> {
        let lines = view.lines.iter();
        lines.map(|line| self.line(line, view, host)).collect()
    }

    /// The same as text, for somebody who knows more.
    pub fn text(&self, view: &View, host: &str) -> String {
        let mut text = [self.title(), ": ", host, "\n", self.status(view), "\n"].concat();
        for line in self.lines(view, host) {
            let mark = self.mark(line.mark);
            text.push_str(&[&line.title, &mark, ": ", &line.seen, "\n"].concat());
            if let Some(advice) = line.advice {
                text.push_str(&["    ", &advice, "\n"].concat());
            }
        }
        text
    }

    fn line(&self, line: &Line, view: &View, host: &str) -> Drawn {
        let title = match line.link {
            Link::Signalling => english::SERVER,
            Link::Udp => english::UDP,
            Link::RelayUdp => english::RELAY_UDP,
            Link::RelayTcp => english::RELAY_TCP,
            Link::RelayTls => english::RELAY_TLS,
        };
        let (mark, seen, advice) = match &line.state {
            State::Waiting => (Mark::Waiting, self.said(english::WAITING), None),
            State::Trying => (Mark::Waiting, self.said(english::TRYING), None),
            State::Untried => (Mark::Note, self.said(english::UNTRIED), None),
            State::NotOffered => self.not_offered(line.link),
            State::Good(measured) => self.good(line.link, measured, host),
            State::Failed(reason) => self.failed(line, *reason, view, host),
        };
        Drawn {
            mark,
            title: self.said(title),
            seen,
            advice,
        }
    }

    fn good(&self, link: Link, measured: &Measured, host: &str) -> (Mark, String, Option<String>) {
        let trip = measured.round_trip.map(milliseconds).unwrap_or_default();
        let (seen, advice) = match (link, measured.way) {
            (Link::Udp, _) => return (Mark::Good, self.said(english::UDP_GOOD), None),
            (Link::Signalling, Some(SignallingWay::Fallback)) => (
                fill(self.say(english::BY_REQUESTS), &trip, ""),
                Some(fill(self.say(english::WEB_SOCKETS_ADVICE), host, "")),
            ),
            (Link::Signalling, _) => (fill(self.say(english::BY_WEB_SOCKET), &trip, ""), None),
            _ if measured.lost == 0 => (fill(self.say(english::NOTHING_LOST), &trip, ""), None),
            _ => {
                let (lost, of) = (u32::from(measured.lost), u32::from(measured.of).max(1));
                // Rounded up: something is lost.
                let percent = (lost * 100).div_ceil(of).to_string();
                (fill(self.say(english::SOME_LOST), &trip, &percent), None)
            }
        };
        let advice = if measured.is_lossy() {
            Some(self.said(english::LOSSY_ADVICE))
        } else if measured.is_long() {
            Some(self.said(english::LONG_ADVICE))
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

    fn not_offered(&self, link: Link) -> (Mark, String, Option<String>) {
        // Once is enough: UDP and the relay by UDP are the same setting.
        let advice = (link == Link::Udp).then(|| self.said(english::NO_UDP_ADVICE));
        (Mark::Note, self.said(english::NOT_OFFERED), advice)
    }

    fn failed(
        &self,
        line: &Line,
        reason: Reason,
        view: &View,
        host: &str,
    ) -> (Mark, String, Option<String>) {
        let works = |link| {
            let mut lines = view.lines.iter();
            lines.any(|line| line.link == link && matches!(line.state, State::Good(_)))
        };
        let (host, port) = match &line.place {
            Some(place) => (place.host.as_str(), place.port.to_string()),
            None => (host, String::new()),
        };
        let seen = match (line.link, reason) {
            (_, Reason::Busy) => self.said(english::BUSY),
            (_, Reason::Blocked(Obstacle::WrongOrigin(_))) => self.said(english::WRONG_ORIGIN),
            (_, Reason::Blocked(_)) => self.said(english::IN_ITS_PLACE),
            (_, Reason::Refused(Some(code))) => {
                fill(self.say(english::REFUSED_WITH), &code.to_string(), "")
            }
            (_, Reason::Refused(None)) => self.said(english::REFUSED),
            (_, Reason::NothingArrived) => self.said(english::NOTHING_ARRIVED),
            (Link::Signalling, Reason::NoAnswer) => self.said(english::NO_ANSWER),
            (_, Reason::NoAnswer) => self.said(english::NOT_THROUGH),
        };
        let by_tcp = works(Link::RelayTcp) || works(Link::RelayTls);
        let advice = match (line.link, reason) {
            (_, Reason::Busy) => english::BUSY_ADVICE,
            (_, Reason::Blocked(Obstacle::Login)) => english::LOGIN_ADVICE,
            (_, Reason::Blocked(_)) => english::OPERATOR_ADVICE,
            (_, Reason::Refused(_)) => english::OPERATOR_ADVICE,
            (Link::Signalling, _) => english::OFFLINE_ADVICE,
            (Link::Udp, _) if by_tcp => english::UDP_ADVICE,
            (Link::Udp, _) => english::UDP_ADVICE_ALONE,
            // Said of UDP already.
            (Link::RelayUdp, Reason::NoAnswer) if !works(Link::Udp) => "",
            (Link::RelayUdp, _) => english::OPERATOR_ADVICE,
            (Link::RelayTcp, _) if works(Link::RelayTls) => english::TLS_INSTEAD,
            (Link::RelayTls, _) if works(Link::RelayTcp) => english::TCP_INSTEAD,
            (_, _) if works(Link::RelayUdp) => english::UDP_INSTEAD,
            (Link::RelayTcp, _) => "",
            (Link::RelayTls, _) => english::TLS_ADVICE,
        };
        let advice = (!advice.is_empty()).then(|| fill(self.say(advice), host, &port));
        (Mark::Bad, seen, advice)
    }
}

/// Replaces `{x}` and `{y}` in a text.
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
    use std::collections::BTreeMap;

    use diagnosis::{MESSAGES, Place};
    use protocol::WrongOrigin;

    use super::*;

    const HOST: &str = "call.example";

    /// The German texts by their English ones.
    fn pairs() -> BTreeMap<String, String> {
        serde_json::from_str(include_str!("../../words/de.json")).unwrap()
    }

    fn german() -> Language {
        let pairs = pairs().into_iter();
        let lines: Vec<_> = pairs.flat_map(|(english, text)| [english, text]).collect();
        Language::of(lines.join("\n"))
    }

    #[test]
    fn every_text_is_translated_with_the_same_places_to_fill() {
        let pairs = pairs();
        assert_eq!(pairs.len(), english::ALL.len());
        for english in english::ALL {
            let text = pairs.get(*english).unwrap_or_else(|| panic!("{english}"));
            assert!(!text.contains('\n'));
            for place in ["{x}", "{y}"] {
                let count = text.matches(place).count();
                assert_eq!(english.matches(place).count(), count, "{english}");
            }
        }
    }

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
        let language = Language::default();
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
        let lines = Language::default().lines(&view, HOST);
        assert_eq!(
            marks(&lines),
            [Mark::Good, Mark::Bad, Mark::Bad, Mark::Good, Mark::Good]
        );
        let advice = lines[1].advice.as_deref().unwrap();
        assert!(advice.contains("through TCP"), "{advice}");
        assert!(advice.contains("UDP port 3478 to call.example"), "{advice}");
        assert_eq!(lines[2].advice, None);
        let german = german().lines(&view, HOST);
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
        for language in [Language::default(), german()] {
            for reason in reasons {
                let all = [(); 5].map(|()| State::Failed(reason));
                let view = view(all, Verdict::NoWay);
                let lines = language.lines(&view, HOST);
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
        let lines = Language::default().lines(&view(states, Verdict::Weak), HOST);
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
        let text = Language::default().text(&view(states, Verdict::Good), HOST);
        assert!(
            text.starts_with("Connection test: call.example\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 7, "{text}");
    }
}
