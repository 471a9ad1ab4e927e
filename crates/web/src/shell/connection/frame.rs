//! A frame of the page, for a connection that is to see the network as it is now.
//!
//! Each window of a browser asks the device for its network addresses when it makes its first
//! connection, and is told of changes later: Chromium does so after seconds.

use browser::js::{array_of, get};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, RtcPeerConnection};

/// An empty frame that nobody sees; taken out of the page when it is dropped.
pub(super) struct Frame(HtmlElement);

impl Frame {
    pub(super) fn open() -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let frame: HtmlElement = document.create_element("iframe").ok()?.unchecked_into();
        frame.set_hidden(true);
        document.body()?.append_child(&frame).ok()?;
        Some(Self(frame))
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// A connection of the frame's window, or of the page's.
pub(super) fn construct(
    frame: Option<&Frame>,
    configuration: &Object,
) -> Result<RtcPeerConnection, JsValue> {
    let window = frame.map(|it| get(&it.0, "contentWindow"));
    let window = window.unwrap_or_else(|| js_sys::global().into());
    let class: Function = get(&window, "RTCPeerConnection").dyn_into()?;
    Ok(Reflect::construct(&class, &array_of(configuration))?.unchecked_into())
}
