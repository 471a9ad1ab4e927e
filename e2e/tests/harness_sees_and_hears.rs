//! The tests' own eyes and ears, on a page that is known to work.

use e2e::{Browser, Floor, Kind, Setup};

fn in_browser(kind: Kind) -> e2e::Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let floor = Floor::start().await?;
        let browser = Browser::start(&Setup::new(kind)).await?;
        let (ms, tile) = floor.connect(&browser).await?;
        assert!(ms > 1.0, "painted before it was pressed: {ms} ms");
        tile.is_seen().await?;
        tile.is_heard().await?;

        let stop = "document.querySelector('video').srcObject.getTracks()
            .forEach((track) => { track.enabled = false; track.stop(); });";
        browser.run(stop, vec![]).await?;
        tile.is_not_heard().await?;
        tile.is_not_seen().await?;
        browser.quit().await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    in_browser(Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    in_browser(Kind::Firefox)
}
