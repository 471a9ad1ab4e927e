//! Who mutes somebody for themselves no longer hears that person, also over a new connection;
//! everybody else does, and that person hears everybody.

use e2e::{Role, Setup, scene};

#[test]
fn somebody_is_muted_for_one() -> e2e::Result {
    scene("muted-for-one", async |scene| {
        let (_, link) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        scene.people([("Eve", Setup::chromium())]).await?;
        let [ada, bob, eve] = scene.cast()?;
        eve.join(&link).await?;
        eve.sees_and_hears("Bob").await?;

        bob.press_in("People", "Actions for Ada").await?;
        bob.press("Mute Ada for me").await?;
        let tile = bob.tile("Ada").await?;
        tile.says("Muted for you").await?;
        tile.arrives_unheard().await?;
        tile.is_seen().await?;
        eve.tile("Ada").await?.is_heard().await?;
        ada.tile("Bob").await?.is_heard().await?;
        assert!(!ada.page_text().await?.contains("Muted for you"));

        ada.browser().web().refresh().await?;
        ada.join_now().await?;
        let tile = bob.tile("Ada").await?;
        tile.is_seen().await?;
        tile.says("Muted for you").await?;
        tile.arrives_unheard().await?;
        eve.tile("Ada").await?.is_heard().await?;

        bob.press("Actions for Ada").await?;
        bob.press("Hear Ada again").await?;
        let tile = bob.tile("Ada").await?;
        tile.is_heard().await?;
        tile.says_no_more("Muted for you").await?;

        bob.press("Actions for Ada").await?;
        bob.press("Volume of Ada").await?;
        bob.find(Role::Slider, "Volume of Ada").await?;
        let volumes = "return [...window.testPlayers].map((player) => player.volume);";
        // The focus is on the slider: four steps of five per cent down.
        for _ in 0..4 {
            bob.key("\u{e012}").await?;
        }
        bob.reads(&["80 %"]).await?;
        let found = bob.browser().run(volumes, vec![]).await?;
        let found = found.as_array().cloned().unwrap_or_default();
        assert!(found.contains(&0.8.into()), "{found:?}");
        assert!(
            found.contains(&1.into()),
            "Eve is as loud as before: {found:?}"
        );
        bob.tile("Ada").await?.is_heard().await
    })
}
