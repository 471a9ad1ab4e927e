use std::time::Duration;

use e2e::Result;

use crate::support::InTheOpen;

/// A public name has a certificate soon after the start, and has the same one after a restart, for
/// which the authority is not even there.
#[tokio::test]
async fn a_name_has_a_certificate_from_its_first_start_on() -> Result {
    let day = Duration::from_secs(86_400);
    let mut open = InTheOpen::start("--domain", "call.example.org", day).await?;
    let root = open.pebble.root().await?;
    let first = open.shown(&root).await?;
    let end = open
        .metric("expiration_timestamp_seconds{source=\"acme\"}")
        .await?;
    assert!(end.is_some_and(|end| end > 0), "{end:?}");

    #[cfg(unix)]
    for name in ["acme-account.json", "acme-certificate.json"] {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = std::fs::metadata(open.server.data().join(name))?;
        assert_eq!(kept.permissions().mode() & 0o777, 0o600, "{name}");
    }

    open.pebble.kill();
    open.server.stop().await?;
    open.server.start_again().await?;
    assert_eq!(open.shown(&root).await?, first);
    assert_eq!(
        open.metric("renewals_total{result=\"failed\"}").await?,
        Some(0)
    );
    Ok(())
}
