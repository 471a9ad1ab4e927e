//! Something answers in the place of the server where the page asks for messages: the page names it,
//! and what its operator has to do, instead of blaming the network; and goes on by itself when it is
//! mended.

use e2e::{Kind, Proxy, Role, Setup, Signalling, WebSockets, scene};

fn in_browser(name: &str, kind: Kind) -> e2e::Result {
    scene(name, async |scene| {
        let proxy = Proxy::start(scene.server.http(), WebSockets::Pass).await?;
        scene.people([("Ada", Setup::new(kind))]).await?;
        let [ada] = scene.cast()?;
        for (signalling, says) in [
            (Signalling::Redirected, "wants a login"),
            (Signalling::LoginPage, "wants a login"),
            (Signalling::Unauthorized, "wants a login"),
            (Signalling::NotFound, "answers in its place, with 404."),
            (
                Signalling::OtherHost,
                "does not accept the address of this page.",
            ),
        ] {
            proxy.set_signalling(signalling);
            ada.open(&proxy.origin()).await?;
            ada.press("Start a call").await?;
            ada.find(Role::Button, "Join now").await?;
            ada.reads(&[says, "Whoever runs the server has to"]).await?;
            let text = ada.page_text().await?;
            assert!(
                !text.contains("cannot be reached"),
                "{signalling:?}: {text}"
            );
        }
        proxy.set_signalling(Signalling::Pass);
        ada.join_now().await?;
        ada.reads(&["Waiting for others to join."]).await?;
        // The console tells of every WebSocket that failed, which no other page is forgiven.
        scene.close("Ada").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    in_browser("stands-in-front-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    in_browser("stands-in-front-firefox", Kind::Firefox)
}
