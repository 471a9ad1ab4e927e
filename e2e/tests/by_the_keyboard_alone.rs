//! Whoever uses the keyboard or hears the page is never lost: the focus stays where something is to
//! be done, menus and controls have arrow keys, and what a shortcut did is said.

use e2e::{Kind, Person, Role, Setup, scene};

/// The accessible name of what has the focus, or its tag.
const FOCUSED: &str = "
const it = document.activeElement;
return it.getAttribute('aria-label') ?? (it.textContent.trim() || it.id || it.tagName);";
/// The texts of all status lines, which screen readers say.
const SAID: &str = "
const all = [...document.querySelectorAll('[role=status]')];
return all.map((it) => it.textContent).join('\\n');";
/// Presses the key M on a keyboard with Cyrillic letters.
const CYRILLIC_M: &str = "
window.dispatchEvent(new KeyboardEvent('keydown', { key: 'ь', code: 'KeyM', cancelable: true }));";

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const LEFT: &str = "\u{e012}";
const END: &str = "\u{e010}";
const ESCAPE: &str = "\u{e00c}";

async fn text_of(person: &Person, script: &str) -> e2e::Result<String> {
    let text = person.browser().run(script, vec![]).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

async fn has_focus(person: &Person, name: &str) -> e2e::Result {
    let mut last = String::new();
    e2e::eventually(&format!("the focus to be on {name:?}"), async || {
        last = text_of(person, FOCUSED).await?;
        Ok((last == name).then_some(()))
    })
    .await
    .map_err(|error| error.context(format!("it is on {last:?}")))
}

async fn hears(person: &Person, words: &str) -> e2e::Result {
    e2e::eventually(&format!("{words:?} to be said"), async || {
        let said = text_of(person, SAID).await?;
        Ok(said.contains(words).then_some(()))
    })
    .await
}

#[test]
fn in_chromium() -> e2e::Result {
    by_keyboard(Kind::Chromium)
}

#[test]
fn in_firefox() -> e2e::Result {
    by_keyboard(Kind::Firefox)
}

fn by_keyboard(kind: Kind) -> e2e::Result {
    scene(&format!("keyboard-{kind:?}"), async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::new(kind)), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.start_call(&origin).await?;
        ada.tile("You").await?.is_seen().await?;
        let scrolled = ada.browser().run("return scrollY;", vec![]).await?;
        assert_eq!(scrolled, 0, "the lobby opens scrolled");
        ada.join_now().await?;
        let link = scene.here(&ada.invitation().await?)?;

        // When somebody joins, the invitation disappears, and with it the field that had the focus.
        ada.find(Role::TextBox, "Call link").await?.focus().await?;
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;
        has_focus(ada, "Call").await?;
        ada.find(Role::Heading, "Call with Bob").await?;

        ada.key("m").await?;
        hears(ada, "Microphone off").await?;
        ada.browser().run(CYRILLIC_M, vec![]).await?;
        hears(ada, "Microphone on").await?;

        // The tab key stops at the controls once, and arrow keys go on from there.
        ada.find(Role::Button, "Mute microphone")
            .await?
            .focus()
            .await?;
        ada.key(RIGHT).await?;
        has_focus(ada, "Choose microphone and speaker").await?;
        ada.key(END).await?;
        has_focus(ada, "Leave").await?;
        ada.key(LEFT).await?;
        has_focus(ada, "More").await?;

        // A menu takes the focus and gives it back.
        ada.key("\u{e007}").await?;
        has_focus(ada, "Devices and settings").await?;
        ada.key(DOWN).await?;
        has_focus(ada, "Only sound").await?;
        ada.key(ESCAPE).await?;
        has_focus(ada, "More").await?;

        // An open panel has a status line of its own, because screen readers hear nothing outside
        // of it.
        ada.press_in("More", "Keyboard shortcuts").await?;
        ada.find(Role::Dialog, "Keyboard shortcuts").await?;
        let heard_inside = "
            const lines = document.querySelectorAll('dialog [role=status]');
            return [...lines].map((it) => it.textContent).join();";
        assert!(text_of(ada, heard_inside).await?.contains("Connected."));

        // The field of the chat has the focus at once, and Escape gives it back.
        ada.key(ESCAPE).await?;
        has_focus(ada, "More").await?;
        ada.key("c").await?;
        has_focus(ada, "Write a message").await?;
        ada.key("mc\u{e007}").await?;
        ada.find(Role::Button, "Mute microphone").await?;
        ada.key(ESCAPE).await?;
        has_focus(ada, "More").await?;
        bob.reads(&["Ada: mc"]).await?;

        // Shortcuts of single keys can be turned off, and stay off.
        ada.press_in("More", "Keyboard shortcuts").await?;
        ada.press("Use single keys").await?;
        ada.key(ESCAPE).await?;
        has_focus(ada, "More").await?;
        ada.key("m").await?;
        ada.key(LEFT).await?;
        has_focus(ada, "Chat").await?;
        ada.find(Role::Button, "Mute microphone").await?;
        Ok(())
    })
}
