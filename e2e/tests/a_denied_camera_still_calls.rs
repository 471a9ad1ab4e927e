//! Who has refused camera and microphone is told how to allow them, joins, sees and hears. (In
//! the tutorial a denied camera panicked the page.)

use e2e::{Devices, Kind, Setup, scene};

fn denied_in(name: &str, kind: Kind) -> e2e::Result {
    scene(name, async |scene| {
        let origin = scene.server.origin();
        let refused = Setup::new(kind).devices(Devices::Denied);
        scene
            .people([("Ada", Setup::chromium()), ("Bob", refused)])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;

        bob.open(&link).await?;
        bob.reads(&["Camera and microphone are blocked for this page."])
            .await?;
        bob.fill("Your name", "Bob").await?;
        bob.press("Join without camera").await?;
        bob.sees_and_hears("Ada").await?;
        let tile = ada.tile("Bob").await?;
        tile.has_no_picture().await?;
        tile.says("Microphone off").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    denied_in("denied-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    denied_in("denied-firefox", Kind::Firefox)
}
