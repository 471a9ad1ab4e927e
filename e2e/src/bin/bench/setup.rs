//! From the second person's "Join now" to the first frame of the other.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use e2e::{Browser, Floor, Kind, Person, Role, Server, Setup, moved_to};
use serde_json::Value;

use crate::{Effort, stats::Samples};

const SENT: &str = "
const [sender] = window.testConnections
  .filter((connection) => connection.signalingState !== 'closed')
  .flatMap((connection) => connection.getSenders())
  .filter((sender) => sender.track?.kind === 'video');
const { width, height } = sender?.track.getSettings() ?? {};
return `${width}x${height}`;";

pub async fn run(effort: Effort) -> Result<String> {
    let joins = if effort.quick { 3 } else { 20 };
    let mut text = format!(
        "`cargo xtask bench setup`\n\nMilliseconds from \"Join now\" of the second person to the \
         first frame of the other being painted, against the floor: one page with two \
         RTCPeerConnections in the same browser, from the press that starts it. {joins} joins and \
         {joins} floors in turn.\n\n\
         | browser | captured | ours: median (least … most) | ours: 90 % | floor: median | floor: 90 % | ours / floor |\n\
         |---|---|---|---|---|---|---|\n"
    );
    for kind in [Kind::Chromium, Kind::Firefox] {
        let (ours, floor, captured) = measure(kind, joins).await?;
        let _ = writeln!(
            text,
            "| {kind:?} | {captured} | {ours} | {:.0} | {floor} | {:.0} | {:.2} |",
            ours.percentile(90),
            floor.percentile(90),
            ours.median() / floor.median()
        );
    }
    let _ = writeln!(text, "\nAt most 1.5; stretch below 1.0.");
    Ok(text)
}

async fn measure(kind: Kind, joins: usize) -> Result<(Samples, Samples, String)> {
    let server = Server::start().await?;
    let origin = server.origin();
    let page = Floor::start().await?;
    let ada = Person::new("Ada", &Setup::new(kind)).await?;
    let bob = Person::new("Bob", &Setup::new(kind)).await?;
    bob.browser().watch_frames().await?;
    ada.start_call(&origin).await?;
    ada.join_now().await?;
    let link = moved_to(&origin, &ada.invitation().await?)?;

    let (mut ours, mut floor) = (Samples::default(), Samples::default());
    let mut captured = String::new();
    for round in 0..joins {
        let ms = join(&bob, &link).await?;
        captured = sent(bob.browser()).await?;
        bob.press("Leave").await?;
        ada.sees_nobody_called("Bob").await?;
        // Between calls, so that it has the computer for itself as far as Bob's call had.
        let (least, _) = page.connect(bob.browser()).await?;
        eprintln!("{kind:?} {round}: {ms:.0} ms, floor {least:.0} ms");
        ours.push(ms);
        floor.push(least);
    }
    bob.quit().await?;
    ada.quit().await?;
    Ok((ours, floor, captured))
}

async fn join(bob: &Person, link: &str) -> Result<f64> {
    bob.open(link).await?;
    bob.tile("You").await?.is_seen().await?;
    bob.find(Role::Button, "Join now").await?;
    bob.join_now().await?;
    bob.browser().first_frame().await
}

async fn sent(browser: &Browser) -> Result<String> {
    let size: Value = browser.run(SENT, vec![]).await?;
    Ok(size.as_str().context("a size")?.to_owned())
}
