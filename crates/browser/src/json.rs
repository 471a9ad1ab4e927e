//! JSON in the page. The browser's `JSON.parse` reads the text, and the types of `protocol`, which the
//! server uses too, are made from the value that it gives.

use js_sys::{Array, JSON, Object};
use protocol::{ServerMessage, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// A value that is nested deeper than this cannot be read. No type of the protocol is nested so deep.
const DEEPEST: u32 = 16;
/// `Number.MAX_SAFE_INTEGER`: JavaScript keeps whole numbers up to here.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// Reads a text; none if it is no JSON or not of this shape.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    parse(text)?.read()
}

/// Reads a message of the server; none if the text is not one.
pub fn read_message(text: &str) -> Option<ServerMessage> {
    ServerMessage::of_value(parse(text)?)
}

/// Writes a value; none if JSON cannot express it, such as a map whose keys are not strings.
pub fn write(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn parse(text: &str) -> Option<Value> {
    Some(value(&JSON::parse(text).ok()?, DEEPEST))
}

fn value(parsed: &JsValue, depth: u32) -> Value {
    if let Some(text) = parsed.as_string() {
        return Value::Text(text);
    }
    if let Some(number) = parsed.as_f64() {
        let is_ours = number.fract() == 0.0 && (0.0..=LARGEST).contains(&number);
        return if is_ours {
            Value::Number(number as u64)
        } else {
            Value::OtherNumber
        };
    }
    if let Some(bool) = parsed.as_bool() {
        return Value::Bool(bool);
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if Array::is_array(parsed) {
        let list = Array::from(parsed);
        return Value::List(list.iter().map(|it| value(&it, depth)).collect());
    }
    if !parsed.is_object() {
        return Value::Null;
    }
    let entries = Object::entries(parsed.unchecked_ref());
    let fields = entries.iter().map(|entry| {
        let entry = Array::from(&entry);
        let name = entry.get(0).as_string().unwrap_or_default();
        (name, value(&entry.get(1), depth))
    });
    Value::Object(fields.collect())
}
