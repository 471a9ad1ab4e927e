//! One's own link in a second tab says that this device is in the call, and moves it there. (In the
//! tutorial one could join one's own session.)

use e2e::{Setup, scene};

fn moves_to_the_second_tab(name: &str, setup: Setup) -> e2e::Result {
    scene(name, async |scene| {
        let ([ada, bob], link) = scene
            .call_of_two(("Ada", setup), ("Bob", Setup::chromium()))
            .await?;
        let web = ada.browser().web();
        let first = web.window().await?;
        let second = web.new_tab().await?;
        web.switch_to_window(second.clone()).await?;
        ada.open(&link).await?;
        ada.reads(&["This device is in the call already"]).await?;
        ada.press("Move the call here").await?;
        ada.sees_and_hears("Bob").await?;
        bob.sees_and_hears("Ada").await?;
        assert_eq!(bob.people_seen().await?, ["Ada", "You"]);
        // Its host is its host there, too.
        ada.press("People").await?;
        ada.reads(&["Lock call"]).await?;
        web.switch_to_window(first).await?;
        ada.reads(&["The call goes on in another tab."]).await?;
        // Firefox does not quit while two tabs are open.
        web.close_window().await?;
        Ok(web.switch_to_window(second).await?)
    })
}

#[test]
fn ones_own_link_makes_no_second_self() -> e2e::Result {
    moves_to_the_second_tab("own-link", Setup::chromium())
}

#[test]
fn ones_own_link_makes_no_second_self_in_firefox() -> e2e::Result {
    moves_to_the_second_tab("own-link-firefox", Setup::firefox())
}
