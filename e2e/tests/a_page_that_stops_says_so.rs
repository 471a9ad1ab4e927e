//! A panic ends the page's program: whoever looks at it is told, and not left with a picture that
//! does nothing any more.

use e2e::{Kind, Setup, scene};

/// Lets the test stop the program: by a wish for more memory than there can be, at which it aborts
/// as it does in a panic.
const PREPARE: &str = "() => {
const load = WebAssembly.instantiateStreaming;
WebAssembly.instantiateStreaming = async (...given) => {
  const made = await load.apply(WebAssembly, given);
  addEventListener('stop', () => made.instance.exports.__wbindgen_malloc(-1, 1));
  return made;
};
}";

fn in_browser(name: &str, kind: Kind) -> e2e::Result {
    scene(name, async |scene| {
        let origin = scene.server.origin();
        scene.people([("Eve", Setup::new(kind))]).await?;
        let [eve] = scene.cast()?;
        eve.browser().before_every_page(PREPARE).await?;
        eve.open(&origin).await?;
        eve.find(e2e::Role::Button, "Start a call").await?;
        let before = eve.page_text().await?;
        assert!(!before.contains("stopped"), "{before}");
        eve.browser()
            .run("dispatchEvent(new Event('stop'));", vec![])
            .await?;
        eve.reads(&["This page has stopped working."]).await?;
        let after = eve.page_text().await?;
        assert!(!after.contains("Start a call"), "{after}");
        // The console told of it as well, which no other page is forgiven.
        scene.close("Eve").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    in_browser("stops-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    in_browser("stops-firefox", Kind::Firefox)
}
