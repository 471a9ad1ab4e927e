//! What is asked of the devices.

use call::{CameraRequest, MicrophoneRequest};
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::shell::js::{object, set};

const CAMERA_WIDTH: u32 = 1280;
const CAMERA_HEIGHT: u32 = 720;
const CAMERA_FRAMES_PER_SECOND: u32 = 30;
/// Text stays sharp; a film shown this way still moves.
const SCREEN_FRAMES_PER_SECOND: u32 = 30;

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

/// For getDisplayMedia: the picture only.
pub(super) fn screen() -> Object {
    let video = object([("frameRate", ideal(SCREEN_FRAMES_PER_SECOND))]);
    object([("video", video.into()), ("audio", false.into())])
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
