//! RTCRtpTransceiver, as far as descriptions and tracks go.

use call::Direction;
use protocol::TrackKind;

use super::description::Way;
use super::devices::{Devices, TrackId};
use super::peer_connection::PeerConnection;

/// One transceiver.
#[derive(Debug, Clone)]
pub struct Transceiver {
    /// Video, or else audio.
    pub video: bool,
    /// What this side wants.
    pub wanted: Way,
    /// What was agreed.
    pub current: Option<Way>,
    /// The line of the description it belongs to.
    pub line: Option<usize>,
    /// What the sender carries.
    pub track: TrackId,
}

impl PeerConnection {
    /// The transceiver of this kind: the first one of its medium is the microphone's or the camera's,
    /// and another one is of the screen.
    pub fn transceiver(&self, kind: TrackKind) -> Option<&Transceiver> {
        self.transceivers.get(self.place(kind)?)
    }

    pub(super) fn transceiver_mut(&mut self, kind: TrackKind) -> Option<&mut Transceiver> {
        let place = self.place(kind)?;
        self.transceivers.get_mut(place)
    }

    fn place(&self, kind: TrackKind) -> Option<usize> {
        let all = self.transceivers.iter().enumerate();
        let of_medium = all.filter(|(_, it)| it.video == kind.is_video());
        // Those that are in no description come last, in the order in which they were made.
        let mut places: Vec<_> = of_medium
            .map(|(at, it)| (it.line.unwrap_or(usize::MAX), at))
            .collect();
        places.sort_unstable();
        let found = places.get(usize::from(kind.is_of_screen()))?;
        Some(found.1)
    }

    pub(super) fn set_transceiver(
        &mut self,
        kind: TrackKind,
        direction: Direction,
        devices: &Devices,
    ) {
        let wanted = Way {
            send: direction.sends(),
            receive: direction.receives(),
        };
        let track = devices.track(kind);
        if let Some(it) = self.transceiver_mut(kind) {
            it.wanted = wanted;
            it.track = track;
            return;
        }
        if kind.is_of_screen() && !direction.sends() {
            return;
        }
        assert!(
            self.pending_remote.is_none(),
            "a transceiver made while answering is not negotiated"
        );
        self.transceivers.push(Transceiver {
            video: kind.is_video(),
            wanted,
            current: None,
            line: None,
            track,
        });
    }
}
