//! The whole promise, in every pairing of the two engines: moving pictures and sound, both ways.
//! (The tutorial had no sound at all.)

use e2e::{Setup, scene};

fn pair(name: &str, host: Setup, guest: Setup) -> e2e::Result {
    scene(name, async |scene| {
        let ([ada, bob], _) = scene.call_of_two(("Ada", host), ("Bob", guest)).await?;
        ada.reads(&["Connected."]).await?;
        bob.reads(&["Connected."]).await?;
        // Each also sees their own picture, and nobody hears themselves.
        for person in [ada, bob] {
            person.tile("You").await?.is_seen().await?;
            let echo = person.hears_themselves().await?;
            assert!(!echo, "{} hears themselves", person.name());
            // One connection is enough only if the other browser accepts the first offer.
            assert_eq!(person.connections_made().await?, 1, "{}", person.name());
        }
        Ok(())
    })
}

#[test]
fn chromium_and_chromium() -> e2e::Result {
    pair("chromium-chromium", Setup::chromium(), Setup::chromium())
}

#[test]
fn chromium_and_firefox() -> e2e::Result {
    pair("chromium-firefox", Setup::chromium(), Setup::firefox())
}

#[test]
fn firefox_and_chromium() -> e2e::Result {
    pair("firefox-chromium", Setup::firefox(), Setup::chromium())
}

#[test]
fn firefox_and_firefox() -> e2e::Result {
    pair("firefox-firefox", Setup::firefox(), Setup::firefox())
}
