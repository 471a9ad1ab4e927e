//! A browser's translator puts nodes of its own in the place of the page's texts. The page keeps
//! its texts up to date all the same, and the link, the code and names are not translated.

use e2e::{Kind, Role, Setup, scene};

/// Replaces each text node by two `font` elements, also those that come later, as Chromium's
/// translator does.
const TRANSLATE: &str = "
const kept = (node) => node.parentElement?.closest('[translate=no], font, script, style, textarea');
const translate = (root) => {
  const texts = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    if (kept(text) || !text.data.trim()) continue;
    const outer = document.createElement('font');
    const inner = document.createElement('font');
    inner.textContent = text.data.replace('lock', 'l\u{f6}ck');
    outer.append(inner);
    text.replaceWith(outer);
  }
};
translate(document.body);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) {
    if (node.isConnected) translate(node.nodeType === Node.TEXT_NODE ? node.parentNode : node);
  }
}).observe(document.body, { childList: true, subtree: true });";

const KEPT: &str = "
const kept = [...document.querySelectorAll('[translate=no]')];
return kept.map((element) => element.value ?? element.textContent).join('\\n');";

#[test]
fn in_chromium() -> e2e::Result {
    translated(Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    translated(Kind::Firefox)
}

fn translated(kind: Kind) -> e2e::Result {
    scene(&format!("translated-{kind:?}"), async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::new(kind)), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.find(Role::Button, "Join now").await?;
        ada.browser().run(TRANSLATE, vec![]).await?;
        ada.join_now().await?;
        ada.reads(&["Waiting for others to join."]).await?;
        let link = scene.here(&ada.invitation().await?)?;
        let code = ada.call_code().await?;
        let kept = ada.browser().run(KEPT, vec![]).await?;
        let kept = kept.as_str().unwrap_or_default();
        for text in [&*code, "/r/"] {
            assert!(kept.contains(text), "{text} is not in {kept}");
        }

        bob.join(&link).await?;
        ada.reads(&["Bob joined."]).await?;
        ada.sees_and_hears("Bob").await?;
        e2e::eventually("Ada's status to follow", async || {
            Ok((ada.status().await? == "Connected.").then_some(()))
        })
        .await?;
        let kept = ada.browser().run(KEPT, vec![]).await?;
        assert!(kept.as_str().unwrap_or_default().contains("Bob"));

        ada.press_in("People", "Lock call").await?;
        ada.press("Unl\u{f6}ck call").await?;
        ada.find(Role::Button, "Lock call").await?;
        bob.press("Leave").await?;
        ada.reads(&["Bob left."]).await?;
        ada.reads(&["Waiting for others to join."]).await
    })
}
