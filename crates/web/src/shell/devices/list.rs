//! Which devices there are.

use browser::js::{call_async, text};
use call::{Device, DeviceKind, Event, MediaEvent};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaDevices;

use crate::shell::sink::Sink;

/// Chromium lists the device for telephony once more under this id.
const SECOND_DEFAULT: &str = "communications";

/// None where the page did not come by a secure way.
pub(super) fn media_devices() -> Option<MediaDevices> {
    let devices = web_sys::window()?.navigator().media_devices().ok()?;
    (!devices.is_undefined()).then_some(devices)
}

/// Asks the browser and tells the engine. Without devices to ask for, there are none.
pub(super) fn tell(sink: &Sink) {
    let sink = sink.clone();
    spawn_local(async move {
        let listed = match media_devices() {
            Some(devices) => call_async(&devices, "enumerateDevices", []).await,
            None => Ok(JsValue::UNDEFINED),
        };
        let all = listed
            .ok()
            .and_then(|listed| listed.dyn_into::<Array>().ok())
            .map(|listed| listed.iter().filter_map(|entry| device(&entry)).collect());
        sink.event(Event::Media(MediaEvent::Devices(all.unwrap_or_default())));
    });
}

fn device(entry: &JsValue) -> Option<Device> {
    let kind = match text(entry, "kind")?.as_str() {
        "audioinput" => DeviceKind::Microphone,
        "videoinput" => DeviceKind::Camera,
        "audiooutput" => DeviceKind::Speaker,
        _ => return None,
    };
    let id = text(entry, "deviceId").filter(|id| id != SECOND_DEFAULT)?;
    let label = text(entry, "label").unwrap_or_default();
    Some(Device { kind, id, label })
}
