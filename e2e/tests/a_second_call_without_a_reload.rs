//! After a call the same page makes another one: the same call again, then a new one. (The
//! tutorial had no hanging up and no second call.)

use e2e::{Person, Setup, moved_to, scene};

async fn mark(person: &Person) -> e2e::Result {
    person
        .browser()
        .run("window.sameDocument = true;", vec![])
        .await?;
    Ok(())
}

async fn is_marked(person: &Person) -> e2e::Result<bool> {
    let marked = person
        .browser()
        .run("return window.sameDocument === true;", vec![])
        .await?;
    Ok(marked == true)
}

#[test]
fn a_second_call_without_a_reload() -> e2e::Result {
    scene("second-call", async |scene| {
        let origin = scene.server.origin();
        let ([ada, bob], first) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        mark(ada).await?;
        mark(bob).await?;

        // The same call again, for both.
        bob.press("Leave").await?;
        ada.press("Leave").await?;
        ada.press("Call again").await?;
        ada.press("Join now").await?;
        bob.press("Call again").await?;
        bob.press("Join now").await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;

        // A new call.
        ada.press("Leave").await?;
        ada.press("Home").await?;
        ada.press("Start a call").await?;
        ada.press("Join now").await?;
        let link = moved_to(&origin, &ada.invitation().await?)?;
        assert_ne!(link, first, "a new call has a new link");
        bob.press("Leave").await?;
        bob.press("Home").await?;
        bob.fill("Call code or link", &link).await?;
        bob.press("Join").await?;
        bob.press("Join now").await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;

        assert!(
            is_marked(ada).await? && is_marked(bob).await?,
            "the page was reloaded"
        );
        assert_eq!(ada.open_connections().await?, 1, "left-over connections");
        assert_eq!(bob.open_connections().await?, 1, "left-over connections");
        Ok(())
    })
}
