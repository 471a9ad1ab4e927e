//! Over HTTPS at an address of the network, with the CA trusted as `/trust` tells: camera and
//! microphone are there. (The tutorial's phones got no camera for want of HTTPS, and its server
//! had one fixed address.)

use std::net::IpAddr;

use anyhow::Context;
use e2e::{Kind, Server, Setup, scene_on};

/// An address of this computer in a private network: the CA vouches for no other.
fn lan_address() -> e2e::Result<IpAddr> {
    let is_private = |address: &IpAddr| match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    if_addrs::get_if_addrs()?
        .into_iter()
        .map(|interface| interface.ip())
        .find(is_private)
        .context("this computer has no address in a private network")
}

fn in_browser(name: &str, kind: Kind) -> e2e::Result {
    let address = lan_address()?;
    scene_on(
        name,
        async || Server::start_with(address, &[]).await,
        async |scene| {
            let ca = scene.server.download_ca().await?;
            let trusting = || Setup::new(kind).trusting(&ca);
            scene
                .people([("Ada", trusting()), ("Bob", trusting())])
                .await?;
            let [ada, bob] = scene.cast()?;
            let origin = scene.server.https_origin();
            ada.start_call(&origin).await?;
            let secure = ada.browser().run("return window.isSecureContext;", vec![]);
            assert_eq!(secure.await?, true);
            ada.join_now().await?;
            let link = ada.invitation().await?;
            assert!(link.starts_with(&format!("{origin}/r/")), "{link}");
            bob.join(&link).await?;
            bob.sees_and_hears("Ada").await?;
            ada.sees_and_hears("Bob").await
        },
    )
}

#[test]
fn in_chromium() -> e2e::Result {
    in_browser("https-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    in_browser("https-firefox", Kind::Firefox)
}
