//! Small tools for what the browser gives: everything may be missing, refuse or throw.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, EventTarget};

/// A property; undefined if it is not there.
pub fn get(target: &JsValue, key: &str) -> JsValue {
    Reflect::get(target, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a string.
pub fn text(target: &JsValue, key: &str) -> Option<String> {
    get(target, key).as_string()
}

/// A property that is a number.
pub fn number(target: &JsValue, key: &str) -> Option<f64> {
    get(target, key).as_f64()
}

/// Sets a property; one that cannot be set stays as it is.
pub fn set(target: &JsValue, key: &str, value: impl Into<JsValue>) {
    let _ = Reflect::set(target, &JsValue::from_str(key), &value.into());
}

/// An object of these properties, as `{a: 1}` in JavaScript.
pub fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in properties {
        set(&object, key, value);
    }
    object
}

/// An array of one.
pub fn array_of(value: &JsValue) -> Array {
    let array = Array::new();
    array.push(value);
    array
}

/// Calls a method that may be missing (a TypeError then) or throw.
pub fn call<const N: usize>(
    target: &JsValue,
    method: &str,
    arguments: [&JsValue; N],
) -> Result<JsValue, JsValue> {
    call_with(target, method, &arguments)
}

fn call_with(target: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = get(target, method)
        .dyn_into()
        .map_err(|_| js_sys::TypeError::new(&[method, " is missing"].concat()))?;
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    Reflect::apply(&function, target, &list)
}

/// The same for a method that returns a promise: its outcome.
pub async fn call_async<const N: usize>(
    target: &JsValue,
    method: &str,
    arguments: [&JsValue; N],
) -> Result<JsValue, JsValue> {
    settled(call(target, method, arguments)?).await
}

/// The outcome of what should be a promise, be it this window's or a frame's.
pub async fn settled(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&value)).await
}

/// The name of a DOMException or Error, such as `NotAllowedError`.
pub fn error_name(error: &JsValue) -> String {
    text(error, "name").unwrap_or_else(|| "Error".to_owned())
}

/// For developers: something went otherwise than it should, and was coped with.
pub fn warn(what: &str, error: &JsValue) {
    web_sys::console::warn_2(&JsValue::from_str(what), error);
}

/// An event handler that is taken off when it is dropped.
#[derive(Debug)]
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listener {
    pub fn new(
        target: &EventTarget,
        event: &'static str,
        handler: impl FnMut(Event) + 'static,
    ) -> Self {
        let handler = Closure::<dyn FnMut(Event)>::new(handler);
        if let Err(error) =
            target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref())
        {
            warn(event, &error);
        }
        Self {
            target: target.clone(),
            event,
            handler,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.event, self.handler.as_ref().unchecked_ref());
    }
}
