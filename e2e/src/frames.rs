//! When the pictures of the others were presented.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{Browser, eventually};

const WATCH: &str = include_str!("js/frames.js");

/// Moments in ms of the page's clock, which is that of the computer and never jumps.
pub type Moment = f64;

impl Browser {
    /// Notes in every page from now on when "Join now" is pressed, and when each frame of another
    /// person is presented.
    pub async fn watch_frames(&self) -> Result<()> {
        self.before_every_page(WATCH).await
    }

    /// Waits for the first frame: the ms from "Join now" to it.
    pub async fn first_frame(&self) -> Result<f64> {
        let script = "
            const { pressed, first } = window.testFrames;
            return pressed !== null && first !== null ? first - pressed : null;";
        eventually("the first frame", async || {
            Ok(self.run(script, vec![]).await?.as_f64())
        })
        .await
    }

    /// The page's clock.
    pub async fn page_time(&self) -> Result<Moment> {
        let script = "return performance.timeOrigin + performance.now();";
        let now = self.run(script, vec![]).await?;
        now.as_f64().context("the page has no time")
    }

    /// When frames were presented after a moment, in order.
    pub async fn frames_after(&self, moment: Moment) -> Result<Vec<Moment>> {
        let script = "return window.testFrames.shown.filter((at) => at > arguments[0]);";
        let Value::Array(frames) = self.run(script, vec![json!(moment)]).await? else {
            anyhow::bail!("no list of frames");
        };
        Ok(frames.iter().filter_map(Value::as_f64).collect())
    }
}
