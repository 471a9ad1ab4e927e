//! The short code on one page, typed on another, leads to the call; a wrong one is refused in
//! words and nothing typed is lost.

use e2e::{Role, Setup, scene};

#[test]
fn joining_by_code() -> e2e::Result {
    scene("code", async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::firefox())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let code = ada.call_code().await?;

        bob.open(&origin).await?;
        let wrong = if code == "0000 0000" {
            "0000 0001"
        } else {
            "0000 0000"
        };
        bob.fill("Call code or link", wrong).await?;
        bob.press("Join").await?;
        bob.reads(&["No call has this code now."]).await?;
        let field = bob.find(Role::TextBox, "Call code or link").await?;
        assert_eq!(field.value().await?.as_deref(), Some(wrong));

        bob.fill("Call code or link", "not a code").await?;
        bob.press("Join").await?;
        bob.reads(&["That is no call code and no link of this server."])
            .await?;

        bob.fill("Call code or link", &code).await?;
        bob.press("Join").await?;
        bob.join_now().await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await
    })
}
