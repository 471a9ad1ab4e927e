//! Opening one's own link in a second tab neither ends the call with a mess nor connects somebody
//! with themselves. (In the tutorial one could join one's own session.)

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
        ada.press("Join now").await?;
        // Either it is refused (full), or it takes the call over; never a third one.
        ada.reads(&["This call is full.", "Connected."]).await?;
        assert_eq!(bob.people_seen().await?, ["Ada", "You"]);
        web.close_window().await?;
        web.switch_to_window(first).await?;
        Ok(())
    })
}
