//! Small things of the browser that the page needs here and there.

use leptos::prelude::*;
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, HtmlInputElement, js_sys};

/// The browser's language, such as `de-AT`.
pub fn language() -> String {
    window().navigator().language().unwrap_or_default()
}

/// Sets an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Fails only for a name that is none.
        let _ = root.set_attribute(name, value);
    }
}

/// The element that this selector finds first.
pub fn find<T: JsCast>(selector: &str) -> Option<T> {
    let found = document().query_selector(selector).ok().flatten();
    found.and_then(|element| element.dyn_into().ok())
}

/// Focuses what this selector finds first.
pub fn focus(selector: &str) {
    if let Some(element) = find::<HtmlElement>(selector) {
        let _ = element.focus();
    }
}

/// What was typed into the input of this id.
pub fn typed(id: &str) -> String {
    let input = document().get_element_by_id(id);
    input
        .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
        .map(|input| input.value())
        .unwrap_or_default()
}

/// Whether a media query holds now.
pub fn matches_media(query: &str) -> bool {
    let list = window().match_media(query).ok().flatten();
    list.is_some_and(|list| list.matches())
}

/// Whether the person asked for less motion.
pub fn still() -> bool {
    matches_media("(prefers-reduced-motion: reduce)")
}

/// A property of any object; undefined if there is none.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Calls a method that web-sys lacks or not every browser has. False if it is not there.
pub fn call_method(object: &JsValue, name: &str, arguments: &[&JsValue]) -> bool {
    let Ok(method) = property(object, name).dyn_into::<js_sys::Function>() else {
        return false;
    };
    let list = js_sys::Array::new();
    for argument in arguments {
        list.push(argument);
    }
    match js_sys::Reflect::apply(&method, object, &list) {
        Ok(result) => {
            // A promise that fails does so for the person's or the browser's own reasons.
            if let Ok(promise) = result.dyn_into::<js_sys::Promise>() {
                leptos::task::spawn_local(async move {
                    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
                });
            }
            true
        }
        Err(_) => false,
    }
}

/// Puts text on the clipboard; `done` hears whether it is there.
pub fn copy(text: &str, done: impl Fn(bool) + 'static) {
    let promise = window().navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        done(wasm_bindgen_futures::JsFuture::from(promise).await.is_ok());
    });
}

/// Reads what the page itself keeps on this device.
pub fn recall(key: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(key).ok().flatten())
}

/// Keeps something small on this device, if the browser allows it.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// A number as CSS and SVG take it.
pub fn number(value: f64) -> String {
    let text = js_sys::Number::from((value * 1000.0).round() / 1000.0).to_string_with_radix(10);
    text.map(String::from).unwrap_or_default()
}

/// Sets a style by CSSOM, which a strict CSP allows.
pub fn set_style(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

/// Hears an event before everything on the page, until it is dropped.
pub fn capture(name: &'static str, run: impl FnMut(Event) + 'static) -> Captured {
    let run = Closure::<dyn FnMut(Event)>::new(run);
    let function = run.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback_and_bool(name, function, true);
    Captured(name, run)
}

/// See [`capture`].
pub struct Captured(&'static str, Closure<dyn FnMut(Event)>);

impl Drop for Captured {
    fn drop(&mut self) {
        let Self(name, run) = self;
        let function = run.as_ref().unchecked_ref();
        let _ = window().remove_event_listener_with_callback_and_bool(name, function, true);
    }
}
