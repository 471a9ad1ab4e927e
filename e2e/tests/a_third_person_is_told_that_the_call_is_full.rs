//! The third is refused in words, the two go on undisturbed, and the third gets in when there is
//! room. (In the tutorial a third person took the guest's place.)

use std::net::Ipv4Addr;
use std::time::Duration;

use e2e::{Server, Setup, scene_on};

#[test]
fn a_third_person_is_told_that_the_call_is_full() -> e2e::Result {
    let server =
        async || Server::start_with(Ipv4Addr::LOCALHOST.into(), &["--max-participants", "2"]).await;
    scene_on("full", server, async |scene| {
        let (_, link) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        scene.people([("Eve", Setup::chromium())]).await?;
        let [ada, bob, eve] = scene.cast()?;
        eve.open(&link).await?;
        eve.join_now().await?;
        eve.reads(&["This call is full."]).await?;
        ada.tile("Bob")
            .await?
            .keeps_moving_for(Duration::from_secs(1))
            .await?;
        bob.tile("Ada")
            .await?
            .keeps_moving_for(Duration::from_secs(1))
            .await?;
        assert_eq!(ada.people_seen().await?, ["Bob", "You"]);

        bob.press("Leave").await?;
        ada.sees_nobody_called("Bob").await?;
        if eve.offers_to_join().await? {
            eve.press("Join now").await?;
        }
        eve.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Eve").await
    })
}
