//! A locked call looks like one that has not begun; whoever waits gets in when it is unlocked.

use e2e::{Role, Setup, scene};

#[test]
fn a_locked_call_lets_nobody_in() -> e2e::Result {
    scene("lock", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_one(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        ada.press_in("People", "Lock call").await?;
        ada.reads(&["The call is locked"]).await?;

        bob.open(&link).await?;
        bob.reads(&["Nobody here yet"]).await?;
        bob.join_now().await?;
        bob.reads(&["Waiting to be let in."]).await?;
        assert!(!ada.browser().has(Role::Group, "Bob").await?);

        ada.press_in("People", "Unlock call").await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await
    })
}
