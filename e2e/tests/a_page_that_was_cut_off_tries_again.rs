//! The page's program is cut off on its way, as when the network changes while it loads: it is asked
//! for again, and the page starts.

use e2e::{Kind, Setup, scene};

/// Cuts the first answer with the program off after a few bytes.
const PREPARE: &str = "() => {
const load = window.fetch;
window.fetch = (...given) => {
  if (window.testCut || !String(given[0]).endsWith('.wasm')) return load(...given);
  window.testCut = true;
  const body = new ReadableStream({
    start(bytes) {
      bytes.enqueue(new Uint8Array([0, 97, 115, 109]));
      bytes.error(new TypeError('cut off'));
    },
  });
  return Promise.resolve(new Response(body, { headers: { 'content-type': 'application/wasm' } }));
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
        let cut = eve.browser().run("return window.testCut;", vec![]);
        assert_eq!(cut.await?, true, "nothing was cut off");
        // The console may tell of that, which no other page is forgiven.
        scene.close("Eve").await
    })
}

#[test]
fn in_chromium() -> e2e::Result {
    in_browser("cut-off-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    in_browser("cut-off-firefox", Kind::Firefox)
}
