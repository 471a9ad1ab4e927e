use e2e::Result;

use crate::support::InTheOpen;

/// A data folder that does not outlive a start, as in a container without a volume, makes a new
/// account each time. The log says so each time.
#[tokio::test]
async fn every_new_account_is_warned_of() -> Result {
    let mut open = InTheOpen::start_refused().await?;
    for start in 2..=5 {
        open.server.stop().await?;
        std::fs::remove_dir_all(open.server.data())?;
        open.server.start_again().await?;
        open.says("no certificate: ", start).await?;
    }
    let warnings = open
        .server
        .log()
        .matches("keep this folder over restarts")
        .count();
    assert_eq!((warnings, open.pebble.asked()), (5, (5, 5)));
    Ok(())
}
