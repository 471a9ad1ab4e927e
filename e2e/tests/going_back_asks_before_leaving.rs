//! Going back in the history during a call closes what is open, and then asks whether to leave.
//! Somebody who left that way can come back.

use e2e::{Person, Role, Setup, scene};

async fn is_asked(who: &Person) -> e2e::Result {
    who.browser().web().back().await?;
    who.reads(&["Leave the call?"]).await
}

fn asks(name: &str, setup: Setup) -> e2e::Result {
    scene(name, async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", setup))
            .await?;
        bob.press("People").await?;
        bob.reads(&["Bob (you)"]).await?;
        bob.browser().web().back().await?;
        e2e::eventually("the panel to close", async || {
            let open = bob.page_text().await?.contains("Bob (you)");
            Ok((!open).then_some(()))
        })
        .await?;
        is_asked(bob).await?;
        bob.press("Stay").await?;
        bob.sees_and_hears("Ada").await?;
        is_asked(bob).await?;
        let leave = bob.find(Role::Button, "Leave now").await?;
        leave.click().await?;
        bob.reads(&["You left."]).await?;
        ada.sees_nobody_called("Bob").await?;
        bob.press("Call again").await?;
        bob.press("Join now").await?;
        bob.sees_and_hears("Ada").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    asks("back", Setup::chromium())
}

#[test]
fn in_firefox() -> e2e::Result {
    asks("back-firefox", Setup::firefox())
}
