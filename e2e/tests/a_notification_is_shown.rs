//! The browser is asked for notifications by a press alone. Then one is shown when somebody comes while
//! nobody looks at the page, and it goes when somebody does.

use e2e::{Person, Setup, eventually, scene};
use serde_json::{Value, json};

/// Puts a constructor of notifications in the place of the browser's, whose questions no test can
/// answer. It notes what it is asked and told.
const STAND_IN: &str = "
window.testNotifications = { asked: 0, shown: [] };
window.Notification = class {
  static permission = 'default';
  static async requestPermission() {
    window.testNotifications.asked += 1;
    return (window.Notification.permission = 'granted');
  }
  constructor(text) {
    this.note = { text, open: true };
    window.testNotifications.shown.push(this.note);
  }
  close() {
    this.note.open = false;
  }
};";

async fn looks_at_the_page(person: &Person, looks: bool) -> e2e::Result {
    let script = format!(
        "Object.defineProperty(document, 'hidden', {{ configurable: true, value: {} }});\
         document.dispatchEvent(new Event('visibilitychange'));",
        !looks
    );
    person.browser().run(&script, vec![]).await?;
    Ok(())
}

async fn notifications(person: &Person, expected: Value) -> e2e::Result {
    let mut last = Value::Null;
    eventually(&format!("the notifications {expected}"), async || {
        let script = "return window.testNotifications;";
        last = person.browser().run(script, vec![]).await?;
        Ok((last == expected).then_some(()))
    })
    .await
}

#[test]
fn a_notification_is_shown() -> e2e::Result {
    scene("notification", async |scene| {
        let ([ada, bob], link) = scene
            .call_of_one(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        ada.browser().run(STAND_IN, vec![]).await?;
        looks_at_the_page(ada, false).await?;
        bob.join(&link).await?;
        ada.sees_and_hears("Bob").await?;
        // Nobody has turned notifications on.
        notifications(ada, json!({ "asked": 0, "shown": [] })).await?;
        bob.press("Leave").await?;
        looks_at_the_page(ada, true).await?;

        ada.press_in("More", "Devices and settings").await?;
        ada.press("Show notifications").await?;
        notifications(ada, json!({ "asked": 1, "shown": [] })).await?;
        ada.close_panel().await?;
        looks_at_the_page(ada, false).await?;
        bob.join(&link).await?;
        let came = json!({ "text": "Bob joined.", "open": true });
        notifications(ada, json!({ "asked": 1, "shown": [came] })).await?;
        looks_at_the_page(ada, true).await?;
        let gone = json!({ "text": "Bob joined.", "open": false });
        notifications(ada, json!({ "asked": 1, "shown": [gone] })).await
    })
}
