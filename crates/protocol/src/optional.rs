//! Optional fields that have a value of their own when they are left out.

use serde::{Deserialize, Deserializer};

/// Reads a field that may be left out; `null` means the same as leaving it out.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
