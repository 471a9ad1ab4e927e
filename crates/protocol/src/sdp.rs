//! Session descriptions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A session description (RFC 8866), at most 49,152 bytes of UTF-8. The browsers read it; Crabcall
/// passes it on as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(transparent)]
pub struct Sdp(String);

impl Sdp {
    /// A description with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the description.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes of UTF-8 the text has.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

// A description holds addresses and fingerprints, which never reach a log.
impl fmt::Debug for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sdp({} bytes)", self.bytes())
    }
}
