//! The one audio and one video transceiver of a connection, and what they carry.

use std::cell::RefCell;

use call::{Direction, Level};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    MediaStreamTrack, RtcPeerConnection, RtcRtpSender, RtcRtpTransceiver,
    RtcRtpTransceiverDirection,
};

use super::pictures::Pictures;
use crate::shell::devices::LocalTracks;
use crate::shell::js::{array_of, call, call_async, get, number, object, set, settled, text};
use crate::shell::levels;

/// What one picture may take: good 720p of VP8, and within what a home's upload carries.
const VIDEO_BITS_PER_SECOND: u32 = 2_500_000;
/// A picture that begins is a quarter as wide and high as the camera's. That is what Chromium comes
/// to for 720p, after having thrown the first frames away; in Firefox they would be on the way for
/// longer than the rest of a call's set-up takes.
const SMALL: f64 = 4.0;
/// The codec that every browser has and most prefer; Safari would offer H.264 first.
const FIRST_VIDEO_CODEC: &str = "video/VP8";
/// A remote sound that was last played longer ago than this is silence, in milliseconds.
const STALE_LEVEL_MS: f64 = 500.0;

/// The transceivers in use.
#[derive(Default)]
pub(super) struct Transceivers {
    audio: RefCell<Option<RtcRtpTransceiver>>,
    video: RefCell<Option<RtcRtpTransceiver>>,
    pictures: Pictures,
}

impl Transceivers {
    /// Sees that there is one of each kind with this direction, carrying the local track.
    pub(super) async fn set(
        &self,
        peer: &RtcPeerConnection,
        audio: Direction,
        video: Direction,
        tracks: &LocalTracks,
    ) -> Result<(), JsValue> {
        // All in one turn, before the first await.
        let audio = ensure(peer, "audio", audio, tracks)?;
        let video = ensure(peer, "video", video, tracks)?;
        prefer_first_codec(&video);
        begin_small(video.sender());
        *self.audio.borrow_mut() = Some(audio);
        *self.video.borrow_mut() = Some(video);
        self.replace_tracks(tracks).await
    }

    /// Puts the local tracks that there are now (or none) into the senders.
    pub(super) async fn replace_tracks(&self, tracks: &LocalTracks) -> Result<(), JsValue> {
        let audio = replace(&self.audio, tracks.audio().as_ref());
        let video = replace(&self.video, tracks.video().as_ref());
        for promise in [audio, video].into_iter().flatten() {
            settled(promise).await?;
        }
        Ok(())
    }

    /// The own picture goes out in its full size.
    pub(super) fn send_full_size(&self) {
        if let Some(video) = self.video.borrow().as_ref() {
            encode(video.sender(), |encodings| {
                for encoding in encodings.iter() {
                    set(&encoding, "scaleResolutionDownBy", 1.0);
                }
                true
            });
        }
    }

    /// Sends no pictures for now.
    pub(super) fn pause_video(&self) {
        if let Some(video) = self.video.borrow().as_ref() {
            self.pictures.pause(video.sender());
        }
    }

    /// Sends pictures, beginning with a whole one.
    pub(super) fn refresh_video(&self) {
        if let Some(video) = self.video.borrow().as_ref() {
            self.pictures.refresh(video.sender());
        }
    }

    /// How loud the other person's sound is that is played now; none if none ever came.
    pub(super) fn audio_level(&self) -> Option<Level> {
        let receiver = self.audio.borrow().as_ref()?.receiver();
        let sources = call(&receiver, "getSynchronizationSources", []).ok()?;
        let source = sources.dyn_into::<Array>().ok()?.get(0);
        let age_ms = js_sys::Date::now() - absolute_ms(number(&source, "timestamp")?);
        let level = number(&source, "audioLevel").filter(|_| age_ms < STALE_LEVEL_MS);
        Some(levels::even(level.unwrap_or_default()))
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
/// that was made before, else a new one.
fn ensure(
    peer: &RtcPeerConnection,
    kind: &str,
    direction: Direction,
    tracks: &LocalTracks,
) -> Result<RtcRtpTransceiver, JsValue> {
    let direction = match direction {
        Direction::SendRecv => RtcRtpTransceiverDirection::Sendrecv,
        Direction::RecvOnly => RtcRtpTransceiverDirection::Recvonly,
    };
    let mut of_kind: Vec<RtcRtpTransceiver> = peer
        .get_transceivers()
        .iter()
        .map(JsCast::unchecked_into::<RtcRtpTransceiver>)
        .filter(|transceiver| transceiver.receiver().track().kind() == kind)
        .filter(|transceiver| text(transceiver, "currentDirection").as_deref() != Some("stopped"))
        .collect();
    // A remote offer does not take up what addTransceiver has made (RFC 9429, section 5.10): after
    // a rollback both are there, and the one without a mid is left over.
    let has_mid = |transceiver: &RtcRtpTransceiver| transceiver.mid().is_some();
    let used = of_kind.iter().position(has_mid).unwrap_or_default();
    if used < of_kind.len() {
        let transceiver = of_kind.swap_remove(used);
        for left_over in of_kind.iter().filter(|transceiver| !has_mid(transceiver)) {
            left_over.stop();
        }
        transceiver.set_direction(direction);
        if let Some(stream) = tracks.outgoing() {
            // Both in one stream, so that the other browser keeps lips and voice together.
            let _ = call(&transceiver.sender(), "setStreams", [stream]);
        }
        return Ok(transceiver);
    }
    let init = object([("direction", JsValue::from(direction))]);
    if let Some(stream) = tracks.outgoing() {
        set(&init, "streams", array_of(stream));
    }
    if kind == "video" {
        let encoding = object([
            ("maxBitrate", VIDEO_BITS_PER_SECOND.into()),
            ("scaleResolutionDownBy", SMALL.into()),
        ]);
        set(&init, "sendEncodings", array_of(&encoding));
    }
    Ok(call(peer, "addTransceiver", [&kind.into(), &init])?.unchecked_into())
}

fn replace(
    transceiver: &RefCell<Option<RtcRtpTransceiver>>,
    track: Option<&MediaStreamTrack>,
) -> Option<JsValue> {
    let sender = transceiver.borrow().as_ref()?.sender();
    let now = sender.track().map(|track| track.id());
    if now == track.map(MediaStreamTrack::id) {
        return None;
    }
    Some(sender.replace_track(track).unchecked_into())
}

/// A browser that does not know of preferences keeps its own.
fn prefer_first_codec(video: &RtcRtpTransceiver) {
    let receiver = get(&js_sys::global(), "RTCRtpReceiver");
    let Ok(capabilities) = call(&receiver, "getCapabilities", [&"video".into()]) else {
        return;
    };
    let Ok(codecs) = get(&capabilities, "codecs").dyn_into::<Array>() else {
        return;
    };
    let is_first = |codec: &JsValue| text(codec, "mimeType").as_deref() == Some(FIRST_VIDEO_CODEC);
    let (mut ordered, others): (Vec<JsValue>, Vec<JsValue>) = codecs.iter().partition(is_first);
    if ordered.is_empty() {
        return;
    }
    ordered.extend(others);
    let ordered: Array = ordered.into_iter().collect();
    let _ = call(video, "setCodecPreferences", [&ordered]);
}

/// For a transceiver that the remote offer has made. Nothing waits for it: without it the first
/// picture is only larger, and later, than need be.
fn begin_small(sender: RtcRtpSender) {
    let begun = |encoding: &JsValue| number(encoding, "maxBitrate").is_some();
    encode(sender, |encodings| {
        if encodings.iter().all(|encoding| begun(&encoding)) {
            return false;
        }
        for encoding in encodings.iter() {
            set(&encoding, "maxBitrate", VIDEO_BITS_PER_SECOND);
            set(&encoding, "scaleResolutionDownBy", SMALL);
        }
        true
    });
}

/// Sets the sender's encodings to what `change` makes of them, if it changes anything.
fn encode(sender: RtcRtpSender, change: impl FnOnce(&Array) -> bool) {
    let Ok(parameters) = call(&sender, "getParameters", []) else {
        return;
    };
    let Ok(encodings) = get(&parameters, "encodings").dyn_into::<Array>() else {
        return;
    };
    if change(&encodings) {
        spawn_local(async move {
            let _ = call_async(&sender, "setParameters", [&parameters]).await;
        });
    }
}
