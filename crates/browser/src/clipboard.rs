//! Text for the clipboard.

use wasm_bindgen::JsValue;

use crate::js::{call, call_async, get, set};

/// Puts text on the clipboard: false if the browser does not let the page.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // A page that came by plain HTTP has none.
    let clipboard = get(&get(&window, "navigator"), "clipboard");
    if call_async(&clipboard, "writeText", [&text.into()])
        .await
        .is_ok()
    {
        return true;
    }
    copy_selected(&get(&window, "document"), text).is_ok_and(|copied| copied.is_truthy())
}

/// The old way: what is selected is copied.
fn copy_selected(document: &JsValue, text: &str) -> Result<JsValue, JsValue> {
    let area = call(document, "createElement", [&"textarea".into()])?;
    set(&area, "className", "sr");
    set(&area, "value", text);
    // While a modal dialog is open, nothing outside of it can be selected.
    let dialog = call(document, "querySelector", [&"dialog[open]".into()])?;
    let place = if dialog.is_object() {
        dialog
    } else {
        get(document, "body")
    };
    let focused = get(document, "activeElement");
    call(&place, "append", [&area])?;
    call(&area, "select", [])?;
    let copied = call(document, "execCommand", [&"copy".into()]);
    call(&area, "remove", [])?;
    // It may be an element that takes no focus.
    let _ = call(&focused, "focus", []);
    copied
}
