//! With the camera off the other sees no picture (nor the last one, frozen), still hears, and the
//! picture comes back.

use e2e::{Person, Setup, scene};

async fn turns_off_and_on(who: &Person, other: &Person) -> e2e::Result {
    let tile = other.tile(who.name()).await?;
    who.press("Turn camera off").await?;
    tile.is_not_seen().await?;
    tile.is_heard().await?;
    // Nor a frozen one.
    tile.has_no_picture().await?;
    who.press("Turn camera on").await?;
    tile.is_seen().await
}

#[test]
fn a_camera_turned_off_is_not_seen() -> e2e::Result {
    scene("camera-off", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        turns_off_and_on(ada, bob).await?;
        turns_off_and_on(bob, ada).await
    })
}
