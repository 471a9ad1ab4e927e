//! Who leaves, and who closes the browser, is gone from the other's page. (In the tutorial a
//! guest's leaving told nobody.)

use e2e::{Setup, scene};

#[test]
fn by_the_button() -> e2e::Result {
    scene("leave", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        bob.press("Leave").await?;
        bob.reads(&["You left."]).await?;
        assert_eq!(
            bob.open_connections().await?,
            0,
            "the connection is still open"
        );
        assert!(
            !bob.uses_devices().await?,
            "camera or microphone is still open"
        );
        ada.sees_nobody_called("Bob").await?;
        ada.reads(&["Bob left"]).await?;
        ada.reads(&["Waiting for others to join"]).await?;
        assert_eq!(
            ada.open_connections().await?,
            0,
            "the connection is still open"
        );
        Ok(())
    })
}

#[test]
fn by_closing_the_browser() -> e2e::Result {
    scene("close", async |scene| {
        scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        scene.close("Bob").await?;
        let [ada] = scene.cast()?;
        // A browser that ends has no time for words; the person may come back, by reloading say.
        ada.reads(&["Bob left", "Bob is out of reach"]).await
    })
}
