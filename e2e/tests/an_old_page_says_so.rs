//! A page that is open while its server is updated says that it is the old one, in a call and at
//! home, as soon as it reaches the new server.

use e2e::{Setup, scene};

/// From the next start of the server on, the server answers that it has another version.
const UPDATED: &str = "
const ask = window.fetch;
window.fetch = async (what, ...rest) => {
  const answer = await ask(what, ...rest);
  return String(what) === '/info.json' && answer.ok
    ? Response.json({ version: '999.0.0', network_urls: [] })
    : answer;
};";
const OLD: &str = "The server was updated, and this page is still the old one.";

#[test]
fn as_soon_as_it_reaches_the_new_server() -> e2e::Result {
    scene("old-page", async |scene| {
        let origin = scene.server.origin();
        scene.people([("Ada", Setup::chromium())]).await?;
        let [ada] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        ada.invitation().await?;
        ada.browser().run(UPDATED, vec![]).await?;

        scene.server.kill();
        scene.server.start_again().await?;
        let [ada] = scene.cast()?;
        ada.reads(&[OLD]).await?;
        // Somebody in a call may want to reload it later.
        ada.press("Dismiss").await?;
        let what = "the notice to go away";
        e2e::eventually(what, async || {
            let text = ada.page_text().await?;
            Ok((!text.contains(OLD)).then_some(()))
        })
        .await
    })
}
