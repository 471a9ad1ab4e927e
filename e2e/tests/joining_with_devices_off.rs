//! Who turns camera and microphone off in the lobby is neither seen nor heard until they turn
//! them on in the call.

use e2e::{Setup, scene};

#[test]
fn joining_with_devices_off() -> e2e::Result {
    scene("devices-off", async |scene| {
        let origin = scene.server.origin();
        let cast = [("Ada", Setup::chromium()), ("Bob", Setup::chromium())];
        scene.people(cast).await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        bob.open(&link).await?;
        bob.press("Turn camera off").await?;
        bob.press("Mute microphone").await?;
        bob.join_now().await?;

        bob.sees_and_hears("Ada").await?;
        let tile = ada.tile("Bob").await?;
        tile.says("Microphone off").await?;
        tile.is_not_heard().await?;
        tile.has_no_picture().await?;

        bob.press("Turn camera on").await?;
        tile.is_seen().await?;
        bob.press("Unmute microphone").await?;
        tile.is_heard().await
    })
}
