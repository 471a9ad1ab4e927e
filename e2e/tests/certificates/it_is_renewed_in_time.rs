use std::time::Duration;

use e2e::Result;

use crate::support::InTheOpen;

/// Before a certificate ends there is a new one, without a restart.
#[tokio::test]
async fn a_certificate_is_renewed_before_it_ends() -> Result {
    let lifetime = Duration::from_secs(15);
    let open = InTheOpen::start("--domain", "call.example.org", lifetime).await?;
    let root = open.pebble.root().await?;
    let first = open.shown(&root).await?;
    open.counts("renewals_total{result=\"done\"}", 2, lifetime)
        .await?;
    assert_ne!(open.shown(&root).await?, first);
    Ok(())
}
