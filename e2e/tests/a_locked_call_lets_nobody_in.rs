//! A locked call looks like one that has not begun; its host hears who waits, and whoever waits gets
//! in when it is unlocked.

use e2e::{Person, Role, Setup, eventually, scene};

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

/// What the page's tab shows: its title, and whether there is a mark on its icon.
async fn tab(who: &Person) -> e2e::Result<(String, bool)> {
    let web = who.browser().web();
    let icon = web.find(thirtyfour::By::Css("link[rel=icon]")).await?;
    let icon = icon.attr("href").await?.unwrap_or_default();
    Ok((web.title().await?, icon.contains("d11a2a")))
}

/// Waits until the tab shows this.
async fn shows(who: &Person, title: &str, marked: bool) -> e2e::Result {
    let what = format!("the tab of {} to show \"{title}\"", who.name());
    eventually(&what, async || {
        let shown = tab(who).await?;
        Ok((shown == (title.to_owned(), marked)).then_some(()))
    })
    .await
}

/// Says to the page whether anybody looks at it, as a browser does.
async fn looks(who: &Person, looks: bool) -> e2e::Result {
    let say = format!(
        "Object.defineProperty(document, 'hidden', {{ configurable: true, value: {} }});\
         document.dispatchEvent(new Event('visibilitychange'));",
        !looks
    );
    who.browser().run(&say, Vec::new()).await?;
    Ok(())
}

#[test]
fn the_host_hears_who_waits_and_lets_them_in() -> e2e::Result {
    scene("waiting", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_one(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        ada.press_in("People", "Lock call").await?;
        ada.reads(&["The call is locked"]).await?;
        ada.close_panel().await?;
        looks(ada, false).await?;

        bob.join(&link).await?;
        bob.reads(&["Waiting to be let in."]).await?;
        shows(ada, "Someone is waiting – Crabcall", true).await?;
        looks(ada, true).await?;
        shows(ada, "Waiting for others to join. – Crabcall", false).await?;
        ada.reads(&["Someone is waiting. The call is locked."])
            .await?;

        // Nobody waits any more, and then somebody does again.
        bob.press("Stop waiting").await?;
        let unlock = async || ada.browser().has(Role::Control, "Unlock and let in").await;
        eventually("the notice to go away", async || {
            Ok((!unlock().await?).then_some(()))
        })
        .await?;
        bob.press("Join now").await?;
        ada.press("Unlock and let in").await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;
        assert!(!unlock().await?);
        Ok(())
    })
}
