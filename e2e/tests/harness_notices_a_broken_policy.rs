//! The tests' own sense for a broken Content-Security-Policy: a page that tries is found out.

use e2e::{Kind, Setup, scene};

const INLINE: &str = "
const script = document.createElement('script');
script.setAttribute('src', 'data:text/javascript,1');
document.head.append(script);";

fn in_browser(name: &str, kind: Kind) {
    let played = scene(name, async |scene| {
        let origin = scene.server.origin();
        scene.people([("Eve", Setup::new(kind))]).await?;
        let [eve] = scene.cast()?;
        eve.open(&origin).await?;
        eve.find(e2e::Role::Button, "Start a call").await?;
        // Trusted Types or the list of sources: one of them must object.
        let _ = eve.browser().run(INLINE, vec![]).await;
        e2e::eventually("the console to tell", async || {
            let told = eve.browser().console();
            Ok(told.iter().any(|line| line.contains("CSP:")).then_some(()))
        })
        .await
    });
    let error = played.expect_err("the scene passed");
    let error = format!("{error:#}");
    assert!(error.contains("the page of Eve complained"), "{error}");
}

#[test]
fn in_chromium() {
    in_browser("policy-chromium", Kind::Chromium);
}

#[test]
fn in_firefox() {
    in_browser("policy-firefox", Kind::Firefox);
}
