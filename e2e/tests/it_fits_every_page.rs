//! On a page as small as at a zoom of 400 %, and with the system's own colours, everything that
//! somebody needs is seen and can be pressed.

use e2e::{Person, Role, Setup, scene};
use serde_json::json;

/// A script that tells whether the page needs no sideways scrolling, and whether nothing covers the
/// given element.
const IS_FREE: &str = "
const [element] = arguments;
const { left, right, top, bottom } = element.getBoundingClientRect();
const at = (x, y) => element.contains(document.elementFromPoint(x, y));
const middle = (top + bottom) / 2;
return document.documentElement.scrollWidth <= innerWidth
  && at(left + 8, middle) && at(right - 8, middle) && at((left + right) / 2, middle);";
/// The width of the border of what a selector finds, or of its pseudo-element, in pixels.
const BORDER: &str = "
const [selector, pseudo] = arguments;
const { borderTopWidth, opacity } = getComputedStyle(document.querySelector(selector), pseudo);
return pseudo && opacity === '0' ? 0 : parseFloat(borderTopWidth);";

async fn is_free(person: &Person, role: Role, name: &str) -> e2e::Result {
    e2e::eventually(&format!("nothing over {name:?}"), async || {
        let element = person.find(role, name).await?.to_json()?;
        let free = person.browser().run(IS_FREE, vec![element]).await?;
        Ok((free == true).then_some(()))
    })
    .await
}

async fn border(person: &Person, selector: &str, pseudo: Option<&str>) -> e2e::Result<f64> {
    let arguments = vec![json!(selector), json!(pseudo)];
    let width = person.browser().run(BORDER, arguments).await?;
    Ok(width.as_f64().unwrap_or_default())
}

#[test]
fn however_small_or_few_its_colours() -> e2e::Result {
    scene("fits", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_one(
                ("Ada", Setup::chromium().with_forced_colours()),
                ("Bob", Setup::chromium()),
            )
            .await?;
        for (width, height) in [(320, 256), (320, 568), (844, 390)] {
            ada.browser().shrink(width, height).await?;
            is_free(ada, Role::TextBox, "Call link").await?;
            is_free(ada, Role::Button, "Copy link").await?;
            is_free(ada, Role::Button, "Leave").await?;
        }
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;
        ada.browser().shrink(320, 256).await?;
        ada.press("People").await?;
        ada.press("Actions for Bob").await?;
        ada.press("Remove Bob").await?;
        is_free(ada, Role::Button, "Cancel").await?;
        ada.press("Cancel").await?;
        is_free(ada, Role::Button, "Lock call").await?;
        ada.close_panel().await?;

        bob.press("Leave").await?;
        ada.reads(&["Bob left."]).await?;
        for (width, height) in [(390, 844), (844, 390), (320, 256)] {
            ada.browser().shrink(width, height).await?;
            is_free(ada, Role::TextBox, "Call link").await?;
            is_free(ada, Role::Button, "Copy link").await?;
            assert!(ada.page_text().await?.contains("Bob left."), "too late");
        }

        let forced = "return matchMedia('(forced-colors: active)').matches;";
        assert_eq!(ada.browser().run(forced, vec![]).await?, true);
        ada.browser().shrink(1280, 800).await?;
        assert!(border(ada, ".tile.own", Some("::after")).await? > 0.0);
        ada.press("Mute microphone").await?;
        ada.find(Role::Button, "Unmute microphone").await?;
        let is_off = border(ada, "button.microphone", None).await?;
        assert!(is_off > border(ada, "button.camera", None).await?);
        assert!(is_off > border(ada, "button.share", None).await?);
        ada.press("More").await?;
        assert!(border(ada, ".pop", None).await? > 0.0);
        ada.press("Keyboard shortcuts").await?;
        assert!(border(ada, "dialog", None).await? > 0.0);
        assert!(border(ada, ".switch input", None).await? > 0.0);
        Ok(())
    })
}
