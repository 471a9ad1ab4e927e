//! The short call code, for reading out.

use std::time::Duration;

use web_time::Instant;

use super::session::Session;
use crate::view::CodeView;

/// A code works for at most a day; longer is not believed.
const MAX_CODE_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

impl Session {
    /// Keeps a code that the server gave, to be shown.
    pub(crate) fn coded(&mut self, now: Instant, code: protocol::CallCode, expires_in_ms: u64) {
        let life = Duration::from_millis(expires_in_ms).min(MAX_CODE_LIFE);
        let expires = now + life;
        self.code = Some(CodeView { code, expires });
    }
}
