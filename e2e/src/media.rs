//! What is to be seen and heard in a tile.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use thirtyfour::WebElement;

use crate::{
    Browser,
    wait::{PATIENCE, eventually, eventually_within},
};

const MOVING: &str = include_str!("js/moving.js");
const HEARD: &str = include_str!("js/heard.js");

/// A person's tile on somebody's page.
#[derive(Debug, Clone)]
pub struct Tile<'a> {
    pub(crate) browser: &'a Browser,
    pub(crate) element: WebElement,
    pub(crate) whose: String,
}

impl Tile<'_> {
    /// The one video in it.
    pub async fn video(&self) -> Result<WebElement> {
        let videos = self.element.find_all(thirtyfour::By::Css("video")).await?;
        anyhow::ensure!(
            videos.len() == 1,
            "the tile of {} has {} videos",
            self.whose,
            videos.len()
        );
        videos.into_iter().next().context("one video")
    }

    /// Waits until the picture is shown and moves.
    pub async fn is_seen(&self) -> Result<()> {
        let what = format!("a moving picture of {}", self.whose);
        let mut last = Value::Null;
        eventually(&what, async || {
            last = self.look(1_500).await?;
            Ok((moves(&last) && is(&last, "shown")).then_some(()))
        })
        .await
        .with_context(|| format!("last seen: {last}"))
    }

    /// Waits until there is no moving picture any more.
    pub async fn is_not_seen(&self) -> Result<()> {
        let what = format!("no moving picture of {}", self.whose);
        let mut last = Value::Null;
        eventually(&what, async || {
            last = self.look(1_500).await?;
            Ok((!moves(&last) || !is(&last, "shown")).then_some(()))
        })
        .await
        .with_context(|| format!("last seen: {last}"))
    }

    /// Waits until sound of it is played.
    pub async fn is_heard(&self) -> Result<()> {
        let what = format!("sound of {}", self.whose);
        let mut last = Value::Null;
        eventually(&what, async || {
            last = self.listen(3_000, true).await?;
            Ok((loudest(&last) > 0.003 && is(&last, "plays")).then_some(()))
        })
        .await
        .with_context(|| format!("last heard: {last}"))
    }

    /// Waits until sound of it arrives, but nothing on the page plays it.
    pub async fn arrives_unheard(&self) -> Result<()> {
        let what = format!("sound of {} that is not played", self.whose);
        let mut last = Value::Null;
        eventually(&what, async || {
            last = self.listen(3_000, true).await?;
            Ok((loudest(&last) > 0.003 && !is(&last, "plays")).then_some(()))
        })
        .await
        .with_context(|| format!("last heard: {last}"))
    }

    /// Waits until nothing of it is heard, for longer than the pauses of a fake microphone.
    pub async fn is_not_heard(&self) -> Result<()> {
        let what = format!("silence of {}", self.whose);
        let mut last = Value::Null;
        eventually_within(PATIENCE, &what, async || {
            last = self.listen(2_500, false).await?;
            Ok((loudest(&last) < 0.001).then_some(()))
        })
        .await
        .with_context(|| format!("last heard: {last}"))
    }

    /// Waits until no picture is shown, moving or not: the video is hidden or has none.
    pub async fn has_no_picture(&self) -> Result<()> {
        let what = format!("no picture of {}", self.whose);
        let mut last = Value::Null;
        eventually(&what, async || {
            last = self.look(300).await?;
            Ok((!is(&last, "bright") || !is(&last, "shown")).then_some(()))
        })
        .await
        .with_context(|| format!("last seen: {last}"))
    }

    /// Waits until these words stand in it, also for those who hear the page.
    pub async fn says(&self, words: &str) -> Result<()> {
        eventually(
            &format!("the tile of {} to say {words:?}", self.whose),
            async || Ok(self.words().await?.contains(words).then_some(())),
        )
        .await
    }

    /// Waits until they are gone.
    pub async fn says_no_more(&self, words: &str) -> Result<()> {
        eventually(
            &format!("the tile of {} to drop {words:?}", self.whose),
            async || Ok((!self.words().await?.contains(words)).then_some(())),
        )
        .await
    }

    async fn words(&self) -> Result<String> {
        let tile = self.element.to_json()?;
        let words = self
            .browser
            .run("return arguments[0].textContent;", vec![tile])
            .await?;
        Ok(words.as_str().unwrap_or_default().to_owned())
    }

    /// The size of the received picture, in pixels.
    pub async fn picture_size(&self) -> Result<(u64, u64)> {
        let seen = self.look(0).await?;
        let side = |name: &str| seen.get(name).and_then(Value::as_u64).unwrap_or(0);
        Ok((side("width"), side("height")))
    }

    async fn look(&self, limit_ms: u64) -> Result<Value> {
        let video = self.video().await?.to_json()?;
        self.browser.run(MOVING, vec![video, json!(limit_ms)]).await
    }

    async fn listen(&self, limit_ms: u64, first: bool) -> Result<Value> {
        let video = self.video().await?.to_json()?;
        self.browser
            .run(HEARD, vec![video, json!(limit_ms), json!(first)])
            .await
    }

    /// Looks for some time; an error if the picture stands still for long.
    pub async fn keeps_moving_for(&self, time: Duration) -> Result<()> {
        let end = std::time::Instant::now() + time;
        while std::time::Instant::now() < end {
            let seen = self.look(3_000).await?;
            anyhow::ensure!(moves(&seen), "{} stood still: {seen}", self.whose);
        }
        Ok(())
    }
}

fn moves(seen: &Value) -> bool {
    seen.get("changes").and_then(Value::as_u64).unwrap_or(0) >= 3
        && is(seen, "bright")
        && !is(seen, "paused")
}

fn is(seen: &Value, name: &str) -> bool {
    seen.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn loudest(heard: &Value) -> f64 {
    heard.get("loudest").and_then(Value::as_f64).unwrap_or(0.0)
}
