//! The call goes on when the browser ends a share or pauses sound, and the page says what the
//! browser lacks.

use e2e::{Setup, scene};

/// Shares a canvas as the screen, without a question. The test can end the share as the browser's
/// own bar does.
const SCREEN: &str = "() => {
  if (!navigator.mediaDevices) return;
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 200;
    const paper = canvas.getContext('2d');
    let at = 0;
    setInterval(() => { paper.fillRect(at++ % 320, 20, 8, 8); }, 50);
    const stream = canvas.captureStream(10);
    const [track] = stream.getTracks();
    // In Firefox, listeners on a track hear an event that a page has made only if they ask for such
    // events by a fourth argument, which no other browser knows.
    track.addEventListener = (name, listener) =>
      EventTarget.prototype.addEventListener.call(track, name, listener, false, true);
    window.testEndsScreen = () => {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    };
    return stream;
  };
}";

fn goes_on(name: &str, setup: Setup) -> e2e::Result {
    scene(name, async |scene| {
        scene
            .people([("Ada", setup), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.browser().before_every_page(SCREEN).await?;
        ada.start_call(&scene.server.origin()).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;

        ada.press("Share screen").await?;
        ada.find(e2e::Role::Control, "Stop sharing").await?;
        ada.browser()
            .run("window.testEndsScreen();", vec![])
            .await?;
        ada.find(e2e::Role::Control, "Share screen").await?;
        ada.tile("You").await?.is_seen().await?;
        bob.sees_and_hears("Ada").await?;

        let pause = "for (const player of window.testPlayers) { player.pause(); }";
        ada.browser().run(pause, vec![]).await?;
        ada.sees_and_hears("Bob").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    goes_on("goes-on", Setup::chromium())
}

#[test]
fn in_firefox() -> e2e::Result {
    goes_on("goes-on-firefox", Setup::firefox())
}

#[test]
fn a_browser_without_web_rtc_is_told_what_switches_it_on() -> e2e::Result {
    scene("no-web-rtc", async |scene| {
        scene
            .people([("Ada", Setup::firefox()), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        for who in [ada, bob] {
            who.browser()
                .before_every_page("() => { delete window.RTCPeerConnection; }")
                .await?;
            who.start_call(&scene.server.origin()).await?;
            who.reads(&["WebRTC is switched off in this browser"])
                .await?;
        }
        ada.reads(&["media.peerconnection.enabled"]).await
    })
}
