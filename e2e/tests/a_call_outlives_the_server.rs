//! The server goes and comes back: the call goes on meanwhile, and afterwards it is the same call
//! with the same people, who can still mute, leave and let others in. (The tutorial never
//! reconnected.)

use std::time::Duration;

use e2e::{Scene, Setup, scene};

async fn down_and_up(scene: &mut Scene, orderly: bool) -> e2e::Result {
    scene
        .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
        .await?;
    if orderly {
        scene.server.stop().await?;
    } else {
        scene.server.kill();
    }
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
    }
    scene.server.start_again().await?;
    let [ada, bob] = scene.cast()?;
    ada.reads(&["Connected."]).await?;
    bob.reads(&["Connected."]).await?;
    ada.sees_and_hears("Bob").await?;
    bob.sees_and_hears("Ada").await?;
    for person in [ada, bob] {
        assert_eq!(person.connections_made().await?, 1, "the call was dropped");
    }
    // Signalling works both ways again.
    bob.press("Mute microphone").await?;
    ada.tile("Bob").await?.says("Microphone off").await?;
    ada.press_in("People", "Remove Bob").await?;
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
