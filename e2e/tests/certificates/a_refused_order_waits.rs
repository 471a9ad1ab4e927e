use e2e::Result;

use crate::support::InTheOpen;

/// Five starts, as of a service that is started again and again, ask the authority once.
#[tokio::test]
async fn a_refused_order_is_not_asked_again_at_every_start() -> Result {
    let mut open = InTheOpen::start_refused().await?;
    for start in 1..5 {
        open.server.stop().await?;
        open.server.start_again().await?;
        open.says("the last attempt to get a certificate failed", start)
            .await?;
    }
    open.server.stop().await?;
    assert_eq!(open.pebble.asked(), (1, 1), "{}", open.server.log());
    Ok(())
}
