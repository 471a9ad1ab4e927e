//! The server goes and comes back: the call goes on meanwhile, and afterwards it is the same call
//! with the same people, who can still mute, leave and let others in. (The tutorial never
//! reconnected.)

use std::time::Duration;

use e2e::{Scene, Setup, scene};

async fn down_and_up(scene: &mut Scene, orderly: bool) -> e2e::Result {
    scene
        .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
        .await?;
    {
        let [ada, bob] = scene.cast()?;
        ada.press_in("People", "Lock call").await?;
        bob.reads(&["locked"]).await?;
        ada.close_panel().await?;
        for person in [ada, bob] {
            person.watch_gaps().await?;
        }
    }
    if orderly {
        scene.server.stop().await?;
    } else {
        scene.server.kill();
    }
    let mut while_away = [0; 2];
    {
        let [ada, bob] = scene.cast()?;
        for (person, other) in [(ada, "Bob"), (bob, "Ada")] {
            person
                .reads(&["The server is out of reach.", "restarting"])
                .await?;
            let tile = person.tile(other).await?;
            tile.keeps_moving_for(Duration::from_secs(1)).await?;
            tile.is_heard().await?;
        }
        for (person, frames) in [ada, bob].into_iter().zip(&mut while_away) {
            *frames = person.seen_since().await?.frames;
        }
    }
    scene.server.start_again().await?;
    let [ada, bob] = scene.cast()?;
    ada.reads(&["Connected."]).await?;
    bob.reads(&["Connected."]).await?;
    ada.sees_and_hears("Bob").await?;
    bob.sees_and_hears("Ada").await?;
    for (person, while_away) in [ada, bob].into_iter().zip(while_away) {
        assert_eq!(person.connections_made().await?, 1, "the call was dropped");
        // An error if the page was loaded anew.
        let seen = person.seen_since().await?;
        assert!(seen.frames > while_away, "no new frames since");
        assert!(seen.longest_ms < 1_000.0, "stood still: {seen:?}");
    }
    // Who it was, and that it was locked.
    let (_, state) = scene.server.get("/state.json").await?;
    assert!(state.contains(r#""locked":true"#), "{state}");
    assert!(state.contains(r#""role":"host""#), "{state}");
    // Signalling works both ways again.
    bob.press("Mute microphone").await?;
    ada.tile("Bob").await?.says("Microphone off").await?;
    ada.press_in("People", "Actions for Bob").await?;
    ada.press("Remove Bob").await?;
    ada.press("Remove now").await?;
    bob.reads(&["The host removed you from the call."]).await
}

#[test]
fn that_was_killed() -> e2e::Result {
    scene("server-killed", async |scene| {
        down_and_up(scene, false).await
    })
}

#[test]
fn that_was_stopped() -> e2e::Result {
    scene("server-stopped", async |scene| {
        down_and_up(scene, true).await
    })
}
