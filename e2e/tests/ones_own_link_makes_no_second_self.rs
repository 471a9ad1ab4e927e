//! When somebody opens their own link in a second tab, the page says that this device is in the
//! call already, and can move the call there. (In the tutorial one could join one's own session.)

use e2e::{Setup, scene};

#[test]
fn ones_own_link_makes_no_second_self() -> e2e::Result {
    scene("own-link", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        let web = ada.browser().web();
        let first = web.window().await?;
        let second = web.new_tab().await?;
        web.switch_to_window(second).await?;
        ada.open(&link).await?;
        ada.reads(&["This device is in the call already"]).await?;
        ada.press("Move the call here").await?;
        ada.sees_and_hears("Bob").await?;
        bob.sees_and_hears("Ada").await?;
        assert_eq!(bob.people_seen().await?, ["Ada", "You"]);
        // Ada is still the host there.
        ada.press("People").await?;
        ada.reads(&["Lock call"]).await?;
        web.switch_to_window(first).await?;
        ada.reads(&["The call goes on in another tab."]).await
    })
}
