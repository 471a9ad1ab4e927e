//! What is asked of the devices.

use browser::js::{object, set};
use call::{CameraRequest, MicrophoneRequest, ScreenContent};
use js_sys::Object;
use wasm_bindgen::JsValue;

const CAMERA_WIDTH: u32 = 1280;
const CAMERA_HEIGHT: u32 = 720;
const CAMERA_FRAMES_PER_SECOND: u32 = 30;

/// Of a shared screen: its width and height in pixels.
const LARGEST: (u32, u32) = (3840, 2160);
const MOST_FRAMES_PER_SECOND: u32 = 30;

/// How much a chosen device matters. Chromium passes over a mere wish for one of several.
#[derive(Clone, Copy)]
pub(super) enum Chosen {
    /// That device or none.
    Only,
    /// Any device is better than none.
    Rather,
}

/// For getUserMedia.
pub(super) fn user(
    microphone: Option<&MicrophoneRequest>,
    camera: Option<&CameraRequest>,
    chosen: Chosen,
) -> Object {
    let constraints = Object::new();
    if let Some(microphone) = microphone {
        let processed = JsValue::from(!microphone.music);
        let audio = object([
            ("echoCancellation", processed.clone()),
            ("noiseSuppression", processed.clone()),
            ("autoGainControl", processed),
        ]);
        set_device(&audio, microphone.device_id.as_deref(), chosen);
        set(&constraints, "audio", audio);
    }
    if let Some(camera) = camera {
        let video = object([
            ("width", ideal(CAMERA_WIDTH)),
            ("height", ideal(CAMERA_HEIGHT)),
            ("frameRate", ideal(CAMERA_FRAMES_PER_SECOND)),
        ]);
        if camera.device_id.is_none() {
            set(&video, "facingMode", ideal("user"));
        }
        set_device(&video, camera.device_id.as_deref(), chosen);
        set(&constraints, "video", video);
    }
    constraints
}

/// For getDisplayMedia: the picture, and what is heard there. The call itself is not to be heard by
/// those in it a second time, so a browser that cannot leave the page's own sound out gives the sound
/// of a tab, and not that of the whole system.
pub(super) fn screen(leaves_own_sound_out: bool) -> Object {
    let off = || JsValue::from(false);
    let audio = object([
        ("echoCancellation", off()),
        ("noiseSuppression", off()),
        ("autoGainControl", off()),
        ("restrictOwnAudio", JsValue::from(true)),
    ]);
    let system = if leaves_own_sound_out {
        "include"
    } else {
        "exclude"
    };
    object([
        // What is shown decides which of these is kept, and is not known yet.
        ("video", picture_of(LARGEST, MOST_FRAMES_PER_SECOND).into()),
        ("audio", audio.into()),
        ("systemAudio", system.into()),
        // A page that shares itself shows itself over and over.
        ("selfBrowserSurface", "exclude".into()),
        ("surfaceSwitching", "include".into()),
    ])
}

/// How large the picture of a shared screen is, and how often it changes.
pub(super) fn screen_picture(content: ScreenContent) -> Object {
    match content {
        ScreenContent::Text => picture_of(LARGEST, 5),
        ScreenContent::Motion => picture_of((1920, 1080), MOST_FRAMES_PER_SECOND),
    }
}

fn picture_of((width, height): (u32, u32), frames_per_second: u32) -> Object {
    object([
        ("width", at_most(width)),
        ("height", at_most(height)),
        ("frameRate", at_most(frames_per_second)),
    ])
}

fn at_most(value: u32) -> JsValue {
    object([("max", value.into())]).into()
}

fn set_device(constraints: &Object, device_id: Option<&str>, chosen: Chosen) {
    if let Some(device_id) = device_id {
        let device = match chosen {
            Chosen::Only => object([("exact", JsValue::from(device_id))]).into(),
            Chosen::Rather => ideal(device_id),
        };
        set(constraints, "deviceId", device);
    }
}

fn ideal(value: impl Into<JsValue>) -> JsValue {
    object([("ideal", value.into())]).into()
}
