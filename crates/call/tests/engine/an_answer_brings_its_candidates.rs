//! An answer brings its candidates along and waits a moment for them, so that no check that comes
//! out of a relay is there before its candidate.

use std::time::Duration;

use call::{ConnectionEvent, GatheringState};
use protocol::{ClientMessage, ServerMessage};

use crate::support::{Host, RELAYED, description, id};

const LATER: &str = "candidate:4 1 udp 25108223 203.0.113.9 54401 typ relay";

impl Host {
    /// Somebody enters and offers; the browser has its answer.
    fn has_answered(&mut self) {
        self.is_joined_by(&id(6));
        self.hears(ServerMessage::Offer {
            from: id(6),
            connection: 1,
            sdp: description(),
        });
    }

    fn answer(&self) -> Option<&str> {
        self.said.iter().find_map(|message| match message {
            ClientMessage::Answer { sdp, .. } => Some(sdp.as_str()),
            _ => None,
        })
    }

    /// Candidates that were told by themselves.
    fn candidates(&self) -> Vec<&str> {
        let told = self.said.iter().filter_map(|message| match message {
            ClientMessage::Candidate { candidate, .. } => candidate.as_ref(),
            _ => None,
        });
        told.map(|candidate| candidate.candidate.as_str()).collect()
    }
}

#[test]
fn an_answer_waits_until_all_is_gathered() {
    let mut host = Host::waiting();
    host.has_answered();
    assert_eq!(host.answer(), None);
    host.gathers(RELAYED);
    assert_eq!(host.answer(), None);
    host.happens(ConnectionEvent::Gathering(GatheringState::Complete));
    let answer = host.answer().unwrap();
    assert!(answer.contains(&format!("a={RELAYED}\r\n")), "{answer}");
    assert!(host.candidates().is_empty());
}

#[test]
fn an_answer_waits_for_a_moment_only() {
    let mut host = Host::waiting();
    host.has_answered();
    host.gathers(RELAYED);
    let begin = host.now;
    host.until(|host| host.answer().is_some());
    assert!(host.now <= begin + Duration::from_millis(200));
    assert!(host.answer().unwrap().contains(RELAYED));
    host.gathers(LATER);
    assert_eq!(host.candidates(), [LATER]);
}

#[test]
fn what_was_gathered_beforehand_is_not_waited_for() {
    let mut host = Host::waiting();
    host.has_gathered = true;
    host.has_answered();
    assert!(host.answer().unwrap().contains(RELAYED));
}
