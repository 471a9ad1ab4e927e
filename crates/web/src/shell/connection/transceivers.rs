//! The transceivers of a connection, and what they carry.

use std::cell::RefCell;

use browser::js::{array_of, call, get, number, object, set, settled, text};
use call::{Direction, Directions, Encoding, Encodings, Level};
use js_sys::Array;
use protocol::TrackKind;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MediaStreamTrack, RtcPeerConnection, RtcRtpTransceiver, RtcRtpTransceiverDirection};

use super::pictures::Pictures;
use crate::shell::devices::LocalTracks;
use crate::shell::levels;

/// The codec that every browser has and most prefer; Safari would offer H.264 first.
const PREFERRED_VIDEO_CODEC: &str = "video/VP8";
/// A remote sound that was last played longer ago than this is silence, in milliseconds.
const STALE_LEVEL_MS: f64 = 500.0;

/// The transceivers in use, each in the place of its kind in [`TrackKind::ALL`].
#[derive(Default)]
pub(super) struct Transceivers {
    used: RefCell<[Option<RtcRtpTransceiver>; TrackKind::ALL.len()]>,
    camera: Pictures,
    screen: Pictures,
}

impl Transceivers {
    /// Sees that there is one of each kind with its direction, carrying the local track. Those of
    /// the screen are made when they are first to send.
    pub(super) async fn set(
        &self,
        peer: &RtcPeerConnection,
        directions: Directions,
        encodings: Encodings,
        tracks: &LocalTracks,
    ) -> Result<(), JsValue> {
        // All in one turn, before the first await.
        for (place, kind) in TrackKind::ALL.into_iter().enumerate() {
            let encoding = encoding(encodings, kind);
            let found = ensure(peer, kind, directions.of(kind), encoding, tracks)?;
            if let Some(place) = self.used.borrow_mut().get_mut(place) {
                *place = found;
            }
        }
        self.encode(encodings);
        self.replace_tracks(tracks).await
    }

    /// Puts the local tracks that there are now (or none) into the senders.
    pub(super) async fn replace_tracks(&self, tracks: &LocalTracks) -> Result<(), JsValue> {
        let replaced = TrackKind::ALL.map(|kind| {
            let transceiver = self.of(kind)?;
            replace(&transceiver, tracks.track(kind).as_ref())
        });
        for promise in replaced.into_iter().flatten() {
            settled(promise).await?;
        }
        Ok(())
    }

    /// Sends the own pictures like this.
    pub(super) fn encode(&self, encodings: Encodings) {
        for (kind, pictures) in self.pictures() {
            let encoding = encoding(encodings, kind);
            if let Some((transceiver, encoding)) = self.of(kind).zip(encoding) {
                pictures.encode(encoding, transceiver.sender());
            }
        }
    }

    /// Sends no pictures for now.
    pub(super) fn pause_video(&self) {
        for (kind, pictures) in self.pictures() {
            if let Some(transceiver) = self.of(kind) {
                pictures.pause(transceiver.sender());
            }
        }
    }

    /// Sends pictures, beginning with a whole one.
    pub(super) fn refresh_video(&self) {
        for (kind, pictures) in self.pictures() {
            if let Some(transceiver) = self.of(kind) {
                pictures.refresh(transceiver.sender());
            }
        }
    }

    /// How loud the voice of the other person is that is being played; none if no sound ever came.
    pub(super) fn audio_level(&self) -> Option<Level> {
        let receiver = self.of(TrackKind::Microphone)?.receiver();
        let sources = call(&receiver, "getSynchronizationSources", []).ok()?;
        let source = sources.dyn_into::<Array>().ok()?.get(0);
        let age_ms = js_sys::Date::now() - absolute_ms(number(&source, "timestamp")?);
        let level = number(&source, "audioLevel").filter(|_| age_ms < STALE_LEVEL_MS);
        Some(levels::even(level.unwrap_or_default()))
    }

    /// The transceiver of this kind, if there is one.
    pub(super) fn of(&self, kind: TrackKind) -> Option<RtcRtpTransceiver> {
        let place = TrackKind::ALL.into_iter().position(|other| other == kind)?;
        self.used.borrow().get(place)?.clone()
    }

    fn pictures(&self) -> [(TrackKind, &Pictures); 2] {
        [
            (TrackKind::Camera, &self.camera),
            (TrackKind::Screen, &self.screen),
        ]
    }
}

/// Which kind of track comes by a transceiver of the other side's description. The first section of
/// each medium is the microphone's or the camera's, and any other one is of the screen.
pub(super) fn kind_of(peer: &RtcPeerConnection, transceiver: &RtcRtpTransceiver) -> TrackKind {
    let is_video = transceiver.receiver().track().kind() == "video";
    let first = bound_first(peer, is_video).into_iter().next();
    match (is_video, first.as_ref() == Some(transceiver)) {
        (false, true) => TrackKind::Microphone,
        (true, true) => TrackKind::Camera,
        (true, false) => TrackKind::Screen,
        (false, false) => TrackKind::ScreenSound,
    }
}

/// The transceivers of a medium that are not stopped. Those that are in a description come first.
fn bound_first(peer: &RtcPeerConnection, is_video: bool) -> Vec<RtcRtpTransceiver> {
    let medium = if is_video { "video" } else { "audio" };
    let (mut all, unbound): (Vec<RtcRtpTransceiver>, Vec<_>) = peer
        .get_transceivers()
        .iter()
        .map(JsCast::unchecked_into::<RtcRtpTransceiver>)
        .filter(|transceiver| transceiver.receiver().track().kind() == medium)
        .filter(|transceiver| text(transceiver, "currentDirection").as_deref() != Some("stopped"))
        .partition(|transceiver| transceiver.mid().is_some());
    all.extend(unbound);
    all
}

fn encoding(encodings: Encodings, kind: TrackKind) -> Option<Encoding> {
    match kind {
        TrackKind::Camera => Some(encodings.camera),
        TrackKind::Screen => Some(encodings.screen),
        TrackKind::Microphone | TrackKind::ScreenSound => None,
    }
}

/// The specification has the timestamp count from 1970, older browsers from the page's start.
fn absolute_ms(timestamp: f64) -> f64 {
    let performance = get(&js_sys::global(), "performance");
    let origin = number(&performance, "timeOrigin").unwrap_or_default();
    if timestamp < origin {
        origin + timestamp
    } else {
        timestamp
    }
}

/// The transceiver of this kind: that of the negotiated description if there is one, else one
/// that was made before, else a new one if it is needed.
fn ensure(
    peer: &RtcPeerConnection,
    kind: TrackKind,
    direction: Direction,
    encoding: Option<Encoding>,
    tracks: &LocalTracks,
) -> Result<Option<RtcRtpTransceiver>, JsValue> {
    let wanted = match direction {
        Direction::SendRecv => RtcRtpTransceiverDirection::Sendrecv,
        Direction::SendOnly => RtcRtpTransceiverDirection::Sendonly,
        Direction::RecvOnly => RtcRtpTransceiverDirection::Recvonly,
        Direction::Inactive => RtcRtpTransceiverDirection::Inactive,
    };
    let mut of_medium = bound_first(peer, kind.is_video());
    // A remote offer does not take up what addTransceiver has made (RFC 9429, section 5.10): after
    // a rollback both are there, and the one without a mid is left over.
    let left_over = of_medium.split_off(of_medium.len().min(2));
    for transceiver in left_over.iter().filter(|it| it.mid().is_none()) {
        transceiver.stop();
    }
    let stream = tracks.outgoing(kind);
    if let Some(transceiver) = of_medium.get(usize::from(kind.is_of_screen())) {
        transceiver.set_direction(wanted);
        if let Some(stream) = stream {
            // Sound and picture in one stream, so that the other browser keeps them together.
            let _ = call(&transceiver.sender(), "setStreams", [stream]);
        }
        return Ok(Some(transceiver.clone()));
    }
    if kind.is_of_screen() && !direction.sends() {
        return Ok(None);
    }
    let init = object([("direction", JsValue::from(wanted))]);
    if let Some(stream) = stream {
        set(&init, "streams", array_of(stream));
    }
    if let Some(encoding) = encoding {
        let encoding = object([
            ("maxBitrate", encoding.max_bits_per_second.into()),
            ("scaleResolutionDownBy", encoding.scale_down_by.into()),
        ]);
        set(&init, "sendEncodings", array_of(&encoding));
    }
    let medium = if kind.is_video() { "video" } else { "audio" };
    let made: RtcRtpTransceiver =
        call(peer, "addTransceiver", [&medium.into(), &init])?.unchecked_into();
    // Only before it is negotiated: Firefox makes offers that Chromium refuses otherwise.
    if kind.is_video() {
        prefer_first_codec(&made);
    }
    Ok(Some(made))
}

fn replace(transceiver: &RtcRtpTransceiver, track: Option<&MediaStreamTrack>) -> Option<JsValue> {
    let sender = transceiver.sender();
    let now = sender.track().map(|track| track.id());
    if now == track.map(MediaStreamTrack::id) {
        return None;
    }
    Some(sender.replace_track(track).unchecked_into())
}

/// Offers the preferred codec first. The others stay, because Firefox goes on describing the feedback
/// for those that are left out, and Chromium refuses such an offer. A browser that does not know of
/// preferences keeps its own.
fn prefer_first_codec(video: &RtcRtpTransceiver) {
    let receiver = get(&js_sys::global(), "RTCRtpReceiver");
    let Ok(capabilities) = call(&receiver, "getCapabilities", [&"video".into()]) else {
        return;
    };
    let Ok(codecs) = get(&capabilities, "codecs").dyn_into::<Array>() else {
        return;
    };
    let is_first =
        |codec: &JsValue| text(codec, "mimeType").as_deref() == Some(PREFERRED_VIDEO_CODEC);
    let (mut ordered, others): (Vec<JsValue>, Vec<JsValue>) = codecs.iter().partition(is_first);
    if ordered.is_empty() {
        return;
    }
    ordered.extend(others);
    let ordered: Array = ordered.into_iter().collect();
    let _ = call(video, "setCodecPreferences", [&ordered]);
}
