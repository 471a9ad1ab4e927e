//! A page that came by plain HTTP has no clipboard. The link is copied all the same, or else
//! selected, and the person is told which.

use e2e::{Kind, Person, Role, Setup, scene};

/// As on a page that came by plain HTTP.
const NO_CLIPBOARD: &str = "() => {
  Object.defineProperty(navigator, 'clipboard', { value: undefined });
}";
/// The text that is selected in the field that has the focus.
const SELECTED: &str = "
const field = document.activeElement;
return field.value?.slice(field.selectionStart, field.selectionEnd) ?? '';";
const SELECT_ALL_AND_PASTE: &str = "\u{e009}av\u{e000}";

fn copies(name: &str, kind: Kind) -> e2e::Result {
    scene(name, async |scene| {
        scene.people([("Ada", Setup::new(kind))]).await?;
        let [ada] = scene.cast()?;
        ada.browser().before_every_page(NO_CLIPBOARD).await?;
        ada.start_call(&scene.server.origin()).await?;
        ada.join_now().await?;
        let link = ada.invitation().await?;

        ada.press("Copy link").await?;
        ada.reads(&["Copied."]).await?;
        assert_eq!(pasted(ada).await?, link);

        let refuse = "document.execCommand = () => false;";
        ada.browser().run(refuse, vec![]).await?;
        ada.press("Copy link").await?;
        ada.reads(&["The link is selected: copy it from there."])
            .await?;
        let selected = ada.browser().run(SELECTED, vec![]).await?;
        assert_eq!(selected, link.as_str());
        Ok(())
    })
}

/// What the browser pastes into the field for the own name.
async fn pasted(person: &Person) -> e2e::Result<String> {
    person.press_in("More", "Devices and settings").await?;
    let field = person.find(Role::TextBox, "Your name").await?;
    // The field takes no text as long as a link.
    person
        .browser()
        .run("arguments[0].maxLength = 1000;", vec![field.to_json()?])
        .await?;
    field.send_keys(SELECT_ALL_AND_PASTE).await?;
    let text = field.value().await?.unwrap_or_default();
    person.close_panel().await?;
    Ok(text)
}

#[test]
fn in_chromium() -> e2e::Result {
    copies("copied-chromium", Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    copies("copied-firefox", Kind::Firefox)
}
