//! Microphone, camera and screen: opening, closing, and the local tracks.

mod constraints;
mod list;
mod permissions;
mod tracks;

use std::rc::Rc;

use browser::js::{Listener, call, call_async, error_name, get, set, settled, text, warn};
use call::{
    CameraRequest, Event, MediaError, MediaEvent, MicrophoneRequest, RequestId, ScreenContent,
};
use js_sys::Object;
use protocol::TrackKind;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MediaDevices, MediaStream, MediaStreamTrack};

use self::constraints::Chosen;
use self::list::media_devices;
pub(super) use self::tracks::LocalTracks;
use super::sink::Sink;

/// The devices of this computer.
pub(super) struct Devices {
    sink: Sink,
    tracks: Rc<LocalTracks>,
    /// Says when one was plugged in or out.
    _on_change: Option<Listener>,
}

impl Devices {
    pub(super) fn new(sink: Sink, tracks: Rc<LocalTracks>) -> Self {
        let on_change = media_devices().map(|devices| {
            let sink = sink.clone();
            Listener::new(&devices, "devicechange", move |_| list::tell(&sink))
        });
        Self {
            sink,
            tracks,
            _on_change: on_change,
        }
    }

    /// Answered with [`MediaEvent::Devices`].
    pub(super) fn list(&self) {
        list::tell(&self.sink);
    }

    /// Answered with [`MediaEvent::Opened`] or [`MediaEvent::OpenFailed`].
    pub(super) fn open(
        &self,
        request: RequestId,
        microphone: Option<MicrophoneRequest>,
        camera: Option<CameraRequest>,
    ) {
        let sink = self.sink.clone();
        let tracks = Rc::clone(&self.tracks);
        spawn_local(async move {
            let result = open(&tracks, microphone.as_ref(), camera.as_ref()).await;
            sink.event(Event::Media(match result {
                Ok(opened) => MediaEvent::Opened {
                    request,
                    microphone: opened.microphone,
                    camera: opened.camera,
                    faces_away: opened.faces_away,
                },
                Err(error) => MediaEvent::OpenFailed {
                    request,
                    error,
                    allowed: permissions::allowed(error).await,
                },
            }));
            tracks.tell_silenced();
        });
    }

    /// Answered with [`MediaEvent::ScreenOpened`] or [`MediaEvent::ScreenFailed`]. The browser
    /// wants the person's click still to be going on.
    pub(super) fn open_screen(&self, request: RequestId) {
        let asked = media_devices().map(|devices| {
            let supported = call(&devices, "getSupportedConstraints", []).unwrap_or_default();
            let leaves_own_sound_out = get(&supported, "restrictOwnAudio").is_truthy();
            let screen = constraints::screen(leaves_own_sound_out);
            call(&devices, "getDisplayMedia", [&screen])
        });
        let sink = self.sink.clone();
        let tracks = Rc::clone(&self.tracks);
        spawn_local(async move {
            let result = match asked {
                None => Err(MediaError::Insecure),
                Some(Err(error)) => Err(screen_error(&error)),
                Some(Ok(promise)) => settled(promise).await.map_err(|error| screen_error(&error)),
            };
            sink.event(Event::Media(
                match result.map(|stream| take_screen(&tracks, stream.unchecked_ref())) {
                    Ok(Some(sound)) => MediaEvent::ScreenOpened { request, sound },
                    Ok(None) => MediaEvent::ScreenFailed {
                        request,
                        error: MediaError::Missing,
                    },
                    Err(error) => MediaEvent::ScreenFailed { request, error },
                },
            ));
        });
    }
}

impl Devices {
    /// Tells the browser what the shared screen shows, which decides what it keeps where there is
    /// too little room for all.
    pub(super) fn set_screen_content(&self, content: ScreenContent) {
        let Some(track) = self.tracks.track(TrackKind::Screen) else {
            return;
        };
        track_hint(
            &track,
            match content {
                ScreenContent::Text => "text",
                ScreenContent::Motion => "motion",
            },
        );
        let limits = constraints::screen_picture(content);
        spawn_local(async move {
            if let Err(error) = call_async(&track, "applyConstraints", [&limits]).await {
                warn("applyConstraints", &error);
            }
        });
    }
}

/// The ids of the devices that were opened, and whether the camera looks away from the person.
struct Opened {
    microphone: Option<String>,
    camera: Option<String>,
    faces_away: bool,
}

async fn open(
    tracks: &LocalTracks,
    microphone: Option<&MicrophoneRequest>,
    camera: Option<&CameraRequest>,
) -> Result<Opened, MediaError> {
    let devices = media_devices().ok_or(MediaError::Insecure)?;
    let ask = async |chosen| {
        get_user_media(&devices, &constraints::user(microphone, camera, chosen)).await
    };
    let forbidden = || {
        microphone.is_some() && permissions::is_forbidden("microphone")
            || camera.is_some() && permissions::is_forbidden("camera")
    };
    let stream = match ask(Chosen::Only).await {
        // The chosen one is gone.
        Err(MediaError::Gone) => ask(Chosen::Rather).await?,
        Err(MediaError::Denied) if forbidden() => return Err(MediaError::Forbidden),
        first => first?,
    };
    let take = |kind, hint: &str| {
        let track = first(&stream, kind)?;
        track_hint(&track, hint);
        let settings = call(&track, "getSettings", []).unwrap_or_default();
        let id = text(&settings, "deviceId").unwrap_or_default();
        let facing = text(&settings, "facingMode");
        tracks.put(kind, track);
        Some((id, facing))
    };
    let microphone = microphone.and_then(|microphone| {
        let hint = if microphone.music { "music" } else { "speech" };
        take(TrackKind::Microphone, hint)
    });
    let camera = camera.and_then(|_| take(TrackKind::Camera, "motion"));
    let (camera, facing) = camera.unzip();
    Ok(Opened {
        microphone: microphone.map(|(id, _)| id),
        camera,
        faces_away: facing.flatten().as_deref() == Some("environment"),
    })
}

async fn get_user_media(
    devices: &MediaDevices,
    constraints: &Object,
) -> Result<MediaStream, MediaError> {
    call_async(devices, "getUserMedia", [constraints])
        .await
        .map(JsCast::unchecked_into)
        .map_err(|error| media_error(&error))
}

fn first(stream: &MediaStream, kind: TrackKind) -> Option<MediaStreamTrack> {
    let tracks = match kind.is_video() {
        true => stream.get_video_tracks(),
        false => stream.get_audio_tracks(),
    };
    tracks.get(0).dyn_into().ok()
}

/// Takes the tracks of a shared screen: whether there is sound, or none if there is no picture.
fn take_screen(tracks: &LocalTracks, stream: &MediaStream) -> Option<bool> {
    let picture = first(stream, TrackKind::Screen)?;
    let sound = first(stream, TrackKind::ScreenSound);
    let has_sound = sound.is_some();
    if let Some(sound) = sound {
        track_hint(&sound, "music");
        tracks.put(TrackKind::ScreenSound, sound);
    }
    tracks.put(TrackKind::Screen, picture);
    Some(has_sound)
}

/// What the encoder should keep when there is too little room.
fn track_hint(track: &MediaStreamTrack, hint: &str) {
    set(track, "contentHint", hint);
}

/// What an error of getDisplayMedia means. [`MediaError::Denied`] is only for a person who closed
/// the browser's question. When the browser or the system refuses, the error has the same name, but
/// its message says so.
fn screen_error(error: &JsValue) -> MediaError {
    let message = text(error, "message").unwrap_or_default();
    let of_system = ["system", "policy"]
        .iter()
        .any(|word| message.contains(word));
    match media_error(error) {
        MediaError::Denied if of_system => MediaError::Other,
        error => error,
    }
}

/// By the names of getUserMedia and getDisplayMedia (W3C Media Capture and Streams).
fn media_error(error: &JsValue) -> MediaError {
    match error_name(error).as_str() {
        "NotAllowedError" | "SecurityError" | "PermissionDeniedError" => MediaError::Denied,
        "NotFoundError" | "DevicesNotFoundError" => MediaError::Missing,
        "NotReadableError" | "TrackStartError" => MediaError::Busy,
        "OverconstrainedError" => MediaError::Gone,
        _ => MediaError::Other,
    }
}
