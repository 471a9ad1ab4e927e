//! What happens when this program itself fails.

use std::panic;

use wasm_bindgen::JsValue;

/// Neither the view nor the texts can be relied on any more.
const SENTENCE: &str = "This page has stopped working. Reload it to go on.";

/// From now on a panic is told to the console and, in one sentence, to the person: after it
/// nothing of this program runs any more.
pub(super) fn tell_of_panics() {
    panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        if tell_person().is_none() {
            web_sys::console::error_1(&JsValue::from_str(SENTENCE));
        }
    }));
}

/// In the place where index.html tells of a page that could not start.
fn tell_person() -> Option<()> {
    let document = web_sys::window()?.document()?;
    document
        .document_element()?
        .set_attribute("data-boot", "failed")
        .ok()?;
    let place = document.create_element("div").ok()?;
    place.set_id("shell");
    let sentence = document.create_element("p").ok()?;
    sentence.set_class_name("failed");
    sentence.set_attribute("role", "alert").ok()?;
    sentence.set_text_content(Some(SENTENCE));
    place.append_child(&sentence).ok()?;
    let body = document.body()?;
    body.set_text_content(None);
    body.append_child(&place).ok()?;
    Some(())
}
