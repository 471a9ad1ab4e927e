//! Whoever starts a call is its host from that moment on, on this device: after reloading the lobby,
//! going Back and Forward, and reloading the call.

use e2e::{Person, Role, Setup, scene};

async fn is_host(who: &Person) -> e2e::Result {
    if !who.browser().has(Role::Control, "Lock call").await? {
        who.press("People").await?;
    }
    who.reads(&["Lock call"]).await?;
    who.close_panel().await
}

fn stays_host(name: &str, host: Setup, guest: Setup) -> e2e::Result {
    scene(name, async |scene| {
        let origin = scene.server.origin();
        scene.people([("Ada", host), ("Bob", guest)]).await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.lands_in_lobby().await?;
        let web = ada.browser().web();
        let link = web.current_url().await?.to_string();
        web.refresh().await?;
        ada.lands_in_lobby().await?;
        web.back().await?;
        ada.reads(&["Recent calls"]).await?;
        web.forward().await?;
        ada.lands_in_lobby().await?;
        ada.join_now().await?;
        is_host(ada).await?;

        bob.join(&link).await?;
        bob.sees_and_hears("Ada").await?;
        ada.browser().web().refresh().await?;
        ada.join_now().await?;
        ada.sees_and_hears("Bob").await?;
        is_host(ada).await?;
        assert_eq!(bob.people_seen().await?, ["Ada", "You"]);
        Ok(())
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    stays_host("host-stays", Setup::chromium(), Setup::firefox())
}

#[test]
fn in_firefox() -> e2e::Result {
    stays_host("host-stays-firefox", Setup::firefox(), Setup::chromium())
}
