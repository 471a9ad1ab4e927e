//! Who hides the own address is seen and heard all the same, through the server, and by TCP where UDP
//! does not get through. Where both do, ICE takes what works first.

use std::net::IpAddr;

use e2e::{Kind, Person, Server, Setup, eventually, moved_to, scene, scene_on};

/// To the call's lobby and on into the call, hidden; `link` leads there, or to home for a new one.
async fn join_hidden(person: &Person, link: &str, is_host: bool) -> e2e::Result {
    if is_host {
        person.start_call(link).await?;
    } else {
        person.open(link).await?;
    }
    person.press("Hide my address").await?;
    person.join_now().await
}

/// What "Call details" says of the way.
async fn goes(person: &Person, way: &str) -> e2e::Result {
    person.press("Call details").await?;
    eventually(
        &format!("{} to read \"{way}\"", person.name()),
        async || Ok(person.page_text().await?.contains(way).then_some(())),
    )
    .await
}

async fn call(ada: &Person, bob: &Person, origin: &str, way: &str) -> e2e::Result {
    join_hidden(ada, origin, true).await?;
    let link = moved_to(origin, &ada.invitation().await?)?;
    join_hidden(bob, &link, false).await?;
    bob.sees_and_hears("Ada").await?;
    ada.sees_and_hears("Bob").await?;
    goes(ada, way).await?;
    goes(bob, way).await
}

fn on_this_computer(name: &str, more: &'static [&str], kind: Kind, way: &str) -> e2e::Result {
    let loopback = IpAddr::from([127, 0, 0, 1]);
    scene_on(
        name,
        async || Server::start_with(loopback, more).await,
        async |scene| {
            let person = || Setup::new(kind);
            scene.people([("Ada", person()), ("Bob", person())]).await?;
            let [ada, bob] = scene.cast()?;
            call(ada, bob, &scene.server.origin(), way).await
        },
    )
}

#[test]
fn chromium_with_chromium() -> e2e::Result {
    let way = "Through the server";
    on_this_computer("relay-chromium", &[], Kind::Chromium, way)
}

#[test]
fn firefox_with_firefox() -> e2e::Result {
    on_this_computer("relay-firefox", &[], Kind::Firefox, "Through the server")
}

#[test]
fn chromium_by_tcp() -> e2e::Result {
    let way = "Through the server, over TCP";
    let no_udp = &["--udp", "off"];
    on_this_computer("relay-tcp-chromium", no_udp, Kind::Chromium, way)
}

#[test]
fn one_who_hides_and_one_who_does_not() -> e2e::Result {
    scene("relay-one-side", async |scene| {
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        let origin = scene.server.origin();
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;
        join_hidden(bob, &link, false).await?;
        bob.sees_and_hears("Ada").await?;
        ada.sees_and_hears("Bob").await?;
        goes(bob, "Through the server").await
    })
}
