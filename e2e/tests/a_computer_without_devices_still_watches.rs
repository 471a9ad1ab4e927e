//! No camera and no microphone at all: join, watch and listen. Such a page gathers only mDNS
//! candidates (RFC 9429, section 3.5.7 and the browsers' privacy rules), so this works when the
//! other side has devices, whose addresses are then in the clear; two such pages need mDNS in
//! their network, or STUN.

use e2e::{Devices, Kind, Setup, scene};

fn without_devices_in(name: &str, kind: Kind) -> e2e::Result {
    scene(name, async |scene| {
        let origin = scene.server.origin();
        let bare = Setup::new(kind).devices(Devices::None);
        scene
            .people([("Ada", Setup::chromium()), ("Bob", bare)])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;

        bob.open(&link).await?;
        bob.reads(&["No camera was found."]).await?;
        bob.page_waits_for_nothing().await?;
        bob.fill("Your name", "Bob").await?;
        bob.press("Join without camera").await?;
        bob.sees_and_hears("Ada").await?;
        let tile = ada.tile("Bob").await?;
        tile.has_no_picture().await?;
        tile.is_not_heard().await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    without_devices_in("no-devices-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    without_devices_in("no-devices-firefox", Kind::Firefox)
}
