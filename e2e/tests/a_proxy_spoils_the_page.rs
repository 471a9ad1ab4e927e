//! A header that a proxy adds keeps the page from the camera, or its program from running: the page
//! says so, and does not blame the person or the network.

use e2e::{Proxy, Setup, WebSockets, scene};

#[test]
fn what_a_header_forbids_is_named() -> e2e::Result {
    scene("spoiled-page", async |scene| {
        let proxy = Proxy::start(scene.server.http(), WebSockets::Pass).await?;
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        proxy.add_header(Some("Permissions-Policy: camera=(), microphone=()"));
        ada.open(&proxy.origin()).await?;
        ada.press("Start a call").await?;
        ada.reads(&["forbids the camera by the header Permissions-Policy."])
            .await?;
        let text = ada.page_text().await?;
        assert!(!text.contains("blocked for this page"), "{text}");
        proxy.add_header(Some("Content-Security-Policy: script-src 'none'"));
        ada.open(&proxy.origin()).await?;
        ada.reads(&["This page could not start.", "crabcall doctor"])
            .await?;
        // The console tells of what was forbidden, which no other page is forgiven.
        scene.close("Ada").await
    })
}
