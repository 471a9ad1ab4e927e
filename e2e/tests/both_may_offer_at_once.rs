//! Both offer at the same moment: one of the two takes its offer back, and picture and sound go on.

use e2e::{Person, Scene, Setup, eventually, scene};

/// The page finds that ICE should be restarted, and has made its offer.
async fn offers(person: &Person) -> e2e::Result {
    let open = "window.testConnections.find((it) => it.connectionState === 'connected')";
    let restart = format!("{open}.restartIce();");
    person.browser().run(&restart, vec![]).await?;
    let offers = format!("return {open}.signalingState === 'have-local-offer';");
    eventually("an offer", async || {
        let offers = person.browser().run(&offers, vec![]).await?;
        Ok((offers == true).then_some(()))
    })
    .await
}

async fn once(scene: &Scene) -> e2e::Result {
    let [ada, bob] = scene.cast()?;
    scene.server.pause()?;
    offers(ada).await?;
    offers(bob).await?;
    scene.server.go_on()?;
    for person in [ada, bob] {
        let stable = "return window.testConnections.every((it) =>
            it.signalingState === 'stable' || it.signalingState === 'closed');";
        eventually("a description of each", async || {
            let stable = person.browser().run(stable, vec![]).await?;
            Ok((stable == true).then_some(()))
        })
        .await?;
    }
    ada.sees_and_hears("Bob").await?;
    bob.sees_and_hears("Ada").await?;
    for person in [ada, bob] {
        assert_eq!(person.connections_made().await?, 1, "another connection");
    }
    Ok(())
}

/// Twice: the second time both have offered before.
async fn twice(scene: &mut Scene, ada: Setup, bob: Setup) -> e2e::Result {
    scene.call_of_two(("Ada", ada), ("Bob", bob)).await?;
    once(scene).await?;
    once(scene).await
}

#[test]
fn in_chromium() -> e2e::Result {
    scene("both-offer-chromium", async |scene| {
        twice(scene, Setup::chromium(), Setup::chromium()).await
    })
}

#[test]
fn in_firefox() -> e2e::Result {
    scene("both-offer-firefox", async |scene| {
        twice(scene, Setup::firefox(), Setup::firefox()).await
    })
}
