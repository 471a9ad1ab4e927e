//! How long a page goes without new frames of the others.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::Person;

const WATCH: &str = include_str!("js/gaps.js");
const TAKE: &str = "
const watch = window.testGaps;
if (!watch) return null;
const { frames, longest } = watch;
watch.longest = performance.now() - watch.since;
return { frames, longest };";

/// What was to be seen since the last look.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Frames decoded, since the connections were made.
    pub frames: u64,
    /// The longest time without a new one, in milliseconds.
    pub longest_ms: f64,
}

impl Person {
    /// Watches from now on.
    pub async fn watch_gaps(&self) -> Result<()> {
        self.browser().run(WATCH, vec![]).await.map(drop)
    }

    /// What was seen since the last look; an error if the page was loaded anew.
    pub async fn seen_since(&self) -> Result<Seen> {
        let seen = self.browser().run(TAKE, vec![]).await?;
        let number = |name: &str| seen.get(name).and_then(Value::as_f64);
        let what = || format!("the page of {} was loaded anew", self.name());
        Ok(Seen {
            frames: number("frames").with_context(what)? as u64,
            longest_ms: number("longest").with_context(what)?,
        })
    }
}
