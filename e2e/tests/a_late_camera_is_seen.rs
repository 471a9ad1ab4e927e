//! Camera and microphone that open only after joining are seen and heard all the same. (The
//! tutorial answered before the camera was ready, and then never sent it.)

use e2e::{Setup, scene};

const SLOW: &str = "() => {
  if (!window.MediaDevices) return;
  window.openDevices = [];
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (...rest) {
    await new Promise((resolve) => window.openDevices.push(resolve));
    return open.apply(this, rest);
  };
}";

const OPEN: &str = "for (const open of window.openDevices) open();";

#[test]
fn a_late_camera_is_seen() -> e2e::Result {
    scene("late-camera", async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::firefox())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;

        bob.browser().before_every_page(SLOW).await?;
        bob.join(&link).await?;
        bob.sees_and_hears("Ada").await?;
        bob.browser().run(OPEN, vec![]).await?;
        ada.sees_and_hears("Bob").await
    })
}
