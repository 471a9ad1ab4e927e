//! Reads and writes JSON with the browser's own parser, which is there already and quicker.

use js_sys::{Array, JSON, Object};
use protocol::json::{FromJson, Json, ToJson};
use wasm_bindgen::{JsCast, JsValue};

use crate::js;

/// Reads a text; none if it is no JSON or not of this shape.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&Parsed(JSON::parse(text).ok()?))
}

/// Writes a value.
pub fn write(value: &impl ToJson) -> Option<String> {
    let Parsed(value) = value.to_json()?;
    JSON::stringify(&value).ok().map(String::from)
}

/// A value of JSON as the browser has it.
struct Parsed(JsValue);

impl Json for Parsed {
    fn is_object(&self) -> bool {
        self.0.is_object() && !Array::is_array(&self.0)
    }

    fn field(&self, name: &str) -> Option<Self> {
        let field = js::get(&self.0, name);
        (!field.is_undefined() && !field.is_null()).then_some(Self(field))
    }

    fn as_text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn as_number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn as_list(&self) -> Option<Vec<Self>> {
        let list = self.0.dyn_ref::<Array>()?;
        Some(list.iter().map(Self).collect())
    }

    fn object() -> Self {
        Self(Object::new().into())
    }

    fn set(&mut self, name: &str, value: Self) {
        js::set(&self.0, name, value.0);
    }

    fn text(text: &str) -> Self {
        Self(text.into())
    }

    fn number(number: f64) -> Self {
        Self(number.into())
    }

    fn flag(flag: bool) -> Self {
        Self(flag.into())
    }

    fn list(values: Vec<Self>) -> Self {
        Self(
            values
                .into_iter()
                .map(|value| value.0)
                .collect::<Array>()
                .into(),
        )
    }
}
