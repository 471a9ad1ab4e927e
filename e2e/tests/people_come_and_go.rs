//! Two, three, two, three and two people in one call, in both browsers: after each step everybody sees
//! and hears everybody else. (Four browsers at once are more than a small computer decodes; calls of
//! four are in the simulations.)

use e2e::{Person, Setup, scene};

async fn all_meet(people: &[&Person]) -> e2e::Result {
    for one in people {
        for other in people.iter().filter(|other| other.name() != one.name()) {
            one.sees_and_hears(other.name()).await?;
        }
        let mut expected: Vec<_> = people
            .iter()
            .map(|it| it.name())
            .map(|name| if name == one.name() { "You" } else { name })
            .collect();
        expected.sort_unstable();
        assert_eq!(one.people_seen().await?, expected);
    }
    Ok(())
}

#[test]
fn people_come_and_go() -> e2e::Result {
    scene("come-and-go", async |scene| {
        let (_, link) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        scene.people([("Eve", Setup::chromium())]).await?;
        let [ada, bob, eve] = scene.cast()?;
        eve.join(&link).await?;
        all_meet(&[ada, bob, eve]).await?;

        bob.press("Leave").await?;
        ada.sees_nobody_called("Bob").await?;
        all_meet(&[ada, eve]).await?;

        bob.join(&link).await?;
        all_meet(&[ada, bob, eve]).await?;
        ada.press_in("People", "Actions for Bob").await?;
        ada.press("Remove Bob").await?;
        ada.press("Remove now").await?;
        bob.reads(&["The host removed you from the call."]).await?;
        ada.close_panel().await?;
        eve.sees_nobody_called("Bob").await?;
        all_meet(&[ada, eve]).await
    })
}
