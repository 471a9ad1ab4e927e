use std::time::Duration;

use e2e::Result;

use crate::support::InTheOpen;

/// While the authority is away the old certificate is shown and the operator is told; once it is
/// back, even without any memory of us, there is a new one.
#[tokio::test]
async fn a_certificate_stays_while_the_authority_is_away() -> Result {
    let lifetime = Duration::from_secs(40);
    let mut open = InTheOpen::start("--domain", "call.example.org", lifetime).await?;
    let root = open.pebble.root().await?;
    let first = open.shown(&root).await?;

    open.pebble.kill();
    open.counts("renewal_failing", 1, lifetime).await?;
    assert_eq!(open.shown(&root).await?, first);
    let (ready, _) = open.server.get("/readyz").await?;
    assert_eq!(ready, 200);
    let (_, state) = open.server.get("/state").await?;
    assert!(state.contains("failed"), "{state}");
    let log = open.server.log();
    assert!(log.contains("the old one stays"), "{log}");

    open.pebble.start_again().await?;
    let root = open.pebble.root().await?;
    open.shows_one_below(&root, lifetime).await?;
    open.counts("renewal_failing", 0, Duration::from_secs(5))
        .await
}
