//! Choosing another camera or microphone takes effect for the other, on the same connection.

use anyhow::Context;
use e2e::{Person, Role, Setup, scene};
use serde_json::Value;

const SENT: &str = "
const open = window.testConnections.filter((connection) => connection.signalingState !== 'closed');
const kind = arguments[0];
return [
  window.testConnections.length,
  open.flatMap((connection) => connection.getSenders())
    .find((sender) => sender.track?.kind === kind)?.track.getSettings().deviceId,
];";

/// How many connections the page has made, and which device it sends.
async fn sent(who: &Person, kind: &str) -> e2e::Result<(u64, String)> {
    let found = who.browser().run(SENT, vec![kind.into()]).await?;
    let Some([connections, Value::String(device)]) = found.as_array().map(Vec::as_slice) else {
        anyhow::bail!("nothing is sent: {found}");
    };
    Ok((connections.as_u64().unwrap_or(0), device.clone()))
}

async fn switches(who: &Person, other: &Person, menu: &str, kind: &str) -> e2e::Result {
    let (connections, device) = sent(who, kind).await?;
    let select = who.find(Role::ComboBox, menu).await?;
    let options = select.find_all(thirtyfour::By::Tag("option")).await?;
    let last = options.last().context("there is a choice")?;
    let chosen = last.value().await?.unwrap_or_default();
    assert_ne!(chosen, device, "there is but one");
    last.click().await?;
    e2e::eventually(&format!("{menu} {chosen} to be sent"), async || {
        Ok((sent(who, kind).await? == (connections, chosen.clone())).then_some(()))
    })
    .await?;
    other.sees_and_hears(who.name()).await
}

#[test]
fn another_device_keeps_the_call() -> e2e::Result {
    scene("device-switch", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        ada.press("More").await?;
        ada.press("Devices and settings").await?;
        switches(ada, bob, "Camera", "video").await?;
        switches(ada, bob, "Microphone", "audio").await?;
        ada.sees_and_hears("Bob").await
    })
}
