use std::time::Duration;

use e2e::Result;

use crate::support::InTheOpen;

/// A computer without a name in the open has a certificate for its address (RFC 8738).
#[tokio::test]
async fn an_address_has_a_certificate() -> Result {
    let day = Duration::from_secs(86_400);
    let open = InTheOpen::start("--public-ip", "127.0.0.1", day).await?;
    open.counts("renewals_total{result=\"done\"}", 1, Duration::ZERO)
        .await?;
    open.counts("renewal_failing", 0, Duration::ZERO).await
}
