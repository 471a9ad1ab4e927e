//! Some systems name no language, or one of POSIX such as `C`, which is no language tag to a
//! browser. The page works all the same.

use e2e::{Setup, scene};

#[test]
fn a_system_without_a_language() -> e2e::Result {
    scene("no-language", async |scene| {
        let origin = scene.server.origin();
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        ada.invitation().await?;
        ada.press("Leave").await?;
        ada.press("Home").await?;
        ada.reads(&["Recent calls"]).await?;
        for language in ["undefined", "''", "'C'", "'en-US@posix'", "'de_DE.UTF-8'"] {
            // Of the functions that run before a page, the last one counts.
            let say = format!(
                "() => Object.defineProperty(navigator, 'language', \
                 {{ get: () => {language}, configurable: true }})"
            );
            ada.browser().before_every_page(&say).await?;
            ada.open(&origin).await?;
            ada.reads(&["Recent calls", "Letzte Anrufe"]).await?;
        }
        Ok(())
    })
}
