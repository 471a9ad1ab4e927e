//! RTCRtpTransceiver, as far as descriptions and tracks go.

use call::Direction;
use protocol::TrackKind;

use super::description::Way;
use super::devices::{Devices, TrackId};

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

/// The transceiver of this kind: the first one of its medium is the microphone's or the camera's,
/// and another one is of the screen.
pub(super) fn of_kind(all: &[Transceiver], kind: TrackKind) -> Option<&Transceiver> {
    all.get(place(all, kind)?)
}

pub(super) fn of_kind_mut(all: &mut [Transceiver], kind: TrackKind) -> Option<&mut Transceiver> {
    let place = place(all, kind)?;
    all.get_mut(place)
}

fn place(all: &[Transceiver], kind: TrackKind) -> Option<usize> {
    let all = all.iter().enumerate();
    let of_medium = all.filter(|(_, it)| it.video == kind.is_video());
    // Those that are in no description come last, in the order in which they were made.
    let mut places: Vec<_> = of_medium
        .map(|(at, it)| (it.line.unwrap_or(usize::MAX), at))
        .collect();
    places.sort_unstable();
    let found = places.get(usize::from(kind.is_of_screen()))?;
    Some(found.1)
}

/// Gives the transceiver of this kind its direction and track. If there is none it is made, and an
/// offer has to follow to negotiate it.
pub(super) fn set(
    all: &mut Vec<Transceiver>,
    kind: TrackKind,
    direction: Direction,
    devices: &Devices,
    offers: bool,
) {
    let wanted = Way {
        send: direction.sends(),
        receive: direction.receives(),
    };
    let track = devices.track(kind);
    if let Some(it) = of_kind_mut(all, kind) {
        it.wanted = wanted;
        it.track = track;
        return;
    }
    if kind.is_of_screen() && !direction.sends() {
        return;
    }
    assert!(
        offers,
        "a transceiver made while answering is not negotiated"
    );
    all.push(Transceiver {
        video: kind.is_video(),
        wanted,
        current: None,
        line: None,
        track,
    });
}
