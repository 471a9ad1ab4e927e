//! One link being tried.

use std::collections::VecDeque;

use web_time::Instant;

use crate::io::{ProbeEvent, ProbeOp};
use crate::link::{Line, Link, Measured, Place, Reason, State};
use crate::offer::Offer;
use crate::train::Train;

/// What is to be done, of which link.
pub(super) type Probes = VecDeque<(Link, ProbeOp)>;

#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) link: Link,
    place: Option<Place>,
    stage: Stage,
    /// A candidate came.
    has_candidate: bool,
    /// No more will.
    has_gathered: bool,
    /// The last code by which the server refused something.
    refused: Option<u16>,
}

#[derive(Debug, Clone)]
enum Stage {
    Waiting,
    Opening,
    Sending(Train),
    Over(State),
}

impl Trial {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            place: None,
            stage: Stage::Waiting,
            has_candidate: false,
            has_gathered: false,
            refused: None,
        }
    }

    pub(super) fn begin(&mut self, offer: Option<&Offer>, out: &mut Probes) {
        let Some(offer) = offer else {
            self.stage = Stage::Over(State::NotOffered);
            return;
        };
        self.place = Some(offer.place.clone());
        self.stage = Stage::Opening;
        let server = offer.server.clone();
        let op = match self.link {
            Link::Udp => ProbeOp::Gather(server),
            _ => ProbeOp::Pair(server),
        };
        out.push_back((self.link, op));
    }

    pub(super) fn event(&mut self, now: Instant, event: ProbeEvent, out: &mut Probes) {
        if !matches!(self.stage, Stage::Opening | Stage::Sending(_)) {
            return;
        }
        match event {
            ProbeEvent::Candidate if self.link == Link::Udp => {
                self.decide(State::Good(Measured::default()), out);
            }
            ProbeEvent::Candidate => self.has_candidate = true,
            ProbeEvent::Gathered => {
                self.has_gathered = true;
                // What became of UDP is told by the relay then: see `follows`.
                if self.link != Link::Udp && !self.has_candidate {
                    self.fail(out);
                }
            }
            // 701 is the browser's own: no answer (W3C WebRTC, section 4.8.3).
            ProbeEvent::IceError(code @ 300..=699) => self.refused = Some(code),
            ProbeEvent::IceError(_) => {}
            ProbeEvent::Open => {
                if matches!(self.stage, Stage::Opening) {
                    self.stage = Stage::Sending(Train::new(now));
                }
            }
            ProbeEvent::Arrived(number) => {
                if let Stage::Sending(train) = &mut self.stage {
                    train.arrived(now, number);
                }
            }
            ProbeEvent::Failed => match &self.stage {
                Stage::Sending(_) => self.end(now, out),
                _ => self.fail(out),
            },
        }
        self.tick(now, out);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Sending(train) => Some(train.deadline()),
            _ => None,
        }
    }

    pub(super) fn tick(&mut self, now: Instant, out: &mut Probes) {
        let Stage::Sending(train) = &mut self.stage else {
            return;
        };
        while let Some(number) = train.due(now) {
            out.push_back((self.link, ProbeOp::Send(number)));
        }
        if train.is_over(now) {
            self.end(now, out);
        }
    }

    /// For UDP: the relay by UDP has been decided.
    pub(super) fn follows(&mut self, is_good: bool, out: &mut Probes) {
        let failed = matches!(self.stage, Stage::Over(State::Failed(_)));
        if is_good && (failed || matches!(self.stage, Stage::Opening)) {
            self.decide(State::Good(Measured::default()), out);
        } else if self.has_gathered && matches!(self.stage, Stage::Opening) {
            self.fail(out);
        }
    }

    /// There is no more time.
    pub(super) fn end(&mut self, now: Instant, out: &mut Probes) {
        match &self.stage {
            Stage::Waiting => self.stage = Stage::Over(State::Untried),
            Stage::Opening => self.fail(out),
            Stage::Sending(train) => {
                let measured = train.measured(now);
                self.decide(
                    measured.map_or(State::Failed(Reason::NothingArrived), State::Good),
                    out,
                );
            }
            Stage::Over(_) => {}
        }
    }

    fn fail(&mut self, out: &mut Probes) {
        let reason = match self.refused {
            // Allocation Quota Reached, Insufficient Capacity (RFC 8656, section 19).
            Some(486 | 508) => Reason::Busy,
            Some(code) => Reason::Refused(Some(code)),
            None => Reason::NoAnswer,
        };
        self.decide(State::Failed(reason), out);
    }

    fn decide(&mut self, state: State, out: &mut Probes) {
        if matches!(self.stage, Stage::Opening | Stage::Sending(_)) {
            out.push_back((self.link, ProbeOp::Close));
        }
        self.stage = Stage::Over(state);
    }

    pub(super) fn state(&self) -> State {
        match &self.stage {
            Stage::Waiting => State::Waiting,
            Stage::Opening | Stage::Sending(_) => State::Trying,
            Stage::Over(state) => state.clone(),
        }
    }

    pub(super) fn line(&self) -> Line {
        Line {
            link: self.link,
            place: self.place.clone(),
            state: self.state(),
        }
    }
}
