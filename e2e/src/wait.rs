//! Waiting on conditions, with a deadline and words for what did not come.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How long a person waits for what should come soon. Generous: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until `look` finds something; an error tells the last answer.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(PATIENCE, what, look).await
}

/// The same with a deadline of its own.
pub async fn eventually_within<T>(
    within: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        let last = match look().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= deadline {
            let error = anyhow::anyhow!("waited {within:?} for {what}");
            return Err(match last {
                Some(last) => last.context(error),
                None => error,
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
