//! Perfect negotiation (RFC 9429, section 5.7; W3C WebRTC, section 10.7) of one connection as
//! one state.
//!
//! The browser does one thing at a time for a connection, so at most one answered operation is
//! outstanding. What else is wanted waits: as a wish (an offer, new tracks), which any number of
//! reasons may set, or in the inbox, in the order in which the other side said it.

use protocol::{Candidate, Sdp};
use web_time::Instant;

use super::answer::HeldAnswer;
use super::description::{self, ScreenLines};
use super::negotiation_state::{Busy, Negotiation};
use super::peer_connection::{Connection, MAX_CANDIDATES, Step};
use super::signal::{Incoming, Signal};
use crate::interface::{Completion, ConnectionOp, Directions, OpError, SdpKind};
use crate::media::Wishes;
use crate::outbox::Outbox;
use crate::view::{LogLine, cut, summary};

/// Of a description from outside, so many candidates are logged.
const MAX_LOGGED: usize = 32;

impl Connection {
    /// The other side sent an offer.
    pub(crate) fn remote_offer(&mut self, now: Instant, sdp: Sdp) -> Step {
        self.log.add(now, LogLine::OfferReceived);
        self.log_candidates(now, &sdp);
        // An answer that waits means that the own offer came first and is dealt with.
        let answered = self
            .inbox
            .iter()
            .any(|it| matches!(it, Incoming::Answer(_)));
        if self.negotiation.offers() && !answered {
            if !self.yields() {
                self.ignores_offer = !self.negotiated;
                if self.ignores_offer {
                    self.inbox.clear();
                }
                return Step::Fine;
            }
            if !self.negotiated {
                return Step::Yield(sdp);
            }
        }
        self.ignores_offer = false;
        self.inbox.retain(|it| !matches!(it, Incoming::Offer(_)));
        self.inbox.push_back(Incoming::Offer(sdp));
        Step::Fine
    }

    /// This side takes its offer back in a glare. Once an offer was answered it is the side that
    /// made that first one: Chromium paints no remote picture any more when it has answered first and
    /// then rolls its first own offer back.
    fn yields(&self) -> bool {
        if self.negotiated {
            self.browsers.offered()
        } else {
            self.polite
        }
    }

    /// The other side answered the offer that was sent to it.
    pub(crate) fn remote_answer(&mut self, now: Instant, sdp: Sdp) {
        let awaited = matches!(
            self.negotiation,
            Negotiation::HaveLocalOffer { sent: true, .. }
        );
        let answered = self
            .inbox
            .iter()
            .any(|it| matches!(it, Incoming::Answer(_)));
        if awaited && !answered {
            self.log.add(now, LogLine::AnswerReceived);
            self.log_candidates(now, &sdp);
            self.ignores_offer = false;
            self.inbox.push_back(Incoming::Answer(sdp));
        }
    }

    /// The other side gathered a candidate, or all of them.
    pub(crate) fn remote_candidate(&mut self, now: Instant, candidate: Option<Candidate>) {
        if !self.ignores_offer && self.inbox.len() < MAX_CANDIDATES {
            let line = candidate.as_ref().and_then(|it| summary(&it.candidate));
            self.log.add(now, LogLine::RemoteCandidate(line));
            self.inbox.push_back(Incoming::Candidate(candidate));
        }
    }

    /// Does the next thing, if nothing is outstanding. `may_offer` is false while the other
    /// side cannot be reached.
    pub(crate) fn drive(
        &mut self,
        now: Instant,
        wishes: Wishes,
        may_offer: bool,
        out: &mut Outbox,
    ) {
        self.release(now);
        self.encode(wishes, out);
        match self.negotiation {
            Negotiation::Stable { busy: None } => match self.next_incoming() {
                Some(Incoming::Offer(sdp)) => {
                    self.negotiation = Negotiation::SettingOffer;
                    self.browsers.came(&sdp);
                    self.offered = ScreenLines::of(&sdp);
                    self.last_restart.described(&sdp, now);
                    // The other side waits for no answer to the one before.
                    self.held = None;
                    let kind = SdpKind::Offer;
                    self.op(out, ConnectionOp::SetRemoteDescription { kind, sdp });
                }
                Some(Incoming::Candidate(candidate)) => {
                    self.negotiation = Negotiation::Stable {
                        busy: Some(Busy::AddingCandidate),
                    };
                    self.op(out, ConnectionOp::AddCandidate(candidate));
                }
                // An answer that nobody waits for any more.
                Some(Incoming::Answer(_)) => self.drive(now, wishes, may_offer, out),
                None if self.tracks_are_old(wishes) => {
                    self.negotiation = Negotiation::Stable {
                        busy: Some(Busy::ReplacingTracks),
                    };
                    self.tracks = wishes.tracks;
                    self.op(out, ConnectionOp::ReplaceTracks);
                }
                None if may_offer && self.held.is_none() && self.has_reason_to_offer(wishes) => {
                    self.begin_offer(now, wishes, out);
                }
                None => {}
            },
            Negotiation::HaveLocalOffer { sent, busy: None } => match self.next_incoming() {
                Some(Incoming::Answer(sdp)) => {
                    self.negotiation = Negotiation::SettingAnswer;
                    self.browsers.came(&sdp);
                    self.last_restart.described(&sdp, now);
                    let kind = SdpKind::Answer;
                    self.op(out, ConnectionOp::SetRemoteDescription { kind, sdp });
                }
                Some(Incoming::Offer(sdp)) => {
                    self.inbox.push_front(Incoming::Offer(sdp));
                    self.negotiation = Negotiation::RollingBack;
                    self.log.add(now, LogLine::Rollback);
                    self.op(out, ConnectionOp::Rollback);
                }
                Some(Incoming::Candidate(candidate)) => {
                    let busy = Some(Busy::AddingCandidate);
                    self.negotiation = Negotiation::HaveLocalOffer { sent, busy };
                    self.op(out, ConnectionOp::AddCandidate(candidate));
                }
                None if self.tracks_are_old(wishes) => {
                    let busy = Some(Busy::ReplacingTracks);
                    self.negotiation = Negotiation::HaveLocalOffer { sent, busy };
                    self.tracks = wishes.tracks;
                    self.op(out, ConnectionOp::ReplaceTracks);
                }
                None => {}
            },
            _ => {}
        }
    }

    /// The outstanding operation ended.
    pub(crate) fn completed(
        &mut self,
        now: Instant,
        result: Result<Completion, OpError>,
        wishes: Wishes,
        out: &mut Outbox,
    ) -> Step {
        let completion = match result {
            Ok(completion) => completion,
            Err(error) => return self.failed(now, &error),
        };
        match (self.negotiation, completion) {
            (Negotiation::Stable { busy: Some(_) }, _) => {
                self.negotiation = Negotiation::Stable { busy: None };
            }
            (
                Negotiation::HaveLocalOffer {
                    sent,
                    busy: Some(_),
                },
                _,
            ) => {
                self.negotiation = Negotiation::HaveLocalOffer { sent, busy: None };
            }
            (Negotiation::PreparingOffer, _) => {
                self.negotiation = Negotiation::MakingOffer;
                self.op(out, ConnectionOp::SetLocalDescription(SdpKind::Offer));
            }
            (Negotiation::MakingOffer, Completion::LocalDescription(sdp)) => {
                // An offer that has come meanwhile goes first; this one is rolled back unsent.
                let sent = !self.inbox.iter().any(|it| matches!(it, Incoming::Offer(_)));
                self.negotiation = Negotiation::HaveLocalOffer { sent, busy: None };
                self.browsers.made(&sdp, true);
                if sent {
                    self.describe(Signal::Offer(sdp));
                }
            }
            (Negotiation::SettingAnswer, _) => {
                self.remote_set = true;
                self.negotiated = true;
                self.negotiation = Negotiation::Stable { busy: None };
            }
            (Negotiation::RollingBack, _) => {
                self.negotiation = Negotiation::Stable { busy: None };
            }
            (Negotiation::SettingOffer, _) => {
                self.remote_set = true;
                self.negotiation = Negotiation::PreparingAnswer;
                self.set_transceivers(self.directions_of_answer(wishes), wishes, out);
            }
            (Negotiation::PreparingAnswer, _) => {
                self.negotiation = Negotiation::MakingAnswer;
                self.op(out, ConnectionOp::SetLocalDescription(SdpKind::Answer));
            }
            (Negotiation::MakingAnswer, Completion::LocalDescription(sdp)) => {
                self.negotiated = true;
                self.browsers.made(&sdp, false);
                self.negotiation = Negotiation::Stable { busy: None };
                self.answer(now, sdp);
            }
            // The shell broke the contract: a description is missing, or nothing was asked for.
            (Negotiation::MakingOffer | Negotiation::MakingAnswer, Completion::Done) => {
                return Step::Broken;
            }
            (
                Negotiation::Stable { busy: None } | Negotiation::HaveLocalOffer { busy: None, .. },
                _,
            ) => {}
        }
        Step::Fine
    }

    fn failed(&mut self, now: Instant, error: &OpError) -> Step {
        let line = LogLine::Failed {
            name: cut(&error.name),
            message: cut(&error.message),
        };
        self.log.add(now, line);
        match &mut self.negotiation {
            // One candidate less; it may be of an offer that was ignored or rolled back.
            Negotiation::Stable { busy } | Negotiation::HaveLocalOffer { busy, .. }
                if *busy == Some(Busy::AddingCandidate) =>
            {
                *busy = None;
                Step::Fine
            }
            _ => Step::Broken,
        }
    }

    /// What the other side said next. Before there is a remote description, candidates wait.
    fn next_incoming(&mut self) -> Option<Incoming> {
        if self.remote_set {
            return self.inbox.pop_front();
        }
        let is_description = |it: &Incoming| !matches!(it, Incoming::Candidate(_));
        let at = self.inbox.iter().position(is_description)?;
        self.inbox.remove(at)
    }

    fn tracks_are_old(&self, wishes: Wishes) -> bool {
        self.directions.is_some() && self.tracks != wishes.tracks
    }

    fn has_reason_to_offer(&self, wishes: Wishes) -> bool {
        let changed = self.negotiated && self.directions != Some(self.directions_for(wishes));
        self.wants_offer || self.wants_restart || changed
    }

    fn begin_offer(&mut self, now: Instant, wishes: Wishes, out: &mut Outbox) {
        if std::mem::take(&mut self.wants_restart) {
            self.log.add(now, LogLine::IceRestart);
            self.last_restart.begins_here(now);
            self.op(out, ConnectionOp::RestartIce);
        }
        self.wants_offer = false;
        self.negotiation = Negotiation::PreparingOffer;
        self.set_transceivers(self.directions_for(wishes), wishes, out);
    }

    fn set_transceivers(&mut self, directions: Directions, wishes: Wishes, out: &mut Outbox) {
        let encodings = self.encodings_for(wishes);
        self.directions = Some(directions);
        self.encodings = Some(encodings);
        self.tracks = wishes.tracks;
        let op = ConnectionOp::SetTransceivers {
            directions,
            encodings,
        };
        self.op(out, op);
    }

    /// Sets the encodings, if they are to be others now. The browser may be doing something else
    /// for the connection meanwhile.
    fn encode(&mut self, wishes: Wishes, out: &mut Outbox) {
        let wanted = self.encodings_for(wishes);
        if self.encodings.is_some_and(|set| set != wanted) {
            self.encodings = Some(wanted);
            self.op(out, ConnectionOp::SetEncodings(wanted));
        }
    }

    /// The answer is set: says it, or holds it back until all is gathered.
    fn answer(&mut self, now: Instant, sdp: Sdp) {
        let to_firefox = self.browsers.other_is_firefox();
        self.held = Some(HeldAnswer::new(sdp, now, to_firefox));
        self.release(now);
    }

    /// Says the answer that was held back, if it is time for it.
    fn release(&mut self, now: Instant) {
        if let Some(held) = self.held.take_if(|it| it.is_due(now, &self.gathering)) {
            self.describe(Signal::Answer(held.into_sdp()));
        }
    }

    /// Logs the candidates that a description from the other side brings along.
    fn log_candidates(&mut self, now: Instant, sdp: &Sdp) {
        for line in description::candidates(sdp).take(MAX_LOGGED) {
            self.log.add(now, LogLine::RemoteCandidate(summary(line)));
        }
    }
}
