//! Who left or reloaded the page comes back by the same link and is seen and heard again.

use e2e::{Setup, scene};

#[test]
fn after_leaving() -> e2e::Result {
    scene("rejoin", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        bob.press("Leave").await?;
        ada.sees_nobody_called("Bob").await?;
        bob.join(&link).await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await
    })
}

#[test]
fn after_a_reload() -> e2e::Result {
    scene("reload", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        bob.browser().web().refresh().await?;
        if bob.lands_in_lobby().await? {
            bob.join_now().await?;
        }
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;
        assert_eq!(
            ada.people_seen().await?,
            ["Bob", "You"],
            "nobody is there twice"
        );
        Ok(())
    })
}
