//! The messages without serde say the same as those with it: what one writes or refuses, so does
//! the other. The messages are made up from the schema, so that none is forgotten.

#![cfg(test)]

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use protocol::json::{FromJson as _, Json, ToJson as _};
use protocol::{ClientMessage, ServerMessage};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

/// A value of serde_json stands for that of the browser.
#[derive(Debug, Clone)]
struct Any(Value);

impl Json for Any {
    fn is_object(&self) -> bool {
        self.0.is_object()
    }

    fn field(&self, name: &str) -> Option<Self> {
        let field = self.0.get(name).filter(|field| !field.is_null());
        field.cloned().map(Self)
    }

    fn as_text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn as_number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn as_list(&self) -> Option<Vec<Self>> {
        let list = self.0.as_array()?;
        Some(list.iter().cloned().map(Self).collect())
    }

    fn object() -> Self {
        Self(json!({}))
    }

    fn set(&mut self, name: &str, value: Self) {
        self.0[name] = value.0;
    }

    fn text(text: &str) -> Self {
        Self(text.into())
    }

    fn number(number: f64) -> Self {
        // As JavaScript writes it: whole numbers without a fraction.
        Self(json!(number as u64))
    }

    fn flag(flag: bool) -> Self {
        Self(flag.into())
    }

    fn list(values: Vec<Self>) -> Self {
        Self(values.into_iter().map(|value| value.0).collect())
    }
}

/// Makes up a value of this schema.
fn make_up(schema: &Value, definitions: &Value, rng: &mut TestRng) -> Value {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap();
        return make_up(&definitions[name], definitions, rng);
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        return matching(pattern, rng).into();
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            // Those with fields of their own beside, as an internally tagged error has.
            let chosen = &choices[rng.random_range(0..choices.len())];
            return make_up(chosen, definitions, rng);
        }
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[rng.random_range(0..words.len())].clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => &kinds[rng.random_range(0..kinds.len())],
        kind => kind,
    };
    match kind.as_str().unwrap_or("object") {
        "null" => Value::Null,
        "boolean" => rng.random::<bool>().into(),
        "integer" => {
            let most = schema["maximum"]
                .as_u64()
                .unwrap_or(match schema["format"].as_str() {
                    Some("uint32") => u32::MAX.into(),
                    // The largest that a browser's numbers have exactly.
                    _ => 1 << 53,
                });
            let bits = rng.random_range(0..64);
            ((rng.random::<u64>() >> bits) % (most + 1)).into()
        }
        "string" => {
            let from = [
                'a', 'Z', '9', ' ', '"', '\\', '\n', '\0', '\u{202E}', 'é', '🦀',
            ];
            let text = (0..rng.random_range(0..8)).map(|_| from[rng.random_range(0..from.len())]);
            text.collect::<String>().into()
        }
        "array" => {
            let items =
                (0..rng.random_range(0..4)).map(|_| make_up(&schema["items"], definitions, rng));
            items.collect()
        }
        "object" => {
            let mut object = match schema["$ref"].is_null() {
                true => json!({}),
                false => make_up(&json!({ "$ref": schema["$ref"] }), definitions, rng),
            };
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let is_optional = !required.contains(&json!(name));
                object[name] = if is_optional && rng.random_range(0..4) == 0 {
                    Value::Null
                } else {
                    make_up(field, definitions, rng)
                };
            }
            object
        }
        other => panic!("what is a {other}?"),
    }
}

/// Makes up a text of letters from a class and of a length: `^[…]{n}$` or `^[…]{n,m}$`.
fn matching(pattern: &str, rng: &mut TestRng) -> String {
    let (class, lengths) = pattern.split_once("]{").unwrap();
    let lengths = lengths.strip_suffix("}$").unwrap();
    let (least, most) = lengths.split_once(',').unwrap_or((lengths, lengths));
    let (least, most): (usize, usize) = (least.parse().unwrap(), most.parse().unwrap());
    let from: Vec<char> = "abcXYZ019-_."
        .chars()
        .filter(|it| {
            it.is_ascii_digit() || (class.contains("A-Z") && (*it != '.' || class.contains('.')))
        })
        .collect();
    let length = rng.random_range(least..=most);
    (0..length)
        .map(|_| from[rng.random_range(0..from.len())])
        .collect()
}

/// The same without the fields that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, field)| !field.is_null())
            .map(|(name, field)| (name.clone(), without_nulls(field)))
            .collect(),
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// A message of every kind there is, each over and over with other content.
fn messages<T: JsonSchema>() -> impl Strategy<Value = Value> {
    let schema = schema_for!(T).to_value();
    let kinds = schema["oneOf"].as_array().unwrap().len();
    (0..kinds).prop_perturb(move |kind, mut rng| {
        let variant = &schema["oneOf"][kind];
        let mut message = json!({});
        // An error's fields stand beside its type, by a reference.
        for part in [variant.clone(), json!({ "$ref": variant["$ref"] })] {
            if part["$ref"].is_string() || part["properties"].is_object() {
                let part = make_up(&part, &schema["$defs"], &mut rng);
                let fields = part.as_object().unwrap().clone();
                message.as_object_mut().unwrap().extend(fields);
            }
        }
        message["type"] = variant["properties"]["type"]["const"].clone();
        message
    })
}

/// The same message with one thing in it changed.
fn damage(message: &Value, at: prop::sample::Index, with: &Value) -> Value {
    let mut damaged = message.clone();
    let object = damaged.as_object_mut().unwrap();
    let names: Vec<String> = object.keys().cloned().collect();
    let name = at.get(&names);
    match with {
        Value::String(text) if text == "nothing" => drop(object.remove(name)),
        with => drop(object.insert(name.clone(), with.clone())),
    }
    damaged
}

fn with_serde(message: &Value) -> Option<ServerMessage> {
    serde_json::from_str(&message.to_string()).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_server_says_is_read_alike(
        message in messages::<ServerMessage>(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![
            json!("nothing"), json!(null), json!(true), json!(-1), json!(1.5), json!(999_999_999_999_999_u64), json!(7),
            json!("AAAAAAAAAAAA"), json!([]), json!([1]), json!({}),
        ]),
    ) {
        let read = with_serde(&message);
        prop_assert!(read.is_some(), "{message} is no message");
        prop_assert_eq!(&ServerMessage::from_json(&Any(message.clone())), &read);
        let damaged = damage(&message, at, &with);
        let read = ServerMessage::from_json(&Any(damaged.clone()));
        let expected = with_serde(&damaged);
        // Serde takes a list for an object with these values in order. Nobody writes that.
        let lists = with.is_array() && read.is_none();
        if !lists {
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn what_a_client_says_is_written_alike(message in messages::<ClientMessage>()) {
        let read: ClientMessage = serde_json::from_value(message).unwrap();
        let written: Any = read.to_json().unwrap();
        prop_assert_eq!(written.0, serde_json::to_value(&read).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn null_means_the_same_as_absence_in_what_the_server_says(message in messages::<ServerMessage>()) {
        let without = without_nulls(&message);
        let read = with_serde(&message);
        prop_assert!(read.is_some(), "{message} is no message");
        prop_assert_eq!(&read, &with_serde(&without));
        prop_assert_eq!(&read, &ServerMessage::from_json(&Any(message)));
        prop_assert_eq!(&read, &ServerMessage::from_json(&Any(without)));
    }

    #[test]
    fn null_means_the_same_as_absence_in_what_a_client_says(message in messages::<ClientMessage>()) {
        let read = |message: &Value| serde_json::from_str::<ClientMessage>(&message.to_string());
        let without = read(&without_nulls(&message)).map_err(|error| error.to_string());
        prop_assert!(without.is_ok(), "{message} is no message: {without:?}");
        prop_assert_eq!(read(&message).map_err(|error| error.to_string()), without);
    }
}
