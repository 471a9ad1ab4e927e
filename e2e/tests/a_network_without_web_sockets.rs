//! Behind a proxy that lets no WebSocket through people still call each other; and when it begins
//! to, the page goes over to one and nobody notices.

use e2e::{Person, Proxy, Scene, Setup, WebSockets, eventually, scene};

async fn details_say(person: &Person, words: &str) -> e2e::Result {
    person.press_in("More", "Call details").await?;
    person.press("Codecs and addresses").await?;
    person.reads(&[words]).await?;
    person.close_panel().await
}

async fn call_behind(scene: &mut Scene, web_sockets: WebSockets) -> e2e::Result {
    let proxy = Proxy::start(scene.server.http(), web_sockets).await?;
    scene
        .people([("Ada", Setup::chromium()), ("Bob", Setup::firefox())])
        .await?;
    let [ada, bob] = scene.cast()?;
    ada.start_call(&proxy.origin()).await?;
    ada.join_now().await?;
    let link = e2e::moved_to(&proxy.origin(), &ada.invitation().await?)?;
    bob.join(&link).await?;
    bob.sees_and_hears("Ada").await?;
    ada.sees_and_hears("Bob").await?;
    assert_eq!(proxy.passed(), 0);
    details_say(ada, "HTTP requests").await?;
    bob.press("Mute microphone").await?;
    ada.tile("Bob").await?.says("Microphone off").await?;
    // The proxy's owner has changed its mind, and the network says that something is new.
    proxy.set(WebSockets::Pass);
    for person in [ada, bob] {
        person
            .browser()
            .run("window.dispatchEvent(new Event('online'));", vec![])
            .await?;
    }
    eventually("two WebSockets", async || {
        Ok((proxy.passed() == 2).then_some(()))
    })
    .await?;
    details_say(ada, "WebSocket").await?;
    bob.press("Unmute microphone").await?;
    ada.tile("Bob")
        .await?
        .says_no_more("Microphone off")
        .await?;
    ada.press("Mute microphone").await?;
    bob.tile("Ada").await?.says("Microphone off").await?;
    bob.tile("Ada").await?.is_seen().await?;
    ada.sees_and_hears("Bob").await?;
    for person in [ada, bob] {
        person.reads(&["Connected."]).await?;
    }
    bob.press("Leave").await?;
    ada.sees_nobody_called("Bob").await
}

#[test]
fn that_are_refused() -> e2e::Result {
    scene("web-sockets-refused", async |scene| {
        call_behind(scene, WebSockets::Refused).await
    })
}

#[test]
fn that_hang() -> e2e::Result {
    scene("web-sockets-hang", async |scene| {
        call_behind(scene, WebSockets::Hang).await
    })
}

#[test]
fn that_are_stripped() -> e2e::Result {
    scene("web-sockets-stripped", async |scene| {
        call_behind(scene, WebSockets::Stripped).await
    })
}
