//! Copying text to the clipboard.

use wasm_bindgen::JsValue;

use crate::js::{call, call_async, get, set};

/// Puts text on the clipboard. Returns false if the browser does not let the page do so.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // On a page that came by plain HTTP this is undefined.
    let clipboard = get(&get(&window, "navigator"), "clipboard");
    if call_async(&clipboard, "writeText", [&text.into()])
        .await
        .is_ok()
    {
        return true;
    }
    copy_selected(&get(&window, "document"), text).is_ok_and(|copied| copied.is_truthy())
}

/// Puts text on the clipboard in the old way, by copying a selection.
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
    // This fails for an element that takes no focus, which does not matter.
    let _ = call(&focused, "focus", []);
    copied
}
