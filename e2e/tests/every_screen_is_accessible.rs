//! axe-core finds nothing to object to, on any screen.

use e2e::{Devices, Setup, scene};

#[test]
fn from_home_to_the_end_of_a_call() -> e2e::Result {
    scene("axe-call", async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.open(&origin).await?;
        ada.find(e2e::Role::Button, "Start a call").await?;
        ada.finds_it_accessible("home").await?;
        ada.press("Start a call").await?;
        ada.tile("You").await?.is_seen().await?;
        ada.finds_it_accessible("lobby").await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        ada.call_code().await?;
        ada.finds_it_accessible("alone with the invitation").await?;

        bob.join(&link).await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;
        ada.finds_it_accessible("call of two").await?;
        bob.press("Chat").await?;
        bob.fill("Write a message", "See https://example.org")
            .await?;
        bob.press("Send").await?;
        ada.reads(&["See https://example.org"]).await?;
        ada.finds_it_accessible("call with a text").await?;
        bob.close_panel().await?;
        for panel in ["People", "Chat", "Call details", "More"] {
            ada.press(panel).await?;
            ada.finds_it_accessible(panel).await?;
            ada.close_panel().await?;
        }
        for panel in ["Devices and settings", "Keyboard shortcuts"] {
            ada.press("More").await?;
            ada.press(panel).await?;
            ada.finds_it_accessible(panel).await?;
            ada.close_panel().await?;
        }
        ada.press_in("People", "Actions for Bob").await?;
        ada.press("Volume of Bob").await?;
        ada.finds_it_accessible("volume").await?;
        ada.press("Actions for Bob").await?;
        ada.press("Mute Bob for me").await?;
        ada.tile("Bob").await?.says("Muted for you").await?;
        ada.close_panel().await?;
        ada.finds_it_accessible("call with somebody muted").await?;
        bob.press("Turn camera off").await?;
        ada.tile("Bob").await?.has_no_picture().await?;
        ada.finds_it_accessible("call without a picture").await?;
        ada.press("Leave").await?;
        ada.reads(&["You left."]).await?;
        ada.finds_it_accessible("after").await?;
        ada.press("Home").await?;
        ada.reads(&["Recent calls"]).await?;
        ada.finds_it_accessible("home with recent calls").await
    })
}

#[test]
fn when_something_is_in_the_way() -> e2e::Result {
    scene("axe-trouble", async |scene| {
        let origin = scene.server.origin();
        let refused = Setup::chromium().devices(Devices::Denied);
        scene.people([("Ada", refused)]).await?;
        let [ada] = scene.cast()?;
        ada.open(&origin).await?;
        ada.fill("Call code or link", "no code").await?;
        ada.press("Join").await?;
        ada.reads(&["That is no call code"]).await?;
        ada.finds_it_accessible("home with a problem").await?;
        ada.press("Start a call").await?;
        ada.reads(&["Camera and microphone are blocked"]).await?;
        ada.finds_it_accessible("lobby with a denied camera")
            .await?;
        ada.open(&format!("{origin}/r/AAAAAAAAAAAAAAAAAAAAAA"))
            .await?;
        ada.join_now().await?;
        ada.reads(&["Waiting to be let in."]).await?;
        ada.finds_it_accessible("waiting").await?;
        ada.open(&format!("{origin}/trust")).await?;
        ada.finds_it_accessible("trust").await
    })
}
