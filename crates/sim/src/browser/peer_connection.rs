//! RTCPeerConnection after W3C WebRTC and RFC 9429 (JSEP), as far as signalling goes.

use std::collections::VecDeque;

use call::{
    Completion, ConnectionEvent, ConnectionId, ConnectionOp, ConnectionState, Encodings, IceState,
    OpError, SdpKind, SignalingState, StatsReport,
};
use protocol::{Candidate, Sdp, TrackKind};

use super::candidates::Candidates;
use super::description::{self, Description, MediaLine, Way};
use super::devices::Devices;
use super::transceiver::{self, Transceiver};

/// A description and who made it.
#[derive(Debug, Clone)]
pub(super) struct Set {
    kind: SdpKind,
    pub(super) description: Description,
}

/// One RTCPeerConnection.
#[derive(Debug, Clone)]
pub struct PeerConnection {
    pub(crate) gecko: bool,
    /// Tells it from all others in the world.
    pub uid: u64,
    busy: Option<ConnectionOp>,
    /// A description that is set already while the page does not know yet: what is gathered may
    /// be told before.
    result: Option<Result<Completion, OpError>>,
    events: VecDeque<ConnectionEvent>,
    /// Its transceivers.
    pub transceivers: Vec<Transceiver>,
    pub(super) current_local: Option<Set>,
    pub(super) current_remote: Option<Set>,
    pub(super) pending_local: Option<Set>,
    pub(super) pending_remote: Option<Set>,
    /// An offer of its own was answered.
    was_answered: bool,
    version: u32,
    generations: u32,
    restart: bool,
    negotiation_needed: bool,
    pub(super) candidates: Candidates,
    /// The ICE state it has told.
    pub ice: IceState,
    /// Media finds its way at this moment, whatever ICE knows of it.
    pub flows: bool,
    /// What `getStats` tells; grows as in a good connection.
    stats: StatsReport,
    /// How the own pictures go out.
    pub encodings: Option<Encodings>,
    /// How many operations failed as browsers let them fail.
    pub failures: u32,
}

fn error(name: &str, message: &str) -> OpError {
    OpError {
        name: name.to_owned(),
        message: message.to_owned(),
    }
}

impl PeerConnection {
    pub(super) fn new(page: u32, id: ConnectionId, gecko: bool, candidates: Candidates) -> Self {
        Self {
            gecko,
            uid: u64::from(page) * 1_000_000 + u64::from(id.0),
            busy: None,
            result: None,
            events: VecDeque::new(),
            transceivers: Vec::new(),
            current_local: None,
            current_remote: None,
            pending_local: None,
            pending_remote: None,
            was_answered: false,
            version: 0,
            generations: 0,
            restart: false,
            negotiation_needed: false,
            candidates,
            ice: IceState::New,
            flows: false,
            stats: StatsReport::default(),
            encodings: None,
            failures: 0,
        }
    }

    /// An answered operation is outstanding.
    pub fn is_busy(&self) -> bool {
        self.busy.is_some() || self.result.is_some()
    }

    /// The transceiver of this kind, if it has one.
    pub fn transceiver(&self, kind: TrackKind) -> Option<&Transceiver> {
        transceiver::of_kind(&self.transceivers, kind)
    }

    /// RTCSignalingState.
    pub fn signaling(&self) -> SignalingState {
        match (&self.pending_local, &self.pending_remote) {
            (None, None) => SignalingState::Stable,
            (Some(_), _) => SignalingState::HaveLocalOffer,
            (None, Some(_)) => SignalingState::HaveRemoteOffer,
        }
    }

    pub(super) fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    pub(super) fn next_event(&mut self) -> Option<ConnectionEvent> {
        self.events.pop_front()
    }

    pub(super) fn fire(&mut self, event: ConnectionEvent) {
        self.events.push_back(event);
    }

    pub(super) fn report(&mut self) {
        if self.flows {
            self.stats.bytes_received += 100_000;
            self.stats.packets_received += 100;
            self.stats.frames_decoded += 30;
            self.stats.frames_sent += 30;
        }
        let report = Box::new(self.stats.clone());
        self.fire(ConnectionEvent::Stats(report));
    }

    pub(super) fn begin(&mut self, op: &ConnectionOp) {
        if let ConnectionOp::SetIceServers(servers) = op {
            self.candidates.servers.clone_from(servers);
            return;
        }
        if matches!(op, ConnectionOp::PauseVideo | ConnectionOp::RefreshVideo) {
            return;
        }
        if let ConnectionOp::SetEncodings(encodings) = op {
            let news = self.encodings.replace(*encodings) != Some(*encodings);
            assert!(news, "the pictures are sent like this already");
            return;
        }
        if let ConnectionOp::RestartIce = op {
            self.restart = true;
            self.check_negotiation_needed();
            return;
        }
        assert!(
            !self.is_busy(),
            "{op:?} while {:?} is outstanding",
            self.busy
        );
        if let ConnectionOp::SetTransceivers { encodings, .. } = op {
            self.encodings = Some(*encodings);
        }
        self.busy = Some(op.clone());
    }

    /// The outstanding operation has its effect, and ends then or the next time.
    pub(super) fn complete(&mut self, devices: &Devices) -> Option<Result<Completion, OpError>> {
        if let Some(result) = self.result.take() {
            self.check_negotiation_needed();
            return Some(result);
        }
        let result = self.perform(devices)?;
        if matches!(result, Ok(Completion::LocalDescription(_))) {
            self.result = Some(result);
            return None;
        }
        self.check_negotiation_needed();
        Some(result)
    }

    fn perform(&mut self, devices: &Devices) -> Option<Result<Completion, OpError>> {
        let before = self.signaling();
        let done = Ok(Completion::Done);
        let result = match self.busy.take()? {
            ConnectionOp::SetTransceivers { directions, .. } => {
                let offers = self.pending_remote.is_none();
                for kind in TrackKind::ALL {
                    let direction = directions.of(kind);
                    transceiver::set(&mut self.transceivers, kind, direction, devices, offers);
                }
                done
            }
            ConnectionOp::ReplaceTracks => {
                for kind in TrackKind::ALL {
                    if let Some(it) = transceiver::of_kind_mut(&mut self.transceivers, kind) {
                        it.track = devices.track(kind);
                    }
                }
                done
            }
            ConnectionOp::SetLocalDescription(SdpKind::Offer) => self.set_local_offer(),
            ConnectionOp::SetLocalDescription(SdpKind::Answer) => self.set_local_answer(),
            ConnectionOp::SetRemoteDescription { kind, sdp } => {
                self.set_remote(kind, &sdp).map(|()| Completion::Done)
            }
            ConnectionOp::Rollback => {
                assert!(
                    self.signaling() == SignalingState::HaveLocalOffer,
                    "rollback without an own offer"
                );
                assert!(
                    self.gecko || self.current_remote.is_none() || self.was_answered,
                    "in Chromium no picture is painted after the first own offer is rolled back"
                );
                self.pending_local = None;
                // Transceivers that only this offer had associated are free again.
                let lines = self
                    .current_local
                    .as_ref()
                    .map_or(0, |it| it.description.media.len());
                for it in &mut self.transceivers {
                    it.line = it.line.filter(|line| *line < lines);
                }
                done
            }
            ConnectionOp::AddCandidate(candidate) => {
                self.add_candidate(candidate).map(|()| Completion::Done)
            }
            op @ (ConnectionOp::Create { .. }
            | ConnectionOp::SetEncodings(_)
            | ConnectionOp::SetIceServers(_)
            | ConnectionOp::PauseVideo
            | ConnectionOp::RefreshVideo
            | ConnectionOp::RestartIce
            | ConnectionOp::Close) => {
                panic!("{op:?} is not answered")
            }
        };
        if result.is_err() {
            self.failures += 1;
        }
        if self.signaling() != before {
            self.fire(ConnectionEvent::Signaling(self.signaling()));
        }
        Some(result)
    }

    fn set_local_offer(&mut self) -> Result<Completion, OpError> {
        assert!(
            self.signaling() != SignalingState::HaveRemoteOffer,
            "an offer while an offer waits for its answer"
        );
        assert!(!self.transceivers.is_empty(), "an offer of nothing");
        let mut next = self
            .transceivers
            .iter()
            .filter_map(|it| it.line)
            .max()
            .map_or(0, |it| it + 1);
        for it in &mut self.transceivers {
            if it.line.is_none() {
                it.line = Some(next);
                next += 1;
            }
        }
        let gathers = self.current_local.is_none() || self.restart;
        let generation = self.next_generation(gathers);
        let mut lines: Vec<_> = self.transceivers.clone();
        lines.sort_by_key(|it| it.line);
        let media = lines.iter().map(|it| MediaLine {
            video: it.video,
            way: it.wanted,
        });
        let media = media.collect();
        let description = self.describe(None, generation, media);
        let sdp = Sdp::new(description.to_string());
        let kind = SdpKind::Offer;
        self.pending_local = Some(Set { kind, description });
        if gathers {
            self.gather(generation);
        }
        Ok(Completion::LocalDescription(sdp))
    }

    fn set_local_answer(&mut self) -> Result<Completion, OpError> {
        let Some(offer) = self.pending_remote.take() else {
            panic!("an answer without an offer");
        };
        let restarted = self
            .current_remote
            .as_ref()
            .is_some_and(|it| it.description.generation != offer.description.generation);
        assert!(
            !restarted || !self.gecko || offer.description.gecko,
            "in Firefox no media comes after another browser restarts ICE"
        );
        let gathers = self.current_local.is_none() || restarted;
        let generation = self.next_generation(gathers);
        if gathers {
            self.restart = false;
        }
        let mut media = Vec::new();
        for (line, offered) in offer.description.media.iter().enumerate() {
            let found = self
                .transceivers
                .iter_mut()
                .find(|it| it.line == Some(line));
            let Some(it) = found else {
                panic!("line {line} of the offer has no transceiver");
            };
            let way = it.wanted.and(offered.way.reversed());
            it.current = Some(way);
            media.push(MediaLine {
                video: it.video,
                way,
            });
        }
        let answers = Some((offer.description.author, offer.description.version));
        let description = self.describe(answers, generation, media);
        let sdp = Sdp::new(description.to_string());
        self.current_remote = Some(offer);
        let kind = SdpKind::Answer;
        self.current_local = Some(Set { kind, description });
        if gathers {
            self.gather(generation);
        }
        Ok(Completion::LocalDescription(sdp))
    }

    fn set_remote(&mut self, kind: SdpKind, sdp: &Sdp) -> Result<(), OpError> {
        let Some(description) = Description::parse(sdp.as_str()) else {
            return Err(error("OperationError", "not a description"));
        };
        let from = (description.author, description.generation);
        for candidate in description::candidates(sdp.as_str()) {
            self.candidates.add(from, &candidate);
        }
        match kind {
            SdpKind::Offer => {
                assert!(
                    self.signaling() == SignalingState::Stable,
                    "a remote offer in {:?}",
                    self.signaling()
                );
                for (line, offered) in description.media.iter().enumerate() {
                    let taken = self.transceivers.iter().any(|it| it.line == Some(line));
                    if !taken {
                        // Not one that was made by addTransceiver (RFC 9429, section 5.10).
                        self.transceivers.push(Transceiver {
                            video: offered.video,
                            wanted: Way {
                                send: false,
                                receive: true,
                            },
                            current: None,
                            line: Some(line),
                            track: 0,
                        });
                    }
                }
                self.pending_remote = Some(Set { kind, description });
            }
            SdpKind::Answer => {
                let Some(offer) = self.pending_local.take() else {
                    panic!("a remote answer without an own offer");
                };
                let offered = (offer.description.author, offer.description.version);
                assert_eq!(
                    description.answers,
                    Some(offered),
                    "the answer is to another offer"
                );
                for it in &mut self.transceivers {
                    let line = it.line.and_then(|line| description.media.get(line));
                    it.current = line.map(|it| it.way.reversed());
                }
                // Fulfilled if the credentials are new ones.
                let old = self.current_local.as_ref();
                self.restart &=
                    old.map(|it| it.description.generation) == Some(offer.description.generation);
                self.was_answered = true;
                self.current_local = Some(offer);
                self.current_remote = Some(Set { kind, description });
            }
        }
        Ok(())
    }

    fn add_candidate(&mut self, candidate: Option<Candidate>) -> Result<(), OpError> {
        let pending = self.pending_remote.as_ref();
        let Some(remote) = pending.or(self.current_remote.as_ref()) else {
            panic!("a candidate before the remote description");
        };
        let Some(candidate) = candidate else {
            return Ok(());
        };
        let expected = remote.description.fragment();
        if candidate.username_fragment.as_deref() != Some(expected.as_str()) {
            return Err(error("OperationError", "unknown ufrag"));
        }
        let from = (remote.description.author, remote.description.generation);
        self.candidates.add(from, &candidate);
        Ok(())
    }

    /// The ICE credentials of the next local description: fresh ones, or those in use.
    fn next_generation(&mut self, fresh: bool) -> u32 {
        match &self.current_local {
            Some(current) if !fresh => current.description.generation,
            _ => {
                self.generations += 1;
                self.generations
            }
        }
    }

    fn describe(
        &mut self,
        answers: Option<(u64, u32)>,
        generation: u32,
        media: Vec<MediaLine>,
    ) -> Description {
        self.version += 1;
        Description {
            author: self.uid,
            version: self.version,
            generation,
            answers,
            gecko: self.gecko,
            media,
        }
    }

    fn gather(&mut self, generation: u32) {
        for candidate in self.candidates.gather((self.uid, generation)) {
            self.fire(ConnectionEvent::Gathered(candidate));
        }
    }

    /// W3C WebRTC, section 4.7.3.
    fn check_negotiation_needed(&mut self) {
        if self.signaling() != SignalingState::Stable || self.is_busy() {
            return;
        }
        let needed = self.restart && self.current_local.is_some()
            || self.transceivers.iter().any(|it| self.must_negotiate(it));
        if needed && !self.negotiation_needed {
            self.fire(ConnectionEvent::NegotiationNeeded);
        }
        self.negotiation_needed = needed;
    }

    fn must_negotiate(&self, it: &Transceiver) -> bool {
        let (Some(line), Some(local), Some(remote)) =
            (it.line, &self.current_local, &self.current_remote)
        else {
            return true;
        };
        let (Some(ours), Some(theirs)) = (
            local.description.media.get(line),
            remote.description.media.get(line),
        ) else {
            return true;
        };
        match local.kind {
            SdpKind::Offer => ours.way != it.wanted && theirs.way.reversed() != it.wanted,
            SdpKind::Answer => ours.way != it.wanted.and(theirs.way.reversed()),
        }
    }

    pub(super) fn tracks_ended(&mut self, devices: &Devices) {
        let live = TrackKind::ALL.map(|kind| devices.track(kind));
        for it in &mut self.transceivers {
            if !live.contains(&it.track) {
                it.track = 0;
            }
        }
    }

    /// Media can flow between the two: each has the other's descriptions of now, and at least
    /// one knows where to find the other.
    pub fn is_linked_to(&self, other: &Self) -> bool {
        let knows = |a: &Self, b: &Self| {
            let (Some(remote), Some(local)) = (&a.current_remote, &b.current_local) else {
                return false;
            };
            remote.description.author == b.uid
                && remote.description.generation == local.description.generation
        };
        let finds = |a: &Self, b: &Self| {
            let Some(local) = &b.current_local else {
                return false;
            };
            let from = (b.uid, local.description.generation);
            a.candidates.knows(from)
        };
        knows(self, other) && knows(other, self) && (finds(self, other) || finds(other, self))
    }

    /// Whose descriptions it has.
    pub fn partner(&self) -> Option<u64> {
        self.current_remote.as_ref().map(|it| it.description.author)
    }

    /// Tells the engine of a new state of ICE and of the whole.
    pub fn set_ice(&mut self, ice: IceState) {
        if self.ice == ice {
            return;
        }
        self.ice = ice;
        let state = match ice {
            IceState::New => ConnectionState::New,
            IceState::Checking => ConnectionState::Connecting,
            IceState::Connected | IceState::Completed => ConnectionState::Connected,
            IceState::Disconnected => ConnectionState::Disconnected,
            IceState::Failed => ConnectionState::Failed,
            IceState::Closed => ConnectionState::Closed,
        };
        self.fire(ConnectionEvent::Ice(ice));
        self.fire(ConnectionEvent::State(state));
    }
}
