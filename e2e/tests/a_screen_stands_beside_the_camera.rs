//! A shared screen is seen by all others beside the camera, with its letters and its sound.

use std::time::Duration;

use e2e::{Person, Role, Setup, scene};
use serde_json::Value;

const SHARES: &str = include_str!("../src/js/screen.js");
const SEEN: &str = include_str!("../src/js/screen_seen.js");
const SOUNDS: &str = include_str!("../src/js/sounds.js");

fn is_near(colour: &Value, expected: [i64; 3]) -> bool {
    let parts = colour.as_array().map(Vec::as_slice).unwrap_or_default();
    let near = |(part, expected): (&Value, i64)| {
        part.as_i64().is_some_and(|it| (it - expected).abs() < 48)
    };
    parts.len() == 3 && parts.iter().zip(expected).all(near)
}

/// Waits until the whole screen of Ada is seen, so that its thin lines can be told apart.
async fn reads_the_screen(who: &Person, name: &str) -> e2e::Result {
    let tile = who.tile(&format!("Screen of {name}")).await?;
    let video = tile.video().await?.to_json()?;
    let what = format!(
        "the screen of {name} in its full size on the page of {}",
        who.name()
    );
    e2e::eventually(&what, async || {
        let seen = who.browser().run(SEEN, vec![video.clone()]).await?;
        let is_whole = seen["width"] == 1280 && seen["height"] == 800;
        let colours =
            is_near(&seen["top"], [220, 20, 20]) && is_near(&seen["bottom"], [20, 20, 220]);
        let contrast = seen["contrast"].as_i64().unwrap_or_default();
        Ok((is_whole && colours && contrast > 100).then_some(()))
    })
    .await
}

fn beside_the_camera(name: &str, host: Setup, others: [Setup; 2]) -> e2e::Result {
    scene(name, async |scene| {
        let [bob, eve] = others;
        scene
            .people([("Ada", host), ("Bob", bob), ("Eve", eve)])
            .await?;
        let [ada, bob, eve] = scene.cast()?;
        ada.browser().before_every_page(SHARES).await?;
        ada.start_call(&scene.server.origin()).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;
        ada.press("Share screen").await?;
        ada.reads(&["You are sharing your screen"]).await?;
        reads_the_screen(bob, "Ada").await?;
        bob.sees_and_hears("Ada").await?;
        // Somebody who comes later sees the same.
        eve.join(&link).await?;
        reads_the_screen(eve, "Ada").await?;
        for other in [bob, eve] {
            let tile = other.tile("Ada").await?;
            tile.keeps_moving_for(Duration::from_secs(1)).await?;
        }
        ada.press("Stop").await?;
        ada.find(Role::Control, "Share screen").await?;
        for other in [bob, eve] {
            other.sees_nobody_called("Screen of Ada").await?;
            other.sees_and_hears("Ada").await?;
        }
        Ok(())
    })
}

#[test]
fn from_chromium() -> e2e::Result {
    beside_the_camera(
        "screen-chromium",
        Setup::chromium(),
        [Setup::firefox(), Setup::chromium()],
    )
}

#[test]
fn from_firefox() -> e2e::Result {
    beside_the_camera(
        "screen-firefox",
        Setup::firefox(),
        [Setup::chromium(), Setup::chromium()],
    )
}

#[test]
fn two_share_at_once_and_sound_is_heard_once() -> e2e::Result {
    scene("two-screens", async |scene| {
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::firefox())])
            .await?;
        let [ada, bob] = scene.cast()?;
        for who in [ada, bob] {
            who.browser().before_every_page(SHARES).await?;
        }
        ada.start_call(&scene.server.origin()).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;
        ada.browser()
            .run("window.testSharesSound = true;", vec![])
            .await?;
        ada.press("Share screen").await?;
        bob.press("Share screen").await?;
        reads_the_screen(bob, "Ada").await?;
        reads_the_screen(ada, "Bob").await?;
        e2e::eventually("voice and screen of Ada, each heard once", async || {
            let sounds = bob.browser().run(SOUNDS, vec![]).await?;
            let sounds = sounds.as_array().cloned().unwrap_or_default();
            let loud = |it: &Value| it["loud"].as_f64().is_some_and(|loud| loud > 0.003);
            let once = |it: &Value| it["players"] == 1;
            Ok((sounds.len() == 2 && sounds.iter().all(|it| loud(it) && once(it))).then_some(()))
        })
        .await?;
        // A page that wants only sound is sent no picture, and gets them back.
        bob.press("More").await?;
        bob.press("Only sound").await?;
        bob.reads(&["Only sound is sent and received"]).await?;
        bob.tile("Ada").await?.is_not_seen().await?;
        ada.tile("Bob").await?.is_not_seen().await?;
        bob.tile("Ada").await?.is_heard().await?;
        bob.press("Pictures again").await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;
        reads_the_screen(bob, "Ada").await
    })
}
