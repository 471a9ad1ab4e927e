//! A shared screen is seen by all others beside the camera, with its letters and its sound.

use std::time::Duration;

use e2e::{Person, Role, Setup, scene};

const SHARES: &str = include_str!("../src/js/screen.js");
const SEEN: &str = include_str!("../src/js/screen_seen.js");
const SOUNDS: &str = include_str!("../src/js/sounds.js");

/// Width and height, the colours of the two fields, and how far apart black and white lines are.
type Seen = (u32, u32, [i64; 3], [i64; 3], i64);

fn is_near(colour: [i64; 3], expected: [i64; 3]) -> bool {
    let parts = colour.into_iter().zip(expected);
    parts
        .into_iter()
        .all(|(part, expected)| (part - expected).abs() < 48)
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
        let (width, height, top, bottom, contrast): Seen = serde_json::from_value(seen)?;
        let is_whole = (width, height) == (1280, 800);
        let colours = is_near(top, [220, 20, 20]) && is_near(bottom, [20, 20, 220]);
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
            let sounds: Vec<(f64, u32)> = serde_json::from_value(sounds)?;
            let heard_once = |(loud, players): &(f64, u32)| *loud > 0.003 && *players == 1;
            Ok((sounds.len() == 2 && sounds.iter().all(heard_once)).then_some(()))
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
