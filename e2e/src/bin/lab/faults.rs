//! What goes wrong in a call, and how long that is felt.

use std::{path::Path as Folder, time::Duration};

use anyhow::{Context, Result, ensure};
use e2e::{Kind, Person, Role, stats::Samples};
use serde_json::Value;

use crate::{
    access::Access::{self, *},
    cells::Cell,
    figures::{Figure, concealed, lost, rate, received},
    flood::{Flood, Flooded},
    link::{Loss, Weather},
    stage::Stage,
    world::{Hosting, Uplink, World},
};

const MEDIA_LOG: &str = include_str!("../../js/media_log.js");
/// The longest that we wait for a call to come back.
const PATIENCE: Duration = Duration::from_secs(90);
/// A picture that stands still for longer has a gap (ms). Busy computers skip frames as well.
const GAP_MS: f64 = 700.0;

/// A fault, and in what call it happens.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub access: [Access; 2],
    /// Of who started the call; the other one has Chromium.
    pub browser: Kind,
    pub what: What,
}

/// What goes wrong on the side of who started the call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// The server is killed and started again.
    Killed,
    /// The cable behind the router is cut for so many seconds.
    Cut(u64),
    /// The computer leaves its network for another.
    Moved,
    /// The router forgets its mappings.
    Forgotten,
    /// The weather turns bad, for so many seconds; the second number is for all of LAB.md.
    Weather(Weather, [u64; 2]),
    /// The link has only so many kbit/s.
    Narrow(u32),
    /// Strangers flood the server.
    Flooded(Flooded),
}

/// All of them.
pub fn all() -> Vec<Fault> {
    let weather = |loss, delay, jitter| Weather {
        loss,
        delay: Duration::from_millis(delay),
        jitter: Duration::from_millis(jitter),
        overtakes: (jitter > 0).then_some(50),
    };
    let fault = |name, access, what| Fault {
        name,
        access,
        browser: Kind::Chromium,
        what,
    };
    let firefox = |name, access, what| Fault {
        browser: Kind::Firefox,
        ..fault(name, access, what)
    };
    let (port, symmetric) = ([PortRestricted; 2], [Symmetric; 2]);
    let loss_30 = weather(Loss::Random(0.3), 0, 0);
    vec![
        fault("server-killed", port, What::Killed),
        fault("server-killed-relayed", symmetric, What::Killed),
        fault("link-down-5", port, What::Cut(5)),
        fault("link-down-30", port, What::Cut(30)),
        fault("link-down-5-relayed", symmetric, What::Cut(5)),
        fault("moved", port, What::Moved),
        fault("moved-relayed", symmetric, What::Moved),
        fault("rebinding", [Symmetric, Open], What::Forgotten),
        fault("rebinding-relayed", symmetric, What::Forgotten),
        fault("loss-30", port, What::Weather(loss_30, [30, 600])),
        fault(
            "bursts-5",
            port,
            What::Weather(weather(Loss::Bursts(0.05), 0, 0), [30, 60]),
        ),
        fault("narrow-300", port, What::Narrow(300)),
        fault(
            "slow-200",
            port,
            What::Weather(weather(Loss::None, 200, 30), [30, 60]),
        ),
        fault("flood-relay", symmetric, What::Flooded(Flooded::Relay)),
        fault("flood-socket", symmetric, What::Flooded(Flooded::Socket)),
        firefox("firefox-server-killed", port, What::Killed),
        firefox("firefox-link-down-5", port, What::Cut(5)),
        firefox("firefox-link-down-30", port, What::Cut(30)),
        firefox("firefox-moved", port, What::Moved),
        firefox("firefox-rebinding", [Symmetric, Open], What::Forgotten),
        firefox("firefox-loss-30", port, What::Weather(loss_30, [30, 60])),
    ]
}

/// What `cargo xtask test` runs.
pub const CHOSEN: [&str; 3] = ["server-killed", "link-down-30", "bursts-5"];

impl Fault {
    /// What the first person's router is connected by.
    fn uplink(&self) -> Uplink {
        match self.what {
            What::Weather(..) => Uplink::Weather,
            _ => Uplink::Cable,
        }
    }

    fn is_relayed(&self) -> bool {
        self.access == [Symmetric; 2]
    }

    /// Whether it can happen again in the same call.
    pub fn can_be_repeated(&self) -> bool {
        matches!(self.what, What::Killed | What::Cut(_) | What::Forgotten)
    }

    /// Sets up everything that it needs.
    pub async fn stage(&self, seed: u64, folder: &Folder) -> Result<Stage> {
        let cell = Cell::of_fault(self.access, [self.browser, Kind::Chromium]);
        let [one, other] = self.access;
        let homes = [(one, self.uplink()), (other, Uplink::Cable)];
        let mut world = World::build(Hosting::Public, homes, seed, folder)?;
        if self.what == What::Moved {
            // Before there are browsers, which would notice.
            world.second_network(0)?;
        }
        Stage::set_in(world, &cell, folder).await
    }

    /// In the call, which has this link.
    pub async fn happen(&self, stage: &mut Stage, link: &str, long: bool) -> Result<Vec<Figure>> {
        mark(stage).await?;
        let figures = match self.what {
            What::Killed if self.is_relayed() => killed_relay(stage).await?,
            What::Killed => killed(stage).await?,
            What::Flooded(what) => flooded(stage, what, link).await?,
            What::Cut(seconds) => cut(stage, seconds).await?,
            What::Moved => {
                let since = stage.now().await?;
                home(stage)?.move_away()?;
                back(stage, since, 2_000.0).await?
            }
            What::Forgotten => {
                let since = stage.now().await?;
                home(stage)?.forget_mappings()?;
                back(stage, since, 2_000.0).await?
            }
            What::Weather(weather, [short, full]) => {
                let time = Duration::from_secs(if long { full } else { short });
                home(stage)?.weather(weather)?;
                let figures = bad(stage, time, weather).await?;
                home(stage)?.weather(Weather::FINE)?;
                figures
            }
            What::Narrow(kbit) => {
                home(stage)?.narrow(&stage.world, kbit)?;
                // The browsers need some time to find what fits.
                tokio::time::sleep(Duration::from_secs(15)).await;
                narrow(stage, Duration::from_secs(30)).await?
            }
        };
        let [ada, bob] = stage.people();
        ada.sees_and_hears("Bob").await?;
        bob.sees_and_hears("Ada").await?;
        is_the_same_page(stage).await?;
        Ok(figures)
    }
}

fn home(stage: &Stage) -> Result<&crate::world::Home> {
    let [home, _] = &stage.world.homes;
    Ok(home)
}

/// A page that was loaded again would have lost this.
async fn mark(stage: &Stage) -> Result<()> {
    for person in stage.people() {
        person
            .browser()
            .run("window.labMark = true;", vec![])
            .await?;
        person.browser().run(MEDIA_LOG, vec![]).await?;
    }
    Ok(())
}

async fn is_the_same_page(stage: &Stage) -> Result<()> {
    for person in stage.people() {
        let marked = person.browser().run("return window.labMark;", vec![]);
        ensure!(
            marked.await? == Value::Bool(true),
            "the page of {} was loaded again",
            person.name()
        );
    }
    Ok(())
}

async fn killed(stage: &mut Stage) -> Result<Vec<Figure>> {
    let before = stage.look(Duration::from_secs(3)).await?;
    let connections = connections(stage).await?;
    let since = stage.now().await?;
    stage.program.kill();
    for person in stage.people() {
        person.reads(&["The server is out of reach."]).await?;
    }
    stage.program.start_again().await?;
    let open = tokio::time::Instant::now();
    stage.signalling_is_back().await?;
    let back = open.elapsed();
    // Media that is dropped because signalling is back would count.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let look = stage.look_back(since).await?;
    ensure!(
        self::connections(stage).await? == connections,
        "peer connections were made anew"
    );
    let [ada, _] = stage.people();
    is_host(ada).await?;
    Ok(vec![
        Figure::most_of_95("signalling back, s", back.as_secs_f64(), 3.0),
        Figure::most("longest gap, ms", look.gap_ms, GAP_MS),
        Figure::told("longest gap before, ms", before.gap_ms),
    ])
}

/// The relay goes with the server, and with it all media.
async fn killed_relay(stage: &mut Stage) -> Result<Vec<Figure>> {
    stage.program.kill();
    for person in stage.people() {
        person.reads(&["The server is out of reach."]).await?;
    }
    stage.program.start_again().await?;
    let open = stage.now().await?;
    let figures = back(stage, open, 3_000.0).await?;
    let [ada, _] = stage.people();
    is_host(ada).await?;
    Ok(figures)
}

/// What was lost in a flood, and how much longer joining takes.
async fn flooded(stage: &mut Stage, what: Flooded, link: &str) -> Result<Vec<Figure>> {
    let quiet = joins(stage, link).await?;
    mark(stage).await?;
    let strangers = stage.world.public_computer()?;
    let flood = Flood::begin(what, &strangers)?;
    // The first wave is part of it.
    let before = received(stage).await?;
    let look = stage.look(Duration::from_secs(20)).await?;
    let after = received(stage).await?;
    let loud = joins(stage, link).await?;
    mark(stage).await?;
    let sent = flood.end()?;
    Ok(vec![
        Figure::most("media lost, %", lost(before, after), 1.0),
        Figure::most("first frame, times that without", loud / quiet, 2.0),
        Figure::told("first frame without, ms", quiet),
        Figure::told("longest gap, ms", look.gap_ms),
        Figure::told("sent, thousands", sent as f64 / 1_000.0),
    ])
}

/// The median of what three joins take to the first frame.
async fn joins(stage: &Stage, link: &str) -> Result<f64> {
    let mut samples = Samples::default();
    for _ in 0..3 {
        stage.leave().await?;
        samples.push(stage.join(link).await?.first_frame_ms);
    }
    Ok(samples.percentile(50))
}

async fn connections(stage: &Stage) -> Result<[u64; 2]> {
    let [ada, bob] = stage.people();
    Ok([ada.connections_made().await?, bob.connections_made().await?])
}

/// Only a host can remove somebody.
async fn is_host(person: &Person) -> Result<()> {
    let remove = "Actions for Bob";
    if !person.browser().has(Role::Control, remove).await? {
        person.press("People").await?;
    }
    person
        .find(Role::Control, remove)
        .await
        .context("the host is no host any more")?;
    person.close_panel().await
}

async fn cut(stage: &mut Stage, seconds: u64) -> Result<Vec<Figure>> {
    let most = if seconds > 10 { 3_000.0 } else { 1_000.0 };
    home(stage)?.cut()?;
    // What was on its way may still come.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let still = stage.now().await?;
    tokio::time::sleep(Duration::from_secs(seconds.saturating_sub(1))).await;
    let shown = stage.look_back(still).await?;
    ensure!(shown.rate < 1.0, "the cut has cut nothing: {shown:?}");
    let since = stage.now().await?;
    home(stage)?.mend()?;
    back(stage, since, most).await
}

/// Waits until both see a moving picture and hear from each other through the server.
async fn back(stage: &Stage, since: [f64; 2], most_ms: f64) -> Result<Vec<Figure>> {
    let start = tokio::time::Instant::now();
    // A picture may go on for a moment before it stops.
    tokio::time::sleep(Duration::from_secs(4)).await;
    stage.moves(PATIENCE).await?;
    let look = stage.look_back(since).await?;
    let [ada, bob] = stage.people();
    let tile = ada.tile("Bob").await?;
    bob.press("Mute microphone").await?;
    tile.says("Microphone off").await?;
    let signalling = start.elapsed();
    bob.press("Unmute microphone").await?;
    tile.says_no_more("Microphone off").await?;
    Ok(vec![
        Figure::most("longest gap, ms", look.gap_ms, most_ms),
        Figure::told("signalling works after, s", signalling.as_secs_f64()),
    ])
}

async fn bad(stage: &Stage, time: Duration, weather: Weather) -> Result<Vec<Figure>> {
    let connections = connections(stage).await?;
    let before = received(stage).await?;
    let look = stage.look(time).await?;
    let after = received(stage).await?;
    ensure!(
        self::connections(stage).await? == connections,
        "peer connections were made anew"
    );
    let most = match weather.loss {
        // The call is up as long as something moves.
        Loss::Random(_) => 10_000.0,
        _ => 3_000.0,
    };
    Ok(vec![
        Figure::told("time, s", time.as_secs_f64()),
        Figure::most("longest gap, ms", look.gap_ms, most),
        Figure::told("frames/s", look.rate),
        Figure::told("sound concealed, %", concealed(before, after)),
    ])
}

async fn narrow(stage: &Stage, time: Duration) -> Result<Vec<Figure>> {
    let before = received(stage).await?;
    let look = stage.look(time).await?;
    let after = received(stage).await?;
    Ok(vec![
        Figure::least("frames/s", look.rate, 10.0),
        Figure::most("sound concealed, %", concealed(before, after), 2.0),
        Figure::told("longest gap, ms", look.gap_ms),
        Figure::told("received, kbit/s", rate(before, after, time)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_faults_exist() {
        for name in CHOSEN {
            assert!(all().iter().any(|fault| fault.name == name), "{name}");
        }
    }
}
