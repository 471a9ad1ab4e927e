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

/// For getUserMedia. Everything is a wish: any device is better than none.
pub(super) fn user(
    microphone: Option<&MicrophoneRequest>,
    camera: Option<&CameraRequest>,
) -> Object {
    let constraints = Object::new();
    if let Some(microphone) = microphone {
        let processed = JsValue::from(!microphone.music);
        let audio = object([
            ("echoCancellation", processed.clone()),
            ("noiseSuppression", processed.clone()),
            ("autoGainControl", processed),
        ]);
        prefer_device(&audio, microphone.device_id.as_deref());
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
        prefer_device(&video, camera.device_id.as_deref());
        set(&constraints, "video", video);
    }
    constraints
}

/// For getDisplayMedia: the picture only.
pub(super) fn screen() -> Object {
    let video = object([("frameRate", ideal(SCREEN_FRAMES_PER_SECOND))]);
    object([("video", video.into()), ("audio", false.into())])
}

fn prefer_device(constraints: &Object, device_id: Option<&str>) {
    if let Some(device_id) = device_id {
        set(constraints, "deviceId", ideal(device_id));
    }
}

fn ideal(value: impl Into<JsValue>) -> JsValue {
    object([("ideal", value.into())]).into()
}
