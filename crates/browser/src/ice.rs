//! What is given to peer connections.

use js_sys::{Array, Object};
use protocol::IceServer;
use wasm_bindgen::JsValue;

use crate::js::{object, set};

/// As `RTCIceServer`.
pub fn ice_server(server: &IceServer) -> Object {
    let urls: Array = server.urls.iter().map(JsValue::from).collect();
    let entry = object([("urls", urls.into())]);
    if let Some(username) = &server.username {
        set(&entry, "username", username);
    }
    if let Some(credential) = &server.credential {
        set(&entry, "credential", credential);
    }
    entry
}
