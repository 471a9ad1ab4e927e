//! JSON as the page reads and writes it: the same types by the same code as on the server.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a text; none if it is no JSON or not of this shape.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Writes a value; none if JSON cannot express it, such as a map whose keys are not strings.
pub fn write(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}
