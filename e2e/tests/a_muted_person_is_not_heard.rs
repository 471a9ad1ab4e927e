//! Muting silences, the other sees it, and unmuting brings the sound back.

use e2e::{Person, Setup, scene};

async fn mutes_and_unmutes(who: &Person, other: &Person) -> e2e::Result {
    let tile = other.tile(who.name()).await?;
    who.press("Mute microphone").await?;
    tile.is_not_heard().await?;
    tile.says("Microphone off").await?;
    tile.is_seen().await?;
    who.press("Unmute microphone").await?;
    tile.is_heard().await?;
    tile.says_no_more("Microphone off").await
}

#[test]
fn a_muted_person_is_not_heard() -> e2e::Result {
    scene("mute", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        mutes_and_unmutes(ada, bob).await?;
        mutes_and_unmutes(bob, ada).await
    })
}
