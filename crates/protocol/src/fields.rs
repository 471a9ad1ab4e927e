//! Reads a message in two steps: first all of its fields, whatever they are, then each into its
//! place.
//!
//! What serde derives for an enum with a tag has code of its own for every variant and for every
//! kind of value that a field could hold. In the page, where each byte is loaded by everyone, that
//! was a tenth of the program. Here a variant is a few calls of [`Fields::take`].

use std::fmt;

use serde::Deserialize;
use serde::de::value::{
    MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer,
};
use serde::de::{
    self, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// The fields of an object that were not taken yet.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, Value)>);

/// A field is missing or of another shape than it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongShape;

impl fmt::Display for WrongShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field is missing or of another shape than it should be")
    }
}

impl std::error::Error for WrongShape {}

impl de::Error for WrongShape {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl FromIterator<(String, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Fields {
    /// Reads all fields of an object.
    pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(fields) => Ok(fields),
            _ => Err(de::Error::custom("a message is an object")),
        }
    }

    /// The field of this name. One that is not there can only be an `Option`.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, WrongShape> {
        T::deserialize(self.value(name))
    }

    fn value(&mut self, name: &str) -> Value {
        let at = self.0.iter().position(|(other, _)| other == name);
        at.map_or(Value::Missing, |at| self.0.swap_remove(at).1)
    }

    /// All fields that are left, as one value.
    pub(crate) fn rest<T: DeserializeOwned>(self) -> Result<T, WrongShape> {
        T::deserialize(Value::Object(self))
    }
}

/// A JSON value that something else has parsed, such as the browser.
#[derive(Debug)]
pub enum Value {
    /// The field is not there.
    Missing,
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    Object(Fields),
    /// A number that no field of the protocol has: negative, too large or with a fraction.
    OtherNumber,
}

impl Value {
    /// Makes a `T` from the JSON value; none if the value has another shape.
    pub fn read<T: DeserializeOwned>(self) -> Option<T> {
        T::deserialize(self).ok()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(u64::try_from(value).map_or(Value::OtherNumber, Value::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = access.next_entry()? {
            fields.push(field);
        }
        Ok(Value::Object(Fields(fields)))
    }
}

/// Gives a visitor the one kind of value that it asks for. To offer each visitor every kind, as
/// `deserialize_any` does, is code for each of them.
macro_rules! only {
    ($($method:ident)+: $pattern:pat => $visitor:ident, $visit:expr) => {$(
        fn $method<V: Visitor<'de>>(self, $visitor: V) -> Result<V::Value, WrongShape> {
            match self {
                $pattern => $visit,
                _ => Err(WrongShape),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Value {
    type Error = WrongShape;

    only!(deserialize_bool: Self::Bool(it) => visitor, visitor.visit_bool(it));
    only!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64:
        Self::Number(it) => visitor, visitor.visit_u64(it));
    only!(deserialize_str deserialize_string deserialize_identifier:
        Self::Text(it) => visitor, visitor.visit_string(it));
    only!(deserialize_seq: Self::List(it) => visitor,
        visitor.visit_seq(SeqDeserializer::new(it.into_iter())));
    only!(deserialize_map: Self::Object(it) => visitor,
        visitor.visit_map(MapDeserializer::new(it.0.into_iter())));

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        match self {
            Self::Text(it) => visitor.visit_enum(StringDeserializer::new(it)),
            Self::Object(it) => visitor.visit_enum(MapAccessDeserializer::new(
                MapDeserializer::new(it.0.into_iter()),
            )),
            _ => Err(WrongShape),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        match self {
            Self::Missing | Self::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_unit()
    }

    /// No type of the protocol asks for anything else.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, WrongShape> {
        Err(WrongShape)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

impl IntoDeserializer<'_, WrongShape> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Plain,
        With {
            number: u32,
            #[serde(default)]
            more: Vec<String>,
        },
    }

    fn read(text: &str) -> Option<Shape> {
        serde_json::from_str::<Value>(text).unwrap().read()
    }

    #[test]
    fn what_has_been_parsed_is_read_as_any_type() {
        assert_eq!(read("\"plain\""), Some(Shape::Plain));
        let with = |number, more: &[&str]| Shape::With {
            number,
            more: more.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(read(r#"{"with":{"number":7}}"#), Some(with(7, &[])));
        let more = r#"{"with":{"more":["a"],"new":{},"number":1}}"#;
        assert_eq!(read(more), Some(with(1, &["a"])));
        for other in [
            "7",
            "{}",
            "\"other\"",
            r#"{"with":7}"#,
            r#"{"with":{"number":-1}}"#,
            r#"{"with":{"number":4294967296}}"#,
            r#"{"with":{"more":[]}}"#,
            r#"{"plain":{"number":1}}"#,
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
