//! A proxy keeps the page from the camera, or its program from running: the page says so, and does
//! not blame the person or the network.

use e2e::{Proxy, Role, Setup, WebSockets, scene};

#[test]
fn what_a_header_forbids_is_named() -> e2e::Result {
    scene("spoiled-page", async |scene| {
        let proxy = Proxy::start(scene.server.http(), WebSockets::Pass).await?;
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        proxy
            .change_heads(|head| format!("{head}\r\nPermissions-Policy: camera=(), microphone=()"));
        ada.open(&proxy.origin()).await?;
        ada.press("Start a call").await?;
        ada.reads(&["forbids the camera by the header Permissions-Policy."])
            .await?;
        let text = ada.page_text().await?;
        assert!(!text.contains("blocked for this page"), "{text}");
        proxy.change_heads(|head| format!("{head}\r\nContent-Security-Policy: script-src 'none'"));
        ada.open(&proxy.origin()).await?;
        ada.reads(&["This page could not start.", "crabcall doctor"])
            .await?;
        // The console tells of what was forbidden, which no other page is forgiven.
        scene.close("Ada").await
    })
}

#[test]
fn a_program_that_is_called_something_else_starts() -> e2e::Result {
    scene("misnamed-program", async |scene| {
        let proxy = Proxy::start(scene.server.http(), WebSockets::Pass).await?;
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        proxy.change_heads(|head| head.replace("application/wasm", "application/octet-stream"));
        ada.open(&proxy.origin()).await?;
        ada.press("Start a call").await?;
        ada.find(Role::Button, "Join now").await?;
        ada.press("Test my connection").await?;
        ada.find(Role::Dialog, "Connection test").await?;
        ada.reads(&["Through the server, over TCP"]).await
    })
}

#[test]
fn a_path_in_front_of_the_page_is_named() -> e2e::Result {
    scene("path-prefix", async |scene| {
        let proxy = Proxy::start(scene.server.http(), WebSockets::Pass).await?;
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        proxy.serve_below("/crabcall");
        ada.open(&format!("{}/crabcall/", proxy.origin())).await?;
        ada.reads(&[
            "This page could not start.",
            "below a path",
            "crabcall doctor",
        ])
        .await?;
        let text = ada.page_text().await?;
        assert!(!text.contains("has stopped working"), "{text}");
        // The console tells of what is missing, which no other page is forgiven.
        scene.close("Ada").await
    })
}
