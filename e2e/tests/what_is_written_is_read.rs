//! What is written in a call is read by the other as text, with links that can be followed safely, and
//! once, also when the server was killed meanwhile.

use e2e::{Person, Role, Setup, eventually, scene};
use serde_json::json;

const ENTER: &str = "\u{e007}";
const LINK: &str = "https://example.org/notes?page=3";
const FIELD: &str = "Write a message";

async fn write(person: &Person, text: &str) -> e2e::Result {
    person.fill(FIELD, text).await?;
    person.key(ENTER).await
}

/// What is read in the chat, message by message.
async fn texts(person: &Person) -> e2e::Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('.texts .body')].map((it) => it.innerText);";
    let texts = person.browser().run(script, vec![]).await?;
    Ok(serde_json::from_value(texts)?)
}

async fn reads_last(person: &Person, text: &str) -> e2e::Result {
    let what = format!("{} to read {text:?} last", person.name());
    eventually(&what, async || {
        let last = texts(person).await?.pop();
        Ok((last.as_deref() == Some(text)).then_some(()))
    })
    .await
}

/// What the button of the chat says besides its name.
async fn unread(person: &Person, words: &str) -> e2e::Result {
    let script = "return document.getElementById('chat-unread').textContent;";
    eventually(&format!("{} to see {words:?}", person.name()), async || {
        let said = person.browser().run(script, vec![]).await?;
        Ok((said == words).then_some(()))
    })
    .await
}

#[test]
fn what_is_written_is_read() -> e2e::Result {
    scene("chat", async |scene| {
        scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        {
            let [ada, bob] = scene.cast()?;
            ada.press("Chat").await?;
            ada.reads(&["Nothing was written yet."]).await?;
            let hostile = "<img src=x onerror=alert(1)> {x} \\u003cb>";
            let first = format!("See {LINK}. {hostile}");
            write(ada, &first).await?;
            reads_last(ada, &first).await?;
            // The chat is closed there.
            bob.reads(&["See https://example.org/notes"]).await?;
            unread(bob, "1 unread").await?;
            bob.press("Chat").await?;
            reads_last(bob, &first).await?;
            unread(bob, "").await?;
            let link = "
                const links = [...document.querySelectorAll('.texts a')];
                const images = document.querySelectorAll('.texts img').length;
                return [images, links.map((it) => [it.href, it.innerText, it.target, it.rel])];";
            let link = bob.browser().run(link, vec![]).await?;
            let safe = json!([0, [[LINK, LINK, "_blank", "noopener noreferrer"]]]);
            assert_eq!(link, safe);

            // A draft stays while the panel is closed.
            write(bob, "Hello Ada").await?;
            reads_last(ada, "Hello Ada").await?;
            ada.fill(FIELD, "while the server").await?;
            ada.close_panel().await?;
            ada.press("Chat").await?;
            let draft = ada.find(Role::TextBox, FIELD).await?.value().await?;
            assert_eq!(draft.as_deref(), Some("while the server"));
        }
        scene.server.kill();
        {
            let [ada, _] = scene.cast()?;
            ada.reads(&["The server is out of reach."]).await?;
            write(ada, "while the server is away").await?;
            ada.reads(&["Not sent yet"]).await?;
        }
        scene.server.start_again().await?;
        let [ada, bob] = scene.cast()?;
        reads_last(bob, "while the server is away").await?;
        for person in [ada, bob] {
            person.reads(&["Connected."]).await?;
        }
        write(bob, "And now").await?;
        reads_last(ada, "And now").await?;
        assert!(!ada.page_text().await?.contains("Not sent yet"));
        let all = texts(bob).await?;
        assert_eq!(all, texts(ada).await?);
        assert_eq!(all.len(), 4, "each text once: {all:?}");
        Ok(())
    })
}
