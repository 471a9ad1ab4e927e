//! Small things of the browser that the page needs here and there.

use std::sync::OnceLock;
use std::time::Duration;

use browser::js;
pub use browser::js::get as property;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, HtmlInputElement, Window, js_sys};

pub fn window() -> Window {
    match web_sys::window() {
        Some(window) => window,
        None => unreachable!("a page has one"),
    }
}

pub fn document() -> Document {
    match window().document() {
        Some(document) => document,
        None => unreachable!("a page has one"),
    }
}

/// Runs something after what goes on now.
pub fn soon(run: Box<dyn FnOnce()>) {
    spawn_local(async move { run() });
}

/// The browser's language, such as `de-AT`. On a system without a language, or with one of POSIX
/// such as `C` or `en_US.UTF-8`, some browsers name one that is no language tag. Functions that are
/// given such a name throw, so it becomes a language tag here.
pub fn language() -> String {
    let said = window().navigator().language().unwrap_or_default();
    let tag = said.split(['@', '.']).next().unwrap_or_default();
    let tag = tag.replace('_', "-");
    let intl = property(&js_sys::global(), "Intl");
    if !tag.is_empty() && call_method(&intl, "getCanonicalLocales", [&JsValue::from_str(&tag)]) {
        tag
    } else {
        "en".to_owned()
    }
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

/// All elements within another that this selector finds, in their order.
pub fn all(within: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = within.query_selector_all(selector) else {
        return Vec::new();
    };
    let elements = (0..found.length()).filter_map(|number| found.item(number));
    elements.filter_map(|node| node.dyn_into().ok()).collect()
}

/// Width and height of what is seen of the page, in CSS pixels.
pub fn window_size() -> (f64, f64) {
    let number = |name| property(&window(), name).as_f64().unwrap_or_default();
    (number("innerWidth"), number("innerHeight"))
}

/// The URL of the page's own icon, as index.html has it.
pub fn page_icon() -> String {
    let icon = || attribute_of(ICON, "href");
    PLAIN_ICON.get_or_init(icon).clone()
}

/// The URL of the same icon with a mark on it.
pub fn marked_icon() -> String {
    attribute_of("meta[name=marked-icon]", "content")
}

/// Changes the icon that the browser shows for the page.
pub fn set_page_icon(url: &str) {
    if let Some(icon) = find::<Element>(ICON)
        && icon.get_attribute("href").as_deref() != Some(url)
    {
        let _ = icon.set_attribute("href", url);
    }
}

const ICON: &str = "link[rel=icon]";
/// Kept from the first time that it was asked for, because the browser's icon changes later.
static PLAIN_ICON: OnceLock<String> = OnceLock::new();

fn attribute_of(selector: &str, name: &str) -> String {
    let found = find::<Element>(selector);
    found
        .and_then(|it| it.get_attribute(name))
        .unwrap_or_default()
}

/// Focuses what this selector finds first. The page does not scroll.
pub fn focus(selector: &str) {
    if let Some(element) = find::<HtmlElement>(selector) {
        let options = js::object([("preventScroll", JsValue::TRUE)]);
        call_method(&element, "focus", [&options]);
    }
}

/// Focuses the panel that is open, or else the screen.
pub fn focus_on_screen() {
    let panel = "dialog[open] button";
    let there = find::<HtmlElement>(panel).is_some();
    focus(if there { panel } else { "main" });
}

/// Whether nothing has the focus.
pub fn focus_is_lost() -> bool {
    let element = document().active_element();
    element.is_none_or(|element| element.tag_name() == "BODY")
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

/// Calls a method that web-sys lacks or not every browser has. False if it is not there or fails.
pub fn call_method<const N: usize>(object: &JsValue, name: &str, arguments: [&JsValue; N]) -> bool {
    went(js::call(object, name, arguments))
}

fn went(result: Result<JsValue, JsValue>) -> bool {
    let Ok(result) = result else { return false };
    // A promise that fails does so for the person's or the browser's own reasons.
    if let Ok(promise) = result.dyn_into::<js_sys::Promise>() {
        spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
    true
}

/// Puts text on the clipboard; `done` hears whether it is there.
pub fn copy(text: &str, done: impl Fn(bool) + 'static) {
    let text = text.to_owned();
    spawn_local(async move { done(browser::copy(&text).await) });
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

/// When an event is heard, of those who hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before everything on the page.
    Capture,
    /// After it.
    Bubble,
}

/// Hears an event of the whole page, until it is dropped.
pub fn hear(name: &'static str, phase: Phase, run: impl FnMut(Event) + 'static) -> Heard {
    let run = Closure::<dyn FnMut(Event)>::new(run);
    let function = run.as_ref().unchecked_ref();
    let capture = phase == Phase::Capture;
    let _ = window().add_event_listener_with_callback_and_bool(name, function, capture);
    Heard { name, capture, run }
}

/// See [`hear`].
pub struct Heard {
    name: &'static str,
    capture: bool,
    run: Closure<dyn FnMut(Event)>,
}

impl Drop for Heard {
    fn drop(&mut self) {
        let (name, function) = (self.name, self.run.as_ref().unchecked_ref());
        let _ = window().remove_event_listener_with_callback_and_bool(name, function, self.capture);
    }
}

/// Runs something later, unless it is dropped before.
pub struct Timer {
    handle: Option<i32>,
    /// What the browser calls.
    _run: Closure<dyn FnMut()>,
}

impl Timer {
    /// Once.
    pub fn after(wait: Duration, run: impl FnMut() + 'static) -> Self {
        Self::new(run, |run| {
            window().set_timeout_with_callback_and_timeout_and_arguments_0(run, milliseconds(wait))
        })
    }

    /// Again and again.
    pub fn every(period: Duration, run: impl FnMut() + 'static) -> Self {
        Self::new(run, |run| {
            let period = milliseconds(period);
            window().set_interval_with_callback_and_timeout_and_arguments_0(run, period)
        })
    }

    fn new(
        run: impl FnMut() + 'static,
        start: impl FnOnce(&js_sys::Function) -> Result<i32, JsValue>,
    ) -> Self {
        let run = Closure::<dyn FnMut()>::new(run);
        Self {
            handle: start(run.as_ref().unchecked_ref()).ok(),
            _run: run,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.handle {
            // It clears either kind (HTML, section 8.7).
            window().clear_timeout_with_handle(handle);
        }
    }
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
